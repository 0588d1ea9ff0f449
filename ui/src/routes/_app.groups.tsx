import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/groups')({ component: lazyRouteComponent(() => import('~/pages/groups')) });
