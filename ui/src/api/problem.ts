import type { Problem } from './schema';

/** What the API answered instead of what was asked for, as problem details (RFC 9457). */
export class ApiProblem extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail);
    this.name = 'ApiProblem';
  }

  get status(): number {
    return this.problem.status;
  }

  get code(): string {
    return this.problem.code;
  }

  /** What is wrong by field, for a form. */
  get faults(): Record<string, string> {
    return Object.fromEntries((this.problem.errors ?? []).map((fault) => [fault.field, fault.message]));
  }
}

export async function problemOf(response: Response): Promise<ApiProblem> {
  try {
    const body = (await response.clone().json()) as Problem;
    if (typeof body.code === 'string') return new ApiProblem(body);
  } catch {
    // Not from us: a proxy, or a server that is starting.
  }
  return new ApiProblem({
    type: 'about:blank',
    title: response.statusText,
    status: response.status,
    code: 'unreadable',
    detail: `${response.status} ${response.statusText}`.trim(),
  });
}

export function isProblem(error: unknown, code?: string): error is ApiProblem {
  return error instanceof ApiProblem && (code === undefined || error.code === code);
}
