import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Block } from './schema';

/** The blocks that were kept for other mails. */
export const keptQuery = queryOptions({
  queryKey: ['saved-blocks'],
  queryFn: async () => (await body(api.GET('/api/saved-blocks', { params: { query: { limit: 1000 } } }))).data,
});

const at = (id: string) => ({ params: { path: { id } } });

export const keptActions = {
  create: (name: string, block: Block) => body(api.POST('/api/saved-blocks', { body: { name, block } })),
  rename: (id: string, name: string) => body(api.PATCH('/api/saved-blocks/{id}', { ...at(id), body: { name } })),
  remove: (id: string) => api.DELETE('/api/saved-blocks/{id}', at(id)),
};
