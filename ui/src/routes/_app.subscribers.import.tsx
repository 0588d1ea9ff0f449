import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/subscribers/import')({ component: lazyRouteComponent(() => import('~/pages/imports/new')) });
