import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { FeedPatch, NewFeed } from './schema';

/** What goes out in a span of time, and went out. */
export function calendarQuery(from: Date, to: Date) {
  return queryOptions({
    queryKey: ['calendar', from.toISOString(), to.toISOString()],
    placeholderData: keepPreviousData,
    queryFn: async () =>
      (await body(api.GET('/api/campaigns/calendar', { params: { query: { from: from.toISOString(), to: to.toISOString() } } }))).data,
  });
}

export const seriesListQuery = queryOptions({
  queryKey: ['series'],
  queryFn: async () => (await body(api.GET('/api/campaign-series'))).data,
});

const LOOK_MS = 30_000;

/** What is followed. The server does not tell when it has looked at one. */
export const feedsQuery = queryOptions({
  queryKey: ['feeds'],
  queryFn: async () => (await body(api.GET('/api/feeds'))).data,
  refetchInterval: LOOK_MS,
});

/** What is sent next. The feed is asked for it, which may take a while. */
export function feedPreviewQuery(id: string) {
  return queryOptions({
    queryKey: ['feeds', id, 'preview'],
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    retry: false,
    queryFn: ({ signal }) => body(api.GET('/api/feeds/{id}/preview', { params: { path: { id }, query: { look: true } }, signal })),
  });
}

export const feedActions = {
  follow: (feed: NewFeed) => body(api.POST('/api/feeds', { body: feed })),
  change: (id: string, change: FeedPatch) => body(api.PATCH('/api/feeds/{id}', { params: { path: { id } }, body: change })),
  remove: (id: string) => api.DELETE('/api/feeds/{id}', { params: { path: { id } } }),
};

/** The drafts, which a series or a feed can send. */
export const draftsQuery = queryOptions({
  queryKey: ['campaigns', 'drafts'],
  queryFn: async () => (await body(api.GET('/api/campaigns', { params: { query: { state: 'draft', limit: 200 } } }))).data,
});
