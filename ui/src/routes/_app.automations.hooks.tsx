import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/automations/hooks')({ component: lazyRouteComponent(() => import('~/pages/hooks')) });
