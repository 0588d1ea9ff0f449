import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/tags')({ component: lazyRouteComponent(() => import('~/pages/tags')) });
