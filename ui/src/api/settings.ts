import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, asIs, body } from './client';
import type { Permission, Role, SuppressionsImported } from './schema';

export const ROLES: Role[] = ['owner', 'admin', 'editor', 'viewer'];

export const PERMISSIONS: Permission[] = [
  'audience:read',
  'audience:write',
  'campaigns:read',
  'campaigns:write',
  'campaigns:send',
  'messages:send',
  'bookings:read',
  'bookings:write',
  'bookings:read',
  'bookings:write',
  'settings:read',
  'settings:write',
  'users:manage',
  'tokens:manage',
  'audit:read',
  'account:manage',
];

export const membersQuery = queryOptions({
  queryKey: ['users'],
  queryFn: async () => (await body(api.GET('/api/users', { params: { query: { limit: 1000 } } }))).data,
});

export const tokensQuery = queryOptions({
  queryKey: ['tokens'],
  queryFn: async () => (await body(api.GET('/api/tokens', { params: { query: { limit: 1000 } } }))).data,
});

export const transportsQuery = queryOptions({
  queryKey: ['transports'],
  queryFn: async () => (await body(api.GET('/api/transports'))).data,
});

export const limitsQuery = queryOptions({
  queryKey: ['send-limits'],
  queryFn: () => body(api.GET('/api/send-limits')),
});

export const dkimKeysQuery = queryOptions({
  queryKey: ['dkim-keys'],
  queryFn: async () => (await body(api.GET('/api/dkim-keys'))).data,
});

export const privacyQuery = queryOptions({
  queryKey: ['privacy'],
  queryFn: () => body(api.GET('/api/privacy')),
});

/** All of them, or what covers one address. */
export function suppressionsQuery(email: string) {
  return infiniteQueryOptions({
    queryKey: ['suppressions', email],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/api/suppressions', { params: { query: { email: email || undefined, cursor: pageParam, limit: 50 } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

/** A file of addresses, domains or hashes, sent as it is. */
export function importSuppressions(file: File): Promise<SuppressionsImported> {
  const headers = { 'content-type': /\.csv$/i.test(file.name) ? 'text/csv' : 'text/plain' };
  return body(api.POST('/api/suppressions/import', { ...asIs('', file), headers }));
}

export interface AuditFilter {
  actor?: string;
  kind?: string;
}

export function auditQuery({ actor, kind }: AuditFilter) {
  return infiniteQueryOptions({
    queryKey: ['audit-log', actor, kind],
    initialPageParam: undefined as string | undefined,
    placeholderData: keepPreviousData,
    queryFn: ({ pageParam, signal }) =>
      body(api.GET('/api/audit-log', { params: { query: { actor, target_kind: kind, cursor: pageParam, limit: 50 } }, signal })),
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}
