import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/templates/$id')({
  staticData: { wholeWindow: true },
  component: lazyRouteComponent(() => import('~/pages/template-edit')),
});
