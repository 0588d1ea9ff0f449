/** What can be undone and redone: the states before and after the one that is shown. */
export interface History<T> {
  past: readonly T[];
  present: T;
  future: readonly T[];
  /** Changes of the same kind that follow each other quickly are one step, such as the letters of a word. */
  kind: string | null;
  at: number;
}

const MOST = 200;
const TOGETHER_MS = 1200;

export function begin<T>(present: T): History<T> {
  return { past: [], present, future: [], kind: null, at: 0 };
}

export function record<T>(history: History<T>, next: T, now: number, kind: string | null = null): History<T> {
  if (next === history.present) return history;
  const together = kind !== null && kind === history.kind && now - history.at < TOGETHER_MS && history.past.length > 0;
  const past = together ? history.past : [...history.past, history.present].slice(-MOST);
  return { past, present: next, future: [], kind, at: now };
}

export function undo<T>(history: History<T>): History<T> {
  const before = history.past.at(-1);
  if (before === undefined) return history;
  return { past: history.past.slice(0, -1), present: before, future: [history.present, ...history.future], kind: null, at: 0 };
}

export function redo<T>(history: History<T>): History<T> {
  const [next, ...future] = history.future;
  if (next === undefined) return history;
  return { past: [...history.past, history.present], present: next, future, kind: null, at: 0 };
}
