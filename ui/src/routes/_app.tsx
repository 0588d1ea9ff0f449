import { useQuery, useQueryClient } from '@tanstack/react-query';
import { createFileRoute, Outlet, redirect, useNavigate } from '@tanstack/react-router';
import { useEffect } from 'react';
import { useLive } from '~/api/live';
import { sessionQuery, setupQuery } from '~/api/session';
import { Frame } from '~/frame/Frame';
import { loadTexts } from '~/i18n';

export const Route = createFileRoute('/_app')({
  beforeLoad: async ({ context, location }) => {
    const session = await context.queryClient.ensureQueryData(sessionQuery);
    if (session) return await loadTexts();
    const setup = await context.queryClient.ensureQueryData(setupQuery);
    if (setup.needed) throw redirect({ to: '/setup' });
    throw redirect({ to: '/sign-in', search: { to: location.href === '/' ? undefined : location.href } });
  },
  component: SignedIn,
});

function SignedIn() {
  const { data: session } = useQuery(sessionQuery);
  const navigate = useNavigate();
  useLive(useQueryClient(), session?.account ?? null);
  useEffect(() => {
    if (session === null) void navigate({ to: '/sign-in' });
  }, [session, navigate]);
  if (!session) return null;
  return (
    <Frame session={session}>
      <Outlet />
    </Frame>
  );
}
