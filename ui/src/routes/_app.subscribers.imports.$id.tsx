import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/subscribers/imports/$id')({ component: lazyRouteComponent(() => import('~/pages/imports/one')) });
