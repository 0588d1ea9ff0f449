import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/segments/$id')({ component: lazyRouteComponent(() => import('~/pages/segments/one')) });
