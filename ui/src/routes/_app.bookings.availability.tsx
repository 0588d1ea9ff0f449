import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import { identifier } from '~/bookings/search';

export const Route = createFileRoute('/_app/bookings/availability')({
  validateSearch: (search: Record<string, unknown>): { schedule?: string } => ({ schedule: identifier(search.schedule) }),
  component: lazyRouteComponent(() => import('~/pages/booking/availability')),
});
