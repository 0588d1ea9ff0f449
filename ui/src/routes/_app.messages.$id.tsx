import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/messages/$id')({ component: lazyRouteComponent(() => import('~/pages/message')) });
