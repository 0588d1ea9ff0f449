import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import { SPANS, type Span } from '~/bookings/search';

export const Route = createFileRoute('/_app/bookings/analytics')({
  validateSearch: (search: Record<string, unknown>): { span?: Span } => ({ span: SPANS.find((span) => span === search.span) }),
  component: lazyRouteComponent(() => import('~/pages/booking/analytics')),
});
