import { expect, test } from 'vitest';
import { setWith } from './model/graph';
import type { Definition } from './model/types';
import { createEditor, unreadIn } from './state';

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

test('a text that says nothing yet is kept, and stands in the way of publishing as long as its step has what was before', () => {
  const store = createEditor(SPLIT);
  const unread = () => unreadIn({ texts: store.getState().texts, definition: store.getState().history.present });
  const text = { step: 'mail', part: 'body', text: '{', over: undefined, value: undefined, unread: true };
  store.type(text);
  expect(unread()).toEqual(['mail']);
  store.type({ ...text, text: '{"', over: undefined });
  expect(store.getState().texts.map((one) => one.text)).toEqual(['{"']);
  store.change(setWith(SPLIT, 'mail', { body: 1 }));
  expect(unread()).toEqual([]);
  store.undo();
  expect(unread()).toEqual(['mail']);
  store.type({ step: 'mail', part: 'body', text: null });
  expect(unread()).toEqual([]);
});
