import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/settings/sending')({ component: lazyRouteComponent(() => import('~/pages/settings/sending')) });
