import { expect, it } from 'vitest';
import { readJson, readPairs, writeJson, writePairs } from './texts';

it('reads JSON, or says that it is none yet', () => {
  expect(readJson('{"a": 1}')).toEqual({ value: { a: 1 } });
  expect(readJson(' ')).toEqual({ value: undefined });
  expect(readJson('{"a": ')).toEqual({ fault: 'json' });
  expect(readJson(writeJson({ a: [1, null] }))).toEqual({ value: { a: [1, null] } });
  expect(writeJson(undefined)).toBe('');
});

it('reads what to remember, a line each', () => {
  expect(readPairs('score = /data/score\n\n name=/a=b ')).toEqual({ value: { score: '/data/score', name: '/a=b' } });
  expect(readPairs('')).toEqual({ value: undefined });
  expect(readPairs('score')).toEqual({ fault: 'pairs' });
  expect(readPairs('score =')).toEqual({ fault: 'pairs' });
  expect(readPairs(writePairs({ a: '/a', b: '/b' }))).toEqual({ value: { a: '/a', b: '/b' } });
});
