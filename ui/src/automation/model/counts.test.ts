import { expect, it } from 'vitest';
import { wentBy } from './counts';
import type { Definition } from './types';

const DEFINITION: Definition = {
  version: 1,
  triggers: [{ id: 'joined', on: { event: 'group.joined' }, start: 'race' }],
  steps: [
    { id: 'race', kind: 'wait_for_any', with: { paths: [{ id: 'bought', on: { event: 'event.custom' }, next: 'end' }] }, next: 'mail' },
    { id: 'mail', kind: 'send_email', next: 'end', on_failure: 'call' },
    { id: 'call', kind: 'http_call', next: 'end' },
    { id: 'end', kind: 'end' },
  ],
};
const counted = (step: string, ways: Record<string, number>, skipped = 0, failed = 0) => ({ step, ways, skipped, failed });

it('counts who went along which way', () => {
  const went = wentBy(DEFINITION, { entered: 9, steps: [counted('race', { bought: 3, timeout: 4, skipped: 1 }), counted('mail', { next: 2 }, 1, 2)] });
  expect(went([{ from: 'trigger:joined', slot: 'start' }])).toBe(9);
  expect(went([{ from: 'race', slot: 'with.paths[0].next' }])).toBe(3);
  expect(went([{ from: 'race', slot: 'next' }])).toBe(5);
  expect(went([{ from: 'mail', slot: 'next' }])).toBe(3);
  expect(went([{ from: 'mail', slot: 'on_failure' }])).toBe(2);
  expect(went([{ from: 'race', slot: 'with.paths[0].next' }, { from: 'mail', slot: 'next' }])).toBe(6);
  expect(went([{ from: 'call', slot: 'next' }])).toBe(0);
});

it('says nothing where nothing was counted', () => {
  const two = { ...DEFINITION, triggers: [...DEFINITION.triggers, { id: 'other', on: { event: 'tag.added' }, start: 'mail' }] };
  expect(wentBy(two, { entered: 9, steps: [] })([{ from: 'trigger:joined', slot: 'start' }])).toBeUndefined();
  expect(wentBy(DEFINITION, undefined)([{ from: 'race', slot: 'next' }])).toBeUndefined();
});
