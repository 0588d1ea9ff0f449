import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { AutomationStatus } from '~/api/schema';

export const AUTOMATION_STATUSES = ['draft', 'active', 'paused'] as const satisfies AutomationStatus[];

export interface AutomationsSearch {
  status?: (typeof AUTOMATION_STATUSES)[number];
}

export const Route = createFileRoute('/_app/automations/')({
  validateSearch: (search): AutomationsSearch => ({ status: AUTOMATION_STATUSES.find((status) => status === search.status) }),
  component: lazyRouteComponent(() => import('~/pages/automations')),
});
