import { createFileRoute, lazyRouteComponent, redirect } from '@tanstack/react-router';
import { sessionQuery, setupQuery } from '~/api/session';

export interface SignInSearch {
  /** Where the person wanted to go. */
  to?: string;
}

export const Route = createFileRoute('/sign-in')({
  validateSearch: (search): SignInSearch => ({ to: typeof search.to === 'string' ? search.to : undefined }),
  beforeLoad: async ({ context }) => {
    if (await context.queryClient.ensureQueryData(sessionQuery)) throw redirect({ to: '/' });
    const setup = await context.queryClient.ensureQueryData(setupQuery);
    if (setup.needed) throw redirect({ to: '/setup' });
  },
  component: lazyRouteComponent(() => import('~/pages/sign-in')),
});
