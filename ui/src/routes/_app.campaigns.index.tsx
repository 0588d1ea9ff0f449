import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import { CAMPAIGN_STATES } from '~/api/sending';
import type { CampaignState } from '~/api/schema';

export interface CampaignsSearch {
  /** Only those in this state. */
  state?: CampaignState;
  /** Asks for the name of a new one. */
  new?: boolean;
}

export const Route = createFileRoute('/_app/campaigns/')({
  validateSearch: (search): CampaignsSearch => ({
    state: CAMPAIGN_STATES.find((state) => state === search.state),
    new: search.new === true || undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/campaigns')),
});
