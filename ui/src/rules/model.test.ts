import { describe, expect, it } from 'vitest';
import type { Rule } from '~/api/schema';
import { asGroup, asTopGroup, entryOf, fieldCondition, fromGroup, isComplete, MODES, OPS, type ValueType } from './model';

const leaf: Rule = { field: 'score', op: 'greater', value: 5 };

describe('groups', () => {
  it.each(MODES)('%s survives being read and written', (mode) => {
    const group = { mode, rules: [leaf, { any: [leaf] }] };
    expect(asGroup(fromGroup(group))).toEqual(group);
  });

  it('reads the opposite of one condition as none of one', () => {
    expect(asGroup({ not: leaf })).toEqual({ mode: 'none', rules: [leaf] });
  });

  it('puts a single condition into a group', () => {
    expect(asTopGroup(leaf)).toEqual({ mode: 'all', rules: [leaf] });
  });
});

describe('completeness', () => {
  it.each(Object.entries(OPS).flatMap(([type, ops]) => ops.map((op) => [type as ValueType, op] as const)))(
    'a new condition on a %s with %s waits for its value, if it has one',
    (type, op) => {
      const rule = fieldCondition('x', op, type);
      const open = entryOf(op) !== 'none' && entryOf(op) !== 'days' && !(type === 'boolean' && entryOf(op) === 'one');
      expect(isComplete(rule)).toBe(!open);
    },
  );

  it('looks into groups', () => {
    expect(isComplete({ all: [leaf, { not: { any: [{ tag: { any: [] } }] } }] })).toBe(false);
    expect(isComplete({ all: [] })).toBe(true);
    expect(isComplete({ event: 'opened' })).toBe(true);
  });
});
