import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { MessageState } from '~/api/schema';
import { MESSAGE_STATES, RECIPIENT_ACTIVITIES, type RecipientActivity } from '~/api/sending';

export const CAMPAIGN_TABS = ['overview', 'recipients', 'message'] as const;
export type CampaignTab = (typeof CAMPAIGN_TABS)[number];

export interface CampaignSearch {
  tab?: CampaignTab;
  /** Only messages in this state, among the recipients. */
  state?: MessageState;
  /** Only those who did this. */
  activity?: RecipientActivity;
}

export const Route = createFileRoute('/_app/campaigns/$id/')({
  validateSearch: (search): CampaignSearch => ({
    tab: CAMPAIGN_TABS.find((tab) => tab === search.tab),
    state: MESSAGE_STATES.find((state) => state === search.state),
    activity: RECIPIENT_ACTIVITIES.find((activity) => activity === search.activity),
  }),
  component: lazyRouteComponent(() => import('~/pages/campaign')),
});
