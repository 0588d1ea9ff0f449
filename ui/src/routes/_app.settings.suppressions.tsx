import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/suppressions')({ component: lazyRouteComponent(() => import('~/pages/settings/suppressions')) });
