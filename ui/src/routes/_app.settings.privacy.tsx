import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/privacy')({ component: lazyRouteComponent(() => import('~/pages/settings/privacy')) });
