import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/campaigns/series')({ component: lazyRouteComponent(() => import('~/pages/series')) });
