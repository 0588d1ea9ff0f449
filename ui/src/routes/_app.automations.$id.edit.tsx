import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/automations/$id/edit')({
  staticData: { wholeWindow: true },
  component: lazyRouteComponent(() => import('~/pages/automation-edit')),
});
