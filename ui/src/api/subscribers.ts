import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { DEEP, lookAgain } from './live';
import type { BulkAction, BulkSelection, Rule, Status, SubscriberSort } from './schema';

export const STATUSES: Status[] = ['active', 'unconfirmed', 'unsubscribed', 'bounced', 'suppressed'];

/** Whom a list shows; everything that is given must be true. */
export interface Filter {
  status?: Status;
  group?: string;
  tag?: string;
  segment?: string;
  search?: string;
}

const PAGE = 100;

/** Where the people of a filter are downloaded as CSV. It knows no words to search for. */
export function exportOf({ status, group, tag, segment }: Filter): string {
  const named = { status, group_id: group, tag_id: tag, segment_id: segment };
  const query = new URLSearchParams(Object.entries(named).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
  return `/api/subscribers/export?${query.toString()}`;
}

export function subscribersQuery(filter: Filter, sort: SubscriberSort) {
  return infiniteQueryOptions({
    queryKey: ['subscribers', 'list', filter, sort],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    // To compare all that is loaded with each page that comes took longer than to draw it.
    structuralSharing: false,
    refetchOnWindowFocus: ({ state: { data } }: { state: { data?: { pages: unknown[] } } }) => (data?.pages.length ?? 0) <= DEEP,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/api/subscribers', { params: { query: { ...filter, sort, cursor: pageParam, limit: PAGE } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** The same people as a rule; what is searched for comes on top of it. */
export function ruleOf(filter: Filter): Rule {
  const all: Rule[] = [];
  if (filter.status) all.push({ field: 'status', op: 'equals', value: filter.status });
  if (filter.group) all.push({ group: { any: [filter.group] } });
  if (filter.tag) all.push({ tag: { any: [filter.tag] } });
  if (filter.segment) all.push({ segment: { any: [filter.segment] } });
  return { all };
}

/** The same people as a selection, of a bulk action for example. */
export function selectionOf(filter: Filter): BulkSelection {
  const search = filter.search?.trim();
  return { rule: ruleOf(filter), ...(search ? { search } : {}) };
}

/** How many people a filter shows. */
export function countQuery(filter: Filter) {
  return queryOptions({
    queryKey: ['subscribers', 'total', filter],
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: async ({ signal }) => (await body(api.POST('/api/subscribers/count', { body: selectionOf(filter), signal }))).count,
  });
}

/** How many a rule selects, with ten of them and the rule as a sentence. */
export function previewQuery(rule: Rule | null, segment?: string) {
  return queryOptions({
    queryKey: ['segments', 'preview', rule, segment],
    enabled: rule !== null,
    placeholderData: keepPreviousData,
    retry: false,
    queryFn: ({ signal }) =>
      body(api.POST('/api/segments/preview', { body: { rule: rule!, segment_id: segment ?? null }, signal })),
  });
}

export function subscriberQuery(id: string) {
  return queryOptions({
    queryKey: ['subscribers', id],
    queryFn: () => body(api.GET('/api/subscribers/{id}', { params: { path: { id } } })),
  });
}

export function membershipsQuery(id: string) {
  return queryOptions({
    queryKey: ['subscribers', id, 'memberships'],
    queryFn: () => body(api.GET('/api/subscribers/{id}/memberships', { params: { path: { id } } })),
  });
}

export function timelineQuery(id: string, kind: string | undefined) {
  return infiniteQueryOptions({
    queryKey: ['subscribers', id, 'timeline', kind],
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      body(api.GET('/api/subscribers/{id}/timeline', { params: { path: { id }, query: { kind, cursor: pageParam, limit: 30 } } })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** How often a job that runs is asked how far it is. */
const JOB_INTERVAL_MS = 1000;
const RUNNING = new Set(['queued', 'running', 'stopping']);

export function isRunning(job: { state: string } | undefined): boolean {
  return job !== undefined && RUNNING.has(job.state);
}

export function jobInterval(job: { state: string } | undefined): number | false {
  return isRunning(job) ? lookAgain(JOB_INTERVAL_MS) : false;
}

export function bulkActionQuery(id: string) {
  return queryOptions({
    queryKey: ['bulk-actions', id],
    queryFn: (): Promise<BulkAction> => body(api.GET('/api/bulk-actions/{id}', { params: { path: { id } } })),
    refetchInterval: (query) => jobInterval(query.state.data),
  });
}

export function displayName(person: { first_name: string | null; last_name: string | null; email: string }): string {
  return [person.first_name, person.last_name].filter(Boolean).join(' ') || person.email;
}
