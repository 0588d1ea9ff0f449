import { QueryCache, QueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { isProblem } from './problem';

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error) => {
      // The session ended meanwhile: asking again leads to the sign-in page.
      if (isProblem(error) && error.status === 401) void queryClient.invalidateQueries({ queryKey: ['session'] });
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => failures < 2 && (!isProblem(error) || error.status >= 500),
      refetchOnWindowFocus: true,
    },
    mutations: { retry: false },
  },
});

interface ReadQuery {
  data: unknown;
  error: Error | null;
  dataUpdatedAt: number;
  isFetchedAfterMount: boolean;
}

/**
 * What an editor reads once: whether it is there, or why not. What a cache remembers from before may have been saved over
 * meanwhile; and when asking again fails later, what was read still counts.
 */
export function readState(queries: readonly ReadQuery[], since: readonly number[]): { ready: boolean; error: Error | null } {
  const missing = queries.filter(({ data, dataUpdatedAt, isFetchedAfterMount }, at) => data === undefined || !isFetchedAfterMount || dataUpdatedAt <= (since[at] ?? 0));
  return { ready: missing.length === 0, error: missing.find(({ error }) => error)?.error ?? null };
}

export function useReadOnce(...queries: readonly ReadQuery[]): { ready: boolean; error: Error | null } {
  const [since] = useState(() => queries.map(({ dataUpdatedAt }) => dataUpdatedAt));
  return readState(queries, since);
}
