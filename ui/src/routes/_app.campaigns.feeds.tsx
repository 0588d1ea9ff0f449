import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/campaigns/feeds')({ component: lazyRouteComponent(() => import('~/pages/feeds')) });
