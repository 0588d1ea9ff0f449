import { expect, it } from 'vitest';
import { deletedIn, FATE_EXIT, FATE_NEXT, fateTo } from './plan';

it('tells steps that are called like a fate from the fate', () => {
  expect(deletedIn({ a: FATE_NEXT, b: FATE_EXIT, c: fateTo('next'), d: fateTo('exit'), e: fateTo('step:1') })).toEqual({
    b: { fate: 'exit' },
    c: { fate: 'jump_to', step: 'next' },
    d: { fate: 'jump_to', step: 'exit' },
    e: { fate: 'jump_to', step: 'step:1' },
  });
  expect(deletedIn({ a: FATE_NEXT })).toBeUndefined();
});
