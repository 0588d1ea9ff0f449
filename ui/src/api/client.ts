import createClient, { type Middleware } from 'openapi-fetch';
import { problemOf } from './problem';
import type { paths } from './schema';

let csrfToken: string | null = null;

/** Said by the session; every change needs it. */
export function setCsrfToken(token: string | null): void {
  csrfToken = token;
}

/** For the few requests that the typed client cannot make, such as uploads with progress. */
export function csrfHeaders(): Record<string, string> {
  return csrfToken ? { 'x-csrf-token': csrfToken } : {};
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

/** The body of a success: `await body(api.GET('/api/account'))`. */
export async function body<T>(answer: Promise<{ data?: T }>): Promise<NonNullable<T>> {
  const { data } = await answer;
  return data as NonNullable<T>;
}
