import { expect, it } from 'vitest';
import { readState } from './query';

const failed = new Error('no answer');
const read = { data: 1, error: null, dataUpdatedAt: 20, isFetchedAfterMount: true };

it('what an editor has read stays, whatever asking again says', () => {
  expect(readState([read], [10])).toEqual({ ready: true, error: null });
  expect(readState([{ ...read, error: failed }], [10])).toEqual({ ready: true, error: null });
});

it('what a cache remembers is not read yet', () => {
  expect(readState([{ ...read, dataUpdatedAt: 10, isFetchedAfterMount: false }], [10])).toEqual({ ready: false, error: null });
  expect(readState([{ ...read, dataUpdatedAt: 10, error: failed }], [10])).toEqual({ ready: false, error: failed });
  expect(readState([read, { ...read, data: undefined, dataUpdatedAt: 0, error: failed }], [0, 0])).toEqual({ ready: false, error: failed });
});
