import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/subscribers/imports/')({ component: lazyRouteComponent(() => import('~/pages/imports/list')) });
