import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/fields')({ component: lazyRouteComponent(() => import('~/pages/fields')) });
