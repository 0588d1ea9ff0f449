import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

const TABS = ['availability', 'questions', 'hosts', 'page'] as const;

export const Route = createFileRoute('/_app/bookings/event-types/$id')({
  validateSearch: (search: Record<string, unknown>): { tab?: (typeof TABS)[number] } => ({ tab: TABS.find((tab) => tab === search.tab) }),
  component: lazyRouteComponent(() => import('~/pages/booking/event-type')),
});
