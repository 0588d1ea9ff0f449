import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';

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
