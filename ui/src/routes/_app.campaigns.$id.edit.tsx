import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const CAMPAIGN_STEPS = ['setup', 'recipients', 'content', 'review'] as const;
export type CampaignStep = (typeof CAMPAIGN_STEPS)[number];

export interface CampaignEditSearch {
  step?: CampaignStep;
}

export const Route = createFileRoute('/_app/campaigns/$id/edit')({
  validateSearch: (search): CampaignEditSearch => ({
    step: CAMPAIGN_STEPS.find((step) => step === search.step),
  }),
  component: lazyRouteComponent(() => import('~/pages/campaign-edit')),
});
