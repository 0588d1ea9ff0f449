import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { CampaignState } from './schema';

/** The newest campaigns, for a glance. */
export function recentCampaignsQuery(limit: number) {
  return queryOptions({
    queryKey: ['campaigns', 'recent', limit],
    queryFn: () => body(api.GET('/api/campaigns', { params: { query: { limit } } })),
  });
}

export function reportQuery(campaign: string) {
  return queryOptions({
    queryKey: ['campaigns', campaign, 'report'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/report', { params: { path: { id: campaign } } })),
  });
}

/** The newest campaigns by id, for pickers. */
export const campaignNamesQuery = queryOptions({
  queryKey: ['campaigns', 'names'],
  staleTime: 30_000,
  queryFn: async () => {
    const page = await body(api.GET('/api/campaigns', { params: { query: { limit: 200 } } }));
    return page.data.map(({ id, name }) => ({ value: id, label: name }));
  },
});

/** The campaigns in a state; the newest of them. */
export function campaignsInQuery(state: CampaignState) {
  return queryOptions({
    queryKey: ['campaigns', 'in', state],
    queryFn: async () => (await body(api.GET('/api/campaigns', { params: { query: { state, limit: 20 } } }))).data,
  });
}

/** The campaign that was sent last. */
export const newestSentQuery = queryOptions({
  queryKey: ['campaigns', 'newest-sent'],
  queryFn: async () => (await body(api.GET('/api/campaigns', { params: { query: { state: 'sent', limit: 1 } } }))).data[0] ?? null,
});
