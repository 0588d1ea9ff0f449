import { createFileRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { setupQuery } from '~/api/session';

export const Route = createFileRoute('/setup')({
  beforeLoad: async ({ context }) => {
    const setup = await context.queryClient.ensureQueryData(setupQuery);
    if (!setup.needed) throw redirect({ to: '/' });
  },
  component: lazyRouteComponent(() => import('~/pages/setup')),
});
