import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export interface CampaignDesignSearch {
  /** Of an A/B test, from 1: its own text, and not the campaign's. */
  variant?: number;
}

export const Route = createFileRoute('/_app/campaigns/$id/design')({
  staticData: { wholeWindow: true },
  validateSearch: ({ variant }): CampaignDesignSearch => ({ variant: Number.isInteger(variant) ? Number(variant) : undefined }),
  component: lazyRouteComponent(() => import('~/pages/campaign-design')),
});
