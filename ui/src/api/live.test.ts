import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openedAutomationQuery } from './automations';
import { DEEP, Refresher } from './live';
import { openedQuery, RECIPIENT_ACTIVITIES, recipientsQuery } from './sending';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function world() {
  const queries = new QueryClient();
  const keys = [['imports', '7'], ['subscribers', 'list'], ['campaigns', '7'], ['campaigns', '7', 'content'], ['segments', 'preview', 'x']];
  for (const key of keys) queries.setQueryData(key, 1);
  const stale = () => keys.filter((key) => queries.getQueryState(key)?.isInvalidated).map((key) => key.join(' '));
  return { queries, stale, refresher: new Refresher(queries) };
}

test('what changed is asked for again, and nothing else', () => {
  const { stale, refresher } = world();
  refresher.changed(['imports', 'a kind of tomorrow']);
  expect(stale()).toEqual([]);
  vi.advanceTimersByTime(200);
  expect(stale()).toEqual(['imports 7']);
});

test('a draft that is being written is left alone', () => {
  const { stale, refresher } = world();
  refresher.changed(['campaigns']);
  vi.advanceTimersByTime(200);
  expect(stale()).toEqual(['campaigns 7']);
});

test('what editors have read once is left alone, whatever the lists beside it are filtered by', () => {
  const { queries, refresher } = world();
  const lists = RECIPIENT_ACTIVITIES.map((activity) => recipientsQuery('7', undefined, activity).queryKey);
  const read = [openedQuery('7').queryKey, openedAutomationQuery('7').queryKey];
  for (const key of [...lists, ...read]) queries.setQueryData(key as string[], 1 as never);
  refresher.changed(['campaigns', 'automations']);
  vi.advanceTimersByTime(200);
  const asked = (key: readonly unknown[]) => queries.getQueryState(key)?.isInvalidated;
  expect(lists.map(asked)).toEqual(RECIPIENT_ACTIVITIES.map(() => true));
  expect(read.map(asked)).toEqual([false, false]);
});

test('lists of people are not asked for all the time, but after the last change they are', () => {
  const { queries, stale, refresher } = world();
  refresher.changed(['subscribers']);
  vi.advanceTimersByTime(200);
  expect(stale()).toEqual(['subscribers list', 'segments preview x']);
  queries.setQueryData(['subscribers', 'list'], 2);
  queries.setQueryData(['segments', 'preview', 'x'], 2);
  for (let times = 0; times < 5; times += 1) {
    refresher.changed(['subscribers']);
    vi.advanceTimersByTime(200);
  }
  expect(stale()).toEqual([]);
  vi.advanceTimersByTime(4000);
  expect(stale()).toEqual(['subscribers list', 'segments preview x']);
});

test('a list that somebody scrolled far down is not loaded anew as a whole', () => {
  const { queries, refresher } = world();
  const list = (pages: number) => ['subscribers', 'list', pages];
  for (const pages of [DEEP, DEEP + 1]) queries.setQueryData(list(pages), { pages: Array.from({ length: pages }) });
  refresher.changed(['subscribers']);
  vi.advanceTimersByTime(200);
  expect([DEEP, DEEP + 1].map((pages) => queries.getQueryState(list(pages))?.isInvalidated)).toEqual([true, false]);
});
