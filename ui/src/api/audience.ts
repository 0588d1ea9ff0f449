import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Field, Group, SavedView, SegmentBody, Tag } from './schema';

/** Follows `next_cursor` to the end: for lists that are short by nature, such as groups. */
async function all<T>(page: (cursor: string | undefined) => Promise<{ data: T[]; next_cursor: string | null }>): Promise<T[]> {
  const rows: T[] = [];
  let cursor: string | undefined;
  do {
    const { data, next_cursor } = await page(cursor);
    rows.push(...data);
    cursor = next_cursor ?? undefined;
  } while (cursor);
  return rows;
}

const byName = <T extends { name: string }>(rows: T[]): T[] => rows.sort((a, b) => a.name.localeCompare(b.name));

export const fieldsQuery = queryOptions({
  queryKey: ['fields'],
  staleTime: 30_000,
  queryFn: async (): Promise<Field[]> =>
    byName((await body(api.GET('/api/fields'))).data),
});

export const groupsQuery = queryOptions({
  queryKey: ['groups'],
  staleTime: 30_000,
  queryFn: async (): Promise<Group[]> =>
    byName(await all((cursor) => body(api.GET('/api/groups', { params: { query: { cursor, limit: 1000 } } })))),
});

export const tagsQuery = queryOptions({
  queryKey: ['tags'],
  staleTime: 30_000,
  queryFn: async (): Promise<Tag[]> =>
    byName(await all((cursor) => body(api.GET('/api/tags', { params: { query: { cursor, limit: 1000 } } })))),
});

export const segmentsQuery = queryOptions({
  queryKey: ['segments'],
  staleTime: 30_000,
  queryFn: async (): Promise<SegmentBody[]> =>
    byName(await all((cursor) => body(api.GET('/api/segments', { params: { query: { cursor, limit: 1000 } } })))),
});

export const viewsQuery = queryOptions({
  queryKey: ['views'],
  staleTime: 30_000,
  queryFn: async (): Promise<SavedView[]> =>
    byName(await all((cursor) => body(api.GET('/api/subscriber-views', { params: { query: { cursor, limit: 1000 } } })))),
});
