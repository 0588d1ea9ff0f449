import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { lookAgain } from './live';
import type { MessageStatus } from './schema';

/** What can become of a message to one person. */
export const MESSAGE_STATUSES: readonly MessageStatus[] = ['sent', 'queued', 'sending', 'deferred', 'failed', 'skipped', 'bounced', 'complained', 'unknown'];

const WATCH_MS = 3000;
const MOST_EVENTS = 100;

/** Those that are about to become something else. */
const moves = (status: MessageStatus) => status === 'queued' || status === 'sending';

export function messagesQuery(status: MessageStatus | undefined, tag: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['messages', 'list', status ?? 'all', tag ?? ''],
    queryFn: ({ pageParam }) => body(api.GET('/api/messages', { params: { query: { status, tag, limit: 50, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => (data?.pages.some((page) => page.data.some((one) => moves(one.status))) ? lookAgain(WATCH_MS) : false),
  });
}

export function messageQuery(id: string) {
  return queryOptions({
    queryKey: ['messages', id],
    queryFn: () => body(api.GET('/api/messages/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state: { data } }) => (data && moves(data.status) ? lookAgain(WATCH_MS) : false),
  });
}

/** What happened to a message, oldest first. Its cursor never ends, since more may happen: a page that is not full is the last. */
export function messageEventsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['messages', id, 'events'],
    queryFn: ({ pageParam }) => body(api.GET('/api/messages/{id}/events', { params: { path: { id }, query: { cursor: pageParam, limit: MOST_EVENTS } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => (page.data.length < MOST_EVENTS ? undefined : (page.next_cursor ?? undefined)),
  });
}
