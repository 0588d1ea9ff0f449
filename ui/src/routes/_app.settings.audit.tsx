import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

const text = (value: unknown) => (typeof value === 'string' && value ? value : undefined);

export const Route = createFileRoute('/_app/settings/audit')({
  validateSearch: (search: Record<string, unknown>): { actor?: string; kind?: string } => ({ actor: text(search.actor), kind: text(search.kind) }),
  component: lazyRouteComponent(() => import('~/pages/settings/audit')),
});
