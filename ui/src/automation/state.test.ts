import { expect, test } from 'vitest';
import { setWith } from './model/graph';
import type { Definition } from './model/types';
import { createEditor } from './state';

const path = (id: string, next: string) => ({ id, on: { event: 'message.opened' }, next });
const SPLIT: Definition = {
  version: 1,
  triggers: [{ id: 'joined', on: { event: 'group.joined' }, start: 'any' }],
  steps: [
    { id: 'any', kind: 'wait_for_any', with: { paths: [path('a', 'mail'), path('b', 'end')] }, next: 'end' },
    { id: 'mail', kind: 'send_email', next: 'end' },
    { id: 'end', kind: 'end' },
    { id: 'alone', kind: 'wait', next: 'end' },
  ],
};

test('typing takes no steps away; what does is taken back by itself, and tells which', () => {
  const store = createEditor(SPLIT);
  const ids = () => store.getState().history.present.steps.map(({ id }) => id);
  const paths = [path('a', 'mail'), path('b', 'end')];
  for (const hours of [1, 12]) expect(store.settle(setWith(store.getState().history.present, 'any', { paths, timeout: { hours } }), 'step any')).toEqual([]);
  expect(ids()).toEqual(['any', 'mail', 'end', 'alone']);
  const gone = store.settle(setWith(store.getState().history.present, 'any', { paths: [path('b', 'end')], timeout: { hours: 12 } }), 'step any');
  expect(gone.map(({ id }) => id)).toEqual(['mail']);
  expect(ids()).toEqual(['any', 'end', 'alone']);
  store.undo();
  expect(ids()).toEqual(['any', 'mail', 'end', 'alone']);
  expect(store.getState().history.present.steps[0]!.with!.timeout).toEqual({ hours: 12 });
  store.undo();
  expect(store.getState().history.present).toBe(SPLIT);
});
