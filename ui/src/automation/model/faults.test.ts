import { expect, it } from 'vitest';
import { fieldOf, ownerOf, refusedFaults } from './faults';

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

it('finds the step of what could not be read', () => {
  const sent = { steps: [{ id: 'mail', kind: 'send_email' }, { id: 'tag', kind: 'add_tag' }] };
  const faults = refusedFaults({ 'draft.steps[1].with': 'missing field `tag`', 'draft.triggers[0].on': 'missing field `event`', 'draft.steps[9].id': 'is no id', draft: 'is too large' }, sent);
  expect(faults).toEqual([
    { step: 'tag', path: 'steps[1].with.tag', code: 'required', message: 'missing field `tag`' },
    { step: null, path: 'triggers[0].on.event', code: 'required', message: 'missing field `event`' },
    { step: null, path: 'steps[9].id', code: 'invalid', message: 'is no id' },
    { step: null, path: '', code: 'invalid', message: 'is too large' },
  ]);
  expect(faults.map((one) => ownerOf(one, [{ id: 'first' }]))).toEqual(['tag', 'trigger:first', '', '']);
});
