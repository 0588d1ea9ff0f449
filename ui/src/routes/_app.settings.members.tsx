import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/members')({ component: lazyRouteComponent(() => import('~/pages/settings/members')) });
