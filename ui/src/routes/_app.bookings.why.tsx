import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import { identifier, plainDate } from '~/bookings/search';

export const Route = createFileRoute('/_app/bookings/why')({
  validateSearch: (search: Record<string, unknown>): { type?: string; date?: string } => ({ type: identifier(search.type), date: plainDate(search.date) }),
  component: lazyRouteComponent(() => import('~/pages/booking/why')),
});
