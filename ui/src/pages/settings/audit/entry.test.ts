import { expect, test } from 'vitest';
import { changes, shown } from './entry';

const entry = (before: unknown, after: unknown) => ({ before, after }) as Parameters<typeof changes>[0];

test('only what is different is told', () => {
  expect(changes(entry({ name: 'A', role: 'viewer', old: 1 }, { name: 'A', role: 'editor', fresh: [1] }))).toEqual([
    { field: 'role', before: 'viewer', after: 'editor' },
    { field: 'old', before: 1, after: undefined },
    { field: 'fresh', before: undefined, after: [1] },
  ]);
  expect(changes(entry(null, null))).toEqual([]);
});

test('values are texts', () => {
  expect([shown(null), shown(''), shown('x'), shown(['a']), shown(false)]).toEqual(['–', '–', 'x', '["a"]', 'false']);
  expect(shown('y'.repeat(400))).toHaveLength(301);
});
