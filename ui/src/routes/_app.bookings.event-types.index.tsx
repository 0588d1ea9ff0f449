import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/bookings/event-types/')({
  validateSearch: (search: Record<string, unknown>): { new?: boolean } => ({ new: search.new === true ? true : undefined }),
  component: lazyRouteComponent(() => import('~/pages/booking/event-types')),
});
