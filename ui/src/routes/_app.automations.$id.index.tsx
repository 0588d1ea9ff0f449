import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import { RUN_STATUSES } from '~/api/automations';
import type { AutomationRunStatus } from '~/api/schema';

export const AUTOMATION_TABS = ['steps', 'people', 'versions'] as const;

export interface AutomationSearch {
  tab?: (typeof AUTOMATION_TABS)[number];
  /** Of the people: only these, and only at this step. */
  status?: AutomationRunStatus;
  step?: string;
  /** Only those who went one of these ways, as the server names them. */
  went?: string;
}

export const Route = createFileRoute('/_app/automations/$id/')({
  validateSearch: (search): AutomationSearch => ({
    tab: AUTOMATION_TABS.find((tab) => tab === search.tab),
    status: RUN_STATUSES.find((status) => status === search.status),
    step: typeof search.step === 'string' && search.step ? search.step : undefined,
    went: typeof search.went === 'string' && search.went ? search.went : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/automation')),
});
