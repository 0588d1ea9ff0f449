import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { api, body, fileForm } from './client';
import type { ImportBody, ImportPreview, Options } from './schema';
import { isRunning, jobInterval } from './subscribers';

/** What is imported: a file, or text that was pasted. */
export type Origin = { file: File } | { text: string };

/** Enough of a text file to look at; workbooks are read whole. */
const PREVIEW_BYTES = 512 * 1024;

const isWorkbook = (file: File) => /\.(xlsx|xlsm|xls|xlsb|ods)$/i.test(file.name);

export async function previewImport(origin: Origin, options: Options): Promise<ImportPreview> {
  if ('text' in origin) return body(api.POST('/api/imports/preview', { body: { text: origin.text, options } }));
  const { file } = origin;
  const part = isWorkbook(file) ? file : file.slice(0, PREVIEW_BYTES);
  return body(api.POST('/api/imports/preview', fileForm(part, file.name, { options })));
}

export async function startImport(origin: Origin, options: Options): Promise<ImportBody> {
  if ('text' in origin) return body(api.POST('/api/imports', { body: { text: origin.text, options } }));
  return body(api.POST('/api/imports', fileForm(origin.file, origin.file.name, { options })));
}

export const importsQuery = infiniteQueryOptions({
  queryKey: ['imports'],
  initialPageParam: undefined as string | undefined,
  queryFn: ({ pageParam }) => body(api.GET('/api/imports', { params: { query: { cursor: pageParam, limit: 30 } } })),
  getNextPageParam: (page) => page.next_cursor ?? undefined,
});

export function importQuery(id: string) {
  return queryOptions({
    queryKey: ['imports', id],
    queryFn: () => body(api.GET('/api/imports/{id}', { params: { path: { id } } })),
    refetchInterval: ({ state: { data } }) => (isRunning(data) ? jobInterval(data) : jobInterval(data?.undo ?? undefined)),
  });
}

export function importErrorsQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ['imports', id, 'errors', version],
    queryFn: () => body(api.GET('/api/imports/{id}/errors', { params: { path: { id }, query: { limit: 20 } } })),
  });
}
