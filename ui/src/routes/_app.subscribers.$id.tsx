import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/subscribers/$id')({ component: lazyRouteComponent(() => import('~/pages/subscribers/person')) });
