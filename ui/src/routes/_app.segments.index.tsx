import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/segments/')({ component: lazyRouteComponent(() => import('~/pages/segments/list')) });
