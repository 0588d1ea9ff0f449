import { isProblem } from '~/api/problem';

export interface SaveState {
  /** `waiting` for a pause; `refused` with faults; `overtaken` by somebody else; `failed` and tried again. */
  state: 'saved' | 'waiting' | 'saving' | 'refused' | 'overtaken' | 'failed';
  faults: Record<string, string>;
  error: unknown;
  version: number;
  savedAt: Date | null;
}

export const PAUSE_MS = 2000;
const RETRY_MS = 5000;

/** Saves the newest value by itself, one request after the other, each on top of the version before. */
export class Autosave<T> {
  private now: SaveState;
  private saved: T;
  private value: T;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    value: T,
    version: number,
    private readonly send: (value: T, version: number) => Promise<number>,
  ) {
    this.saved = value;
    this.value = value;
    this.now = { state: 'saved', faults: {}, error: null, version, savedAt: null };
  }

  readonly get = (): SaveState => this.now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  change(value: T): void {
    if (value === this.value) return;
    this.value = value;
    if (this.now.state === 'overtaken') return;
    if (!this.running) this.set({ state: this.value === this.saved ? 'saved' : 'waiting' });
    this.later(PAUSE_MS);
  }

  /** Saves at once what is not saved yet. Says whether everything is. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    if (this.now.state === 'overtaken') return false;
    await this.running;
    await this.save();
    return this.now.state === 'saved';
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  private set(change: Partial<SaveState>): void {
    this.now = { ...this.now, ...change };
    for (const listener of this.listeners) listener();
  }

  private save(): Promise<void> {
    this.running ??= this.loop().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async loop(): Promise<void> {
    while (this.value !== this.saved) {
      const sent = this.value;
      this.set({ state: 'saving' });
      try {
        const version = await this.send(sent, this.now.version);
        this.saved = sent;
        this.set({ version, savedAt: new Date() });
      } catch (error) {
        if (isProblem(error, 'version_conflict')) this.set({ state: 'overtaken', error });
        else if (isProblem(error) && error.status < 500 && error.status !== 429) {
          this.set({ state: 'refused', faults: error.faults, error });
        } else {
          this.set({ state: 'failed', error });
          this.later(RETRY_MS);
        }
        return;
      }
    }
    this.set({ state: 'saved', faults: {}, error: null });
  }
}
