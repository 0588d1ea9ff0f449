import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/segments/new')({ component: lazyRouteComponent(() => import('~/pages/segments/new')) });
