import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/senders')({ component: lazyRouteComponent(() => import('~/pages/settings/senders')) });
