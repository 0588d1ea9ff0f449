import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { ApiProblem } from '~/api/problem';
import { Autosave, PAUSE_MS } from './autosave';

const problem = (status: number, code: string) => new ApiProblem({ type: '', title: '', status, code, detail: '', errors: [{ field: 'f', code: 'c', message: 'm' }] });

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('saving by itself', () => {
  it('waits for a pause, and sends the newest on top of the version before', async () => {
    const sent: [string, number][] = [];
    const autosave = new Autosave('a', 1, async (value, version) => {
      sent.push([value, version]);
      return version + 1;
    });
    autosave.change('b');
    autosave.change('c');
    expect(autosave.get().state).toBe('waiting');
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    autosave.change('d');
    expect(await autosave.flush()).toBe(true);
    expect(sent).toEqual([['c', 1], ['d', 2]]);
  });

  it('sends what was written while it was sending', async () => {
    const sent: string[] = [];
    const autosave = new Autosave('a', 1, async (value, version) => {
      sent.push(value);
      if (value === 'b') autosave.change('c');
      return version + 1;
    });
    autosave.change('b');
    await autosave.flush();
    expect(sent).toEqual(['b', 'c']);
    expect(autosave.get()).toMatchObject({ state: 'saved', version: 3 });
  });

  it('never writes over what somebody else wrote', async () => {
    const send = vi.fn(async () => Promise.reject(problem(412, 'version_conflict')));
    const autosave = new Autosave('a', 1, send);
    autosave.change('b');
    expect(await autosave.flush()).toBe(false);
    autosave.change('c');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(send).toHaveBeenCalledTimes(1);
    expect(autosave.get().state).toBe('overtaken');
  });

  it('says what is wrong, and tries again what only failed', async () => {
    const answers = [problem(422, 'invalid'), problem(503, 'unavailable'), null];
    const autosave = new Autosave('a', 1, async (_, version) => {
      const answer = answers.shift();
      if (answer) throw answer;
      return version + 1;
    });
    autosave.change('b');
    await autosave.flush();
    expect(autosave.get()).toMatchObject({ state: 'refused', faults: { f: 'm' } });
    autosave.change('c');
    await vi.advanceTimersByTimeAsync(PAUSE_MS);
    expect(autosave.get().state).toBe('failed');
    await vi.advanceTimersByTimeAsync(5000);
    expect(autosave.get().state).toBe('saved');
  });
});
