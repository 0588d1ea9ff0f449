import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body, fileForm } from './client';
import type { FilePatch, File as Picture } from './schema';

/** A file of the account; `File` is what browsers call one of the person's own. */
export type { Picture };

/** What the server takes; it looks into the file, not at its name. */
export const PICTURE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp'];

export function filesQuery(search: string) {
  return infiniteQueryOptions({
    queryKey: ['files', 'list', search],
    queryFn: ({ pageParam }) => body(api.GET('/api/files', { params: { query: { search: search || undefined, cursor: pageParam, limit: 40 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
  });
}

export function fileUsesQuery(id: string) {
  return queryOptions({
    queryKey: ['files', id, 'uses'],
    queryFn: async () => (await body(api.GET('/api/files/{id}/uses', { params: { path: { id } } }))).data,
  });
}

export function uploadFile(file: File): Promise<Picture> {
  return body(api.POST('/api/files', fileForm(file, file.name)));
}

export const fileActions = {
  change: (id: string, change: FilePatch) => body(api.PATCH('/api/files/{id}', { params: { path: { id } }, body: change })),
  remove: (id: string, force: boolean) => api.DELETE('/api/files/{id}', { params: { path: { id }, query: { force } } }),
};
