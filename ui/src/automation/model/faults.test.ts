import { expect, it } from 'vitest';
import { fieldOf, ownerOf } from './faults';

const fault = (path: string, step: string | null = null) => ({ step, path, code: 'required', message: 'is missing' });
const TRIGGERS = [{ id: 'a' }, { id: 'b' }];

it('says whose a fault is', () => {
  expect(ownerOf(fault('steps[0].with.template', 'mail'), TRIGGERS)).toBe('mail');
  expect(ownerOf(fault('triggers[1].on.with.segment'), TRIGGERS)).toBe('trigger:b');
  expect(ownerOf(fault('triggers[7].on'), TRIGGERS)).toBe('');
  expect(ownerOf(fault('exits[0].on.event'), TRIGGERS)).toBe('');
  expect(ownerOf(fault(''), TRIGGERS)).toBe('');
});

it('says which field of it', () => {
  expect(fieldOf('triggers[1].on.with.segment')).toBe('segment');
  expect(fieldOf('steps[0].with')).toBeUndefined();
  expect(fieldOf('')).toBeUndefined();
});
