import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { lookAgain, READ_ONCE } from './live';
import { isProblem } from './problem';
import type { Audience, Campaign, CampaignPreview, CampaignState, Document, MessageState, NotReacted, paths, Report } from './schema';

/** Where a message is on its way. */
export const MESSAGE_STATES: readonly MessageState[] = ['queued', 'leased', 'wire', 'sent', 'failed', 'skipped', 'cancelled', 'unknown'];

export const CAMPAIGN_STATES: CampaignState[] = ['draft', 'scheduled', 'sending', 'paused', 'sent', 'cancelled'];

/** How often what changes by itself is asked for again. */
const WATCH_MS = 1500;
const WAIT_MS = 15_000;

const at = (id: string) => ({ params: { path: { id } } });

function interval(state: CampaignState | undefined): number | false {
  if (state === 'sending') return lookAgain(WATCH_MS);
  return state === 'scheduled' ? WAIT_MS : false;
}

export function campaignsQuery(state: CampaignState | undefined) {
  return infiniteQueryOptions({
    queryKey: ['campaigns', 'list', state ?? 'all'],
    queryFn: ({ pageParam }) =>
      body(api.GET('/api/campaigns', { params: { query: { state, limit: 25, cursor: pageParam } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => {
      const states = data?.pages.flatMap((page) => page.data.map((row) => row.state)) ?? [];
      return interval(states.find((one) => one === 'sending') ?? states.find((one) => one === 'scheduled'));
    },
  });
}

export function campaignQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id],
    queryFn: () => body(api.GET('/api/campaigns/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state: { data } }) => interval(data?.state),
  });
}

export function contentQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id, 'content'],
    queryFn: async (): Promise<Document> => {
      try {
        return await body(api.GET('/api/campaigns/{id}/content', { params: { path: { id } } }));
      } catch (error) {
        // Nothing was written yet; that there is such a campaign is another question.
        if (isProblem(error) && error.status === 404) return { subject: '', body: { kind: 'html', html: '' } };
        throw error;
      }
    },
  });
}

/**
 * A campaign with the texts of their own that variants of its test have, by revision. What is saved from these is refused
 * if somebody saved another text meanwhile, since the campaign is read first.
 */
export function openedQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id, READ_ONCE],
    queryFn: async (): Promise<{ campaign: Campaign; texts: Record<string, Document> }> => {
      const campaign = await body(api.GET('/api/campaigns/{id}', { params: { path: { id } } }));
      const texts = (campaign.ab?.variants ?? []).map(async ({ content_revision_id }, index) => {
        if (content_revision_id === null) return [];
        const text = await body(api.GET('/api/campaigns/{id}/variants/{variant}/content', { params: { path: { id, variant: index + 1 } } }));
        return [[content_revision_id, text] as const];
      });
      return { campaign, texts: Object.fromEntries((await Promise.all(texts)).flat()) };
    },
  });
}

/** `version` and `subscriber` are part of the key: another version is another preview. */
export function previewQuery(id: string, version: number, subscriber: string | undefined) {
  return queryOptions({
    queryKey: ['campaigns', id, 'preview', version, subscriber ?? ''],
    queryFn: (): Promise<CampaignPreview> =>
      body(api.GET('/api/campaigns/{id}/preview', { params: { path: { id }, query: { subscriber_id: subscriber } } })),
    placeholderData: keepPreviousData,
  });
}

/** What a person should look at before it is sent. `version` is part of the key; asking each link takes a while. */
export function checklistQuery(id: string, version: number, links: boolean) {
  return queryOptions({
    queryKey: ['campaigns', id, 'checklist', version, links],
    // It is about more than the campaign: settings, keys, people.
    staleTime: 0,
    refetchOnWindowFocus: !links,
    queryFn: ({ signal }) => body(api.GET('/api/campaigns/{id}/checklist', { params: { path: { id }, query: { links } }, signal })),
  });
}

/** Totals that move while mail goes out, and for a while after, when people read it. */
export function liveReportQuery(campaign: Pick<Campaign, 'id' | 'state'>) {
  return queryOptions({
    queryKey: ['campaigns', campaign.id, 'report'],
    queryFn: (): Promise<Report> =>
      body(api.GET('/api/campaigns/{id}/report', { params: { path: { id: campaign.id } } })),
    enabled: campaign.state !== 'draft' && campaign.state !== 'scheduled',
    refetchInterval: () => (campaign.state === 'sending' ? lookAgain(WATCH_MS) : false),
  });
}

export function seriesQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id, 'series'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/report/series', { params: { path: { id } } })),
  });
}

export function linksQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id, 'links'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/report/links', { params: { path: { id } } })),
  });
}

/** How the variants of a test do. */
export function abReportQuery(campaign: Pick<Campaign, 'id' | 'state'>) {
  return queryOptions({
    queryKey: ['campaigns', campaign.id, 'ab'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/ab-report', { params: { path: { id: campaign.id } } })),
    refetchInterval: () => (campaign.state === 'sending' ? lookAgain(5000) : false),
  });
}

/** With what people read it. */
export function devicesQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id, 'devices'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/report/devices', at(id))),
  });
}

export function countriesQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id, 'countries'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/report/countries', at(id))),
  });
}

export function comparisonQuery({ id }: Pick<Campaign, 'id'>) {
  return queryOptions({
    queryKey: ['campaigns', id, 'comparison'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/report/comparison', at(id))),
  });
}

/** Whether anybody may read it. */
export function archiveQuery(id: string) {
  return queryOptions({
    queryKey: ['campaigns', id, 'archive'],
    queryFn: () => body(api.GET('/api/campaigns/{id}/archive', at(id))),
  });
}

export function leaversQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['campaigns', id, 'leavers'],
    queryFn: ({ pageParam }) =>
      body(api.GET('/api/campaigns/{id}/report/unsubscribes', { params: { path: { id }, query: { cursor: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** What a recipient did, or what became of the message. */
export type RecipientActivity = NonNullable<NonNullable<paths['/api/campaigns/{id}/recipients']['get']['parameters']['query']>['activity']>;

export const RECIPIENT_ACTIVITIES: readonly RecipientActivity[] = ['clicked', 'not_clicked', 'opened', 'not_opened', 'unsubscribed', 'bounced', 'complained'];

export function recipientsQuery(id: string, state: MessageState | undefined, activity: RecipientActivity | undefined) {
  return infiniteQueryOptions({
    queryKey: ['campaigns', id, 'recipients', state ?? 'all', activity ?? 'any'],
    queryFn: async ({ pageParam }) => {
      const query = { state, activity, cursor: pageParam, limit: 50 };
      return await body(api.GET('/api/campaigns/{id}/recipients', { params: { path: { id }, query } }));
    },
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function recipientCountQuery(audience: Audience) {
  return queryOptions({
    queryKey: ['campaigns', 'count', audience],
    queryFn: ({ signal }) => body(api.POST('/api/campaigns/count-recipients', { body: audience, signal })),
    placeholderData: keepPreviousData,
  });
}

export const sendersQuery = queryOptions({
  queryKey: ['senders'],
  staleTime: 30_000,
  queryFn: async () => (await body(api.GET('/api/senders'))).data,
});

export function peopleQuery(search: string) {
  return queryOptions({
    queryKey: ['subscribers', 'choices', search],
    queryFn: ({ signal }) =>
      body(api.GET('/api/subscribers', { params: { query: { search: search || undefined, status: 'active', limit: 8 } }, signal })),
    placeholderData: keepPreviousData,
  });
}

export const campaignActions = {
  duplicate: (id: string) => body(api.POST('/api/campaigns/{id}/duplicate', at(id))),
  remove: (id: string) => api.DELETE('/api/campaigns/{id}', at(id)),
  pause: (id: string) => body(api.POST('/api/campaigns/{id}/pause', at(id))),
  resume: (id: string) => body(api.POST('/api/campaigns/{id}/resume', at(id))),
  cancel: (id: string) => body(api.POST('/api/campaigns/{id}/cancel', at(id))),
  unschedule: (id: string) => body(api.DELETE('/api/campaigns/{id}/schedule', at(id))),
  publish: (id: string, wanted: boolean) => body(api.PUT('/api/campaigns/{id}/archive', { ...at(id), body: { public: wanted } })),
  resend: (id: string, to: NotReacted, subject: string | null) => body(api.POST('/api/campaigns/{id}/resend', { ...at(id), body: { to, subject } })),
  resendUnknown: (id: string) => body(api.POST('/api/campaigns/{id}/resend-unknown', at(id))),
};
