import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { lookAgain } from './live';

const WATCH_MS = 5000;

export const sandboxQuery = infiniteQueryOptions({
  queryKey: ['sandbox', 'list'],
  queryFn: ({ pageParam }) => body(api.GET('/api/sandbox/messages', { params: { query: { cursor: pageParam, limit: 50 } } })),
  initialPageParam: undefined as string | undefined,
  getNextPageParam: (page) => page.next_cursor ?? undefined,
  refetchInterval: () => lookAgain(WATCH_MS),
});

export function sandboxMailQuery(id: string) {
  return queryOptions({
    queryKey: ['sandbox', id],
    staleTime: Infinity,
    queryFn: () => body(api.GET('/api/sandbox/messages/{id}', { params: { path: { id } } })),
  });
}

export function sandboxSourceQuery(id: string) {
  return queryOptions({
    queryKey: ['sandbox', id, 'source'],
    staleTime: Infinity,
    queryFn: async () => {
      const { data } = await api.GET('/api/sandbox/messages/{id}/source', {
        params: { path: { id } },
        parseAs: 'text',
      });
      return String(data ?? '');
    },
  });
}
