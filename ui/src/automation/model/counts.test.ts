import { expect, it } from 'vitest';
import { cameBy, wentBy } from './counts';
import type { Definition, Place } from './types';

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
  const by = wentBy(DEFINITION, { entered: 9, steps: [counted('race', { bought: 3, timeout: 4, skipped: 1 }), counted('mail', { next: 2 }, 1, 2)] });
  const went = (place: Place) => by(place)?.count;
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

it('asks the server for those who went there', () => {
  const went = wentBy(DEFINITION, { entered: 9, steps: [] });
  const by = (...place: Place) => went(place)?.by;
  expect(by({ from: 'trigger:joined', slot: 'start' })).toBeUndefined();
  expect(by({ from: 'race', slot: 'with.paths[0].next' })).toBe('race:bought');
  expect(by({ from: 'race', slot: 'next' })).toBe('race:next,race:timeout,race:skipped');
  expect(by({ from: 'mail', slot: 'on_failure' })).toBe('mail:on_failure,mail:failed');
  expect(by({ from: 'race', slot: 'with.paths[0].next' }, { from: 'call', slot: 'next' })).toBe('race:bought,call:next,call:timeout,call:skipped');
  const { on_failure: _none, ...mail } = DEFINITION.steps[1]!;
  const over = wentBy({ ...DEFINITION, steps: DEFINITION.steps.with(1, mail) }, { entered: 9, steps: [] });
  expect(over([{ from: 'mail', slot: 'next' }])?.by).toBe('mail:next,mail:timeout,mail:skipped,mail:failed');
});

it('says which way that was', () => {
  const came = (by: string) => cameBy(DEFINITION, by).map(({ step, edge }) => [step.id, edge?.slot]);
  expect(came('race:bought')).toEqual([['race', 'with.paths[0].next']]);
  expect(came('race:next,race:timeout,race:skipped')).toEqual([['race', 'next']]);
  expect(came('call:next,call:timeout,call:skipped')).toEqual([['call', undefined]]);
  expect(came('race:bought,call:next')).toEqual([['race', 'with.paths[0].next'], ['call', undefined]]);
  expect(came('gone:next')).toEqual([]);
});
