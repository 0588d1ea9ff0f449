import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query';
import type { Definition } from '~/automation/model/types';
import { api, body, ifMatch } from './client';
import { lookAgain, READ_ONCE } from './live';
import type { Automation, AutomationDocument, AutomationPlan, AutomationRunAction, AutomationRunStatus, AutomationStatus, ChangeAutomationRuns, SimulateAutomation, TestRunAutomation } from './schema';

const at = (id: string) => ({ params: { path: { id } } });

/** How often what moves by itself is asked for again. */
const WATCH_MS = 3000;

export const RUN_STATUSES: readonly AutomationRunStatus[] = ['waiting', 'sending', 'failed', 'paused', 'finished'];

/** A document as the server describes it: what is in a step depends on its kind, which other parts of it may bring. */
export function asDocument(definition: Definition): AutomationDocument {
  return definition as unknown as AutomationDocument;
}

export function asDefinition(document: AutomationDocument): Definition {
  return document as unknown as Definition;
}

export function automationsQuery(status: AutomationStatus | undefined) {
  return infiniteQueryOptions({
    queryKey: ['automations', 'list', status ?? 'all'],
    queryFn: ({ pageParam }) => body(api.GET('/api/automations', { params: { query: { status, cursor: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: () => lookAgain(WATCH_MS),
  });
}

/** The newest by id, for pickers. */
export const automationNamesQuery = queryOptions({
  queryKey: ['automations', 'names'],
  staleTime: 30_000,
  queryFn: async () => {
    const page = await body(api.GET('/api/automations', { params: { query: { limit: 200 } } }));
    return page.data.map(({ id, name }) => ({ value: id, label: name }));
  },
});

export const libraryQuery = queryOptions({
  queryKey: ['automations', 'library'],
  staleTime: Infinity,
  queryFn: async () => (await body(api.GET('/api/automations/library'))).data,
});

export function automationQuery(id: string) {
  return queryOptions({
    queryKey: ['automations', id],
    queryFn: (): Promise<Automation> => body(api.GET('/api/automations/{id}', at(id))),
    refetchInterval: () => lookAgain(WATCH_MS),
  });
}

/** As it is when the editor opens: from then on the draft there is what counts. */
export function openedAutomationQuery(id: string) {
  return queryOptions({ ...automationQuery(id), queryKey: ['automations', id, READ_ONCE], refetchInterval: false });
}

/** What publishing the draft would mean. `version` is part of the key. */
export function checkAutomationQuery(id: string, version: number) {
  return queryOptions({
    queryKey: ['automations', id, 'check', version],
    staleTime: 0,
    queryFn: () => body(api.GET('/api/automations/{id}/check', at(id))),
  });
}

export function automationVersionsQuery(id: string) {
  return infiniteQueryOptions({
    queryKey: ['automations', id, 'versions'],
    queryFn: ({ pageParam }) => body(api.GET('/api/automations/{id}/versions', { params: { path: { id }, query: { cursor: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
  });
}

export function automationVersionQuery(id: string, version: string) {
  return queryOptions({
    queryKey: ['automations', id, 'versions', version],
    staleTime: Infinity,
    queryFn: () => body(api.GET('/api/automations/{id}/versions/{version_id}', { params: { path: { id, version_id: version } } })),
  });
}

export function automationStatisticsQuery(id: string) {
  return queryOptions({
    queryKey: ['automations', id, 'statistics'],
    queryFn: () => body(api.GET('/api/automations/{id}/statistics', at(id))),
    refetchInterval: () => lookAgain(WATCH_MS),
  });
}

export interface RunFilter {
  status?: AutomationRunStatus;
  step?: string;
  went?: string;
}

export function runsQuery(id: string, { status, step, went }: RunFilter) {
  return infiniteQueryOptions({
    queryKey: ['automations', id, 'runs', status ?? 'all', step ?? 'all', went ?? 'all'],
    queryFn: ({ pageParam }) => body(api.GET('/api/automations/{id}/runs', { params: { path: { id }, query: { status, step, went, cursor: pageParam, limit: 50 } } })),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next_cursor ?? undefined,
    placeholderData: keepPreviousData,
    refetchInterval: () => lookAgain(WATCH_MS),
  });
}

export function runQuery(id: string, run: string) {
  return queryOptions({
    queryKey: ['automations', id, 'runs', 'one', run],
    queryFn: () => body(api.GET('/api/automations/{id}/runs/{run_id}', { params: { path: { id, run_id: run } } })),
    refetchInterval: () => lookAgain(WATCH_MS),
  });
}

export const automationActions = {
  create: (name: string, library: string | undefined) => body(api.POST('/api/automations', { body: library ? { name, library } : { name, draft: asDocument(BLANK) } })),
  rename: (id: string, name: string) => body(api.PATCH('/api/automations/{id}', { ...at(id), body: { name } })),
  save: (id: string, version: number, definition: Definition) =>
    body(api.PATCH('/api/automations/{id}', { ...at(id), headers: ifMatch(version), body: { draft: asDocument(definition) } })),
  duplicate: (id: string) => body(api.POST('/api/automations/{id}/duplicate', { ...at(id), body: {} })),
  remove: (id: string) => api.DELETE('/api/automations/{id}', at(id)),
  pause: (id: string) => body(api.POST('/api/automations/{id}/pause', at(id))),
  resume: (id: string) => body(api.POST('/api/automations/{id}/resume', { ...at(id), body: {} })),
  publish: (id: string, version: number, plan: AutomationPlan) =>
    body(api.POST('/api/automations/{id}/publish', { ...at(id), headers: ifMatch(version), body: { plan } })),
  rollback: (id: string, version: string) =>
    body(api.POST('/api/automations/{id}/versions/{version_id}/rollback', { params: { path: { id, version_id: version } }, body: {} })),
  simulate: (id: string, what: SimulateAutomation) => body(api.POST('/api/automations/{id}/simulate', { ...at(id), body: what })),
  testRun: (id: string, what: TestRunAutomation) => body(api.POST('/api/automations/{id}/test-run', { ...at(id), body: what })),
  sendIn: (id: string, email: string) => body(api.POST('/api/automations/{id}/trigger', { ...at(id), body: { email } })),
  changeRuns: (id: string, action: AutomationRunAction, whom: ChosenRuns, to?: string) => changeAll(id, { action, to, ...whom }),
};

/** These runs, or those at a step and in a status. */
export type ChosenRuns = { runs: string[] } | { step?: string; status?: AutomationRunStatus };

/** As many as the server changes at once. */
const RUNS_AT_ONCE = 1000;

/** Asks for one part after the other until none is left. */
async function changeAll(id: string, { runs, ...change }: Omit<ChangeAutomationRuns, 'runs'> & { runs?: string[] }): Promise<number> {
  const ask = (whom: { runs: string[] } | { after?: string }) => body(api.POST('/api/automations/{id}/runs/change', { ...at(id), body: { ...change, ...whom } }));
  let changed = 0;
  if (runs) {
    for (let from = 0; from < runs.length; from += RUNS_AT_ONCE) changed += (await ask({ runs: runs.slice(from, from + RUNS_AT_ONCE) })).changed;
    return changed;
  }
  let after: string | undefined;
  for (;;) {
    const part = await ask({ after });
    changed += part.changed;
    if (!part.next) return changed;
    after = part.next;
  }
}

/** Nothing yet but a beginning and an end. */
export const BLANK: Definition = {
  version: 1,
  triggers: [{ id: 'joined', on: { event: 'group.joined' }, start: 'end' }],
  steps: [{ id: 'end', kind: 'end' }],
};
