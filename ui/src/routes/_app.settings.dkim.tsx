import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/dkim')({ component: lazyRouteComponent(() => import('~/pages/settings/dkim')) });
