import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/brand')({ component: lazyRouteComponent(() => import('~/pages/settings/brand')) });
