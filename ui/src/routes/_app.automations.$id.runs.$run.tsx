import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export const Route = createFileRoute('/_app/automations/$id/runs/$run')({
  component: lazyRouteComponent(() => import('~/pages/automation-run')),
});
