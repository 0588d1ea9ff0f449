import { useCallback, useSyncExternalStore } from 'react';
import { toast, UNDO_MS } from './toast';

/*
 * What cannot be taken back on the server is not done at once: it is hidden, and done when the time to take it back
 * is over, or when the page is left.
 */
interface Pending {
  timer: ReturnType<typeof setTimeout>;
  run: () => void;
}

const pending = new Map<string, Pending>();
const listeners = new Set<() => void>();
let hidden: ReadonlySet<string> = new Set();

function changed(): void {
  hidden = new Set(pending.keys());
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

globalThis.addEventListener?.('pagehide', () => {
  for (const { timer, run } of pending.values()) {
    clearTimeout(timer);
    run();
  }
  pending.clear();
});

/** Removal that can be taken back for a while. `hidden` has the keys that lists leave out meanwhile. */
export function useUndoable() {
  const keys = useSyncExternalStore(subscribe, () => hidden);
  const later = useCallback((key: string, message: string, act: () => Promise<unknown>) => {
    const done = () => {
      pending.delete(key);
      changed();
    };
    const run = () => {
      // Stays hidden until the list knows; a failure shows it again and says why.
      void act().then(done, (error: unknown) => {
        done();
        toast.failed(error);
      });
    };
    pending.set(key, { run, timer: setTimeout(run, UNDO_MS) });
    changed();
    toast.undo(message, () => {
      const entry = pending.get(key);
      if (entry) clearTimeout(entry.timer);
      done();
    });
  }, []);
  return { hidden: keys, later };
}
