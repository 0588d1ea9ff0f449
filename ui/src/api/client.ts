import createClient, { type Middleware } from 'openapi-fetch';
import { problemOf } from './problem';
import type { paths } from './schema';

let csrfToken: string | null = null;

/** Said by the session; every change needs it. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

const session: Middleware = {
  onRequest({ request }) {
    if (csrfToken && request.method !== 'GET') request.headers.set('x-csrf-token', csrfToken);
    // A removal whose time to be taken back is over must get through, even when the page is being left.
    return request.method === 'DELETE' ? new Request(request, { keepalive: true }) : request;
  },
  async onResponse({ response }) {
    if (!response.ok) throw await problemOf(response);
  },
};

/** The typed client of the public API. What is not a success is thrown as an `ApiProblem`. */
export const api = createClient<paths>({ baseUrl: '', querySerializer: { array: { style: 'form', explode: false } } });
api.use(session);

/** For a change that must not overwrite what somebody else changed since that version: what comes late is refused with 412. */
export function ifMatch(version: number): { 'If-Match': string } {
  return { 'If-Match': `"${version}"` };
}

/** A body that is sent as it is, such as a file, and not as the JSON or the text that the document describes. */
export function asIs<T>(body: T, sent: BodyInit): { body: T; bodySerializer: () => BodyInit } {
  return { body, bodySerializer: () => sent };
}

/** A form of a file and of what is said about it, as JSON. */
export function fileForm<T extends Record<string, unknown>>(file: Blob, name: string, fields?: T) {
  const form = new FormData();
  for (const [key, value] of Object.entries(fields ?? {})) form.append(key, new Blob([JSON.stringify(value)], { type: 'application/json' }));
  form.append('file', file, name);
  // The document calls the bytes of a file a string.
  return asIs({ ...(fields as T), file: '' }, form);
}

/** The body of a success: `await body(api.GET('/api/account'))`. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await answer;
  return data as NonNullable<T>;
}
