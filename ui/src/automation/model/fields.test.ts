import { describe, expect, it } from 'vitest';
import type { Field } from '~/api/schema';
import { fieldsFor, kept } from './fields';

const field = (key: string, kind: Field['kind']) => ({ key, name: key, kind, options: [] }) as unknown as Field;
const OWN = [field('city', 'text'), field('seats', 'number'), field('member', 'boolean'), field('birthday', 'date'), field('plan', 'dropdown')];

describe('the fields that the server takes', () => {
  it.each([
    ['write', ['first_name', 'last_name', 'phone', 'language', 'time_zone', 'score', 'owner', 'city', 'seats', 'member', 'birthday', 'plan']],
    ['increment', ['score', 'seats']],
    ['date', ['created_at', 'updated_at', 'last_activity_at', 'status_changed_at', 'consent_at', 'confirmed_at', 'birthday']],
  ] as const)('to %s', (use, keys) => {
    expect([...fieldsFor(use, OWN)]).toEqual(keys);
  });
});

it('leaves of a value what another field takes', () => {
  expect(kept('yes', 'boolean', [])).toBe(true);
  expect(kept(false, 'boolean', [])).toBe(false);
  expect(kept('7', 'number', [])).toBeUndefined();
  expect(kept(7, 'number', [])).toBe(7);
  expect(kept(7, 'text', [])).toBeUndefined();
  expect(kept('gold', 'choice', ['gold'])).toBe('gold');
  expect(kept('lead', 'choice', ['gold'])).toBeUndefined();
  expect(kept('Berlin', 'date', [])).toBeUndefined();
  expect(kept('2026-05-04', 'date', [])).toBe('2026-05-04');
});
