import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import type { Document } from './schema';

/** What the server makes of a document that need not be saved. */
export function renderQuery(content: Document, subscriber: string | undefined, showHidden: boolean, variables: readonly string[] = []) {
  return queryOptions({
    queryKey: ['content', 'render', content, subscriber ?? '', showHidden, variables],
    staleTime: 60_000,
    gcTime: 60_000,
    retry: false,
    queryFn: ({ signal }) =>
      body(api.POST('/api/content/render', { body: { content, subscriber_id: subscriber, show_hidden: showHidden, variables: [...variables] }, signal })),
  });
}

/** Blocks as MJML. There is no way back. */
export async function mjmlOf(content: Document): Promise<string> {
  return (await body(api.POST('/api/content/mjml', { body: content }))).mjml;
}
