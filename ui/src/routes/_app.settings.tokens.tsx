import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/tokens')({ component: lazyRouteComponent(() => import('~/pages/settings/tokens')) });
