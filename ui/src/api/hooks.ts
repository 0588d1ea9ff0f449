import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { HookNewPeople, NewHook } from './schema';

/** How often it is looked whether one was used: the server does not tell. */
const LOOK_MS = 15_000;

export const NEW_PEOPLE: readonly HookNewPeople[] = ['unconfirmed', 'active', 'refused'];

export const hooksQuery = queryOptions({
  queryKey: ['hooks'],
  queryFn: async () => (await body(api.GET('/api/hooks'))).data,
  refetchInterval: LOOK_MS,
});

export const hookActions = {
  /** The answer has the address, this once. */
  make: (hook: NewHook) => body(api.POST('/api/hooks', { body: hook })),
  renew: (id: string) => body(api.POST('/api/hooks/{id}/renew', { params: { path: { id } } })),
  remove: (id: string) => api.DELETE('/api/hooks/{id}', { params: { path: { id } } }),
};
