import { queryOptions } from '@tanstack/react-query';
import { api, body, setCsrfToken } from './client';
import { isProblem } from './problem';
import type { Account, Permission, Session } from './schema';

/** Who is signed in; null for nobody. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  staleTime: 60_000,
  queryFn: async (): Promise<Session | null> => {
    try {
      const session = await body(api.GET('/api/session'));
      setCsrfToken(session.csrf_token);
      return session;
    } catch (error) {
      if (isProblem(error) && error.status === 401) return null;
      throw error;
    }
  },
});

export const setupQuery = queryOptions({
  queryKey: ['setup'],
  staleTime: Infinity,
  queryFn: () => body(api.GET('/api/setup')),
});

export const accountQuery = queryOptions({
  queryKey: ['account'],
  staleTime: 60_000,
  queryFn: (): Promise<Account> => body(api.GET('/api/account')),
});

export function can(session: Session, permission: Permission): boolean {
  return session.permissions.includes(permission);
}
