import { queryOptions } from '@tanstack/react-query';
import { api, body, ifMatch } from './client';
import type { NewTemplate, TemplatePatch } from './schema';

const at = (id: string) => ({ params: { path: { id } } });

/** The mails of the account to begin others with. */
export const templatesQuery = queryOptions({
  queryKey: ['templates', 'list'],
  queryFn: async () => (await body(api.GET('/api/templates', { params: { query: { limit: 1000 } } }))).data,
});

/** Those that come with the program. */
export const builtInQuery = queryOptions({
  queryKey: ['templates', 'built-in'],
  staleTime: Infinity,
  queryFn: async () => (await body(api.GET('/api/built-in-templates'))).data,
});

export function templateQuery(id: string) {
  return queryOptions({ queryKey: ['templates', id], queryFn: () => body(api.GET('/api/templates/{id}', at(id))) });
}

/** `version` is part of the key: what was saved since is another content. */
export function templateContentQuery(id: string, version: number) {
  return queryOptions({ queryKey: ['templates', id, 'content', version], queryFn: () => body(api.GET('/api/templates/{id}/content', at(id))) });
}

export const templateActions = {
  create: (template: NewTemplate) => body(api.POST('/api/templates', { body: template })),
  change: (id: string, version: number, change: TemplatePatch) =>
    body(api.PATCH('/api/templates/{id}', { ...at(id), headers: ifMatch(version), body: change })),
  remove: (id: string) => api.DELETE('/api/templates/{id}', at(id)),
};

/** Whose mail it is, of which revisions tell what it was before. */
export type RevisionOwner = { kind: 'campaigns' | 'templates'; id: string };

export function revisionsQuery({ kind, id }: RevisionOwner) {
  return queryOptions({
    queryKey: [kind, id, 'revisions'],
    staleTime: 0,
    queryFn: async () => (await body(api.GET(`/api/${kind}/{id}/revisions`, at(id)))).data,
  });
}

export function revisionPreviewQuery({ kind, id }: RevisionOwner, revision: string) {
  return queryOptions({
    queryKey: [kind, id, 'revisions', revision, 'preview'],
    staleTime: Infinity,
    queryFn: () => body(api.GET(`/api/${kind}/{id}/revisions/{revision_id}/preview`, { params: { path: { id, revision_id: revision } } })),
  });
}

export function restoreRevision({ kind, id }: RevisionOwner, revision: string, version: number) {
  const params = { path: { id, revision_id: revision } };
  return api.POST(`/api/${kind}/{id}/revisions/{revision_id}/restore`, { params, headers: ifMatch(version) });
}
