import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Permission, Role } from './schema';

export const ROLES: Role[] = ['owner', 'admin', 'editor', 'viewer'];

export const PERMISSIONS: Permission[] = [
  'audience:read',
  'audience:write',
  'campaigns:read',
  'campaigns:write',
  'campaigns:send',
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
