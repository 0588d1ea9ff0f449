import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/limits')({ component: lazyRouteComponent(() => import('~/pages/settings/limits')) });
