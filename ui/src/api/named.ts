import { queryOptions } from '@tanstack/react-query';
import { groupsQuery, tagsQuery } from './audience';
import { api, body } from './client';

/** Groups and tags: what they have in common. */
export const NAMED = {
  group: {
    list: groupsQuery,
    key: 'groups',
    create: (name: string) => body(api.POST('/api/groups', { body: { name } })),
    rename: (id: string, name: string) => body(api.PATCH('/api/groups/{id}', { params: { path: { id } }, body: { name } })),
    remove: (id: string) => api.DELETE('/api/groups/{id}', { params: { path: { id } } }),
    uses: (id: string) => body(api.GET('/api/groups/{id}/uses', { params: { path: { id } } })),
  },
  tag: {
    list: tagsQuery,
    key: 'tags',
    create: (name: string) => body(api.POST('/api/tags', { body: { name } })),
    rename: (id: string, name: string) => body(api.PATCH('/api/tags/{id}', { params: { path: { id } }, body: { name } })),
    remove: (id: string) => api.DELETE('/api/tags/{id}', { params: { path: { id } } }),
    uses: (id: string) => body(api.GET('/api/tags/{id}/uses', { params: { path: { id } } })),
  },
} as const;

export function usesQuery(kind: keyof typeof NAMED, id: string) {
  return queryOptions({ queryKey: [NAMED[kind].key, id, 'uses'], queryFn: () => NAMED[kind].uses(id) });
}
