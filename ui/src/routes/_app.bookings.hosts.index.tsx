import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/bookings/hosts/')({ component: lazyRouteComponent(() => import('~/pages/booking/hosts')) });
