import english from '@i18n/en.json';
import german from '@i18n/de.json';
import i18next, { type TFunction } from 'i18next';
import { describe, expect, it } from 'vitest';
import { lineWords, outcomeWords, refusalWords } from './lines';
import type { Definition } from './model/types';
import type { Words } from './words';

const DEFINITION: Definition = {
  version: 1,
  triggers: [{ id: 'joined', on: { event: 'group.joined' }, start: 'split' }],
  steps: [
    { id: 'split', kind: 'first_match', with: { cases: [{ id: 'case-1', if: {}, next: 'tag' }] }, next: 'tag' },
    { id: 'tag', kind: 'add_tag', next: 'end' },
    { id: 'end', kind: 'end' },
  ],
  exits: [{ id: 'exit-1', on: { event: 'group.left' } }],
};
const WORDS: Words = {
  kind: (kind) => kind,
  trigger: ({ id }) => id,
  window: () => 'at some time',
  title: ({ id }) => `the ${id}`,
  step: ({ id }) => `what ${id} does`,
  event: (pattern) => pattern!.event,
  condition: () => 'something holds',
  edge: ({ label, part }) => `${label} ${part}`,
};

async function speaker(language: 'en' | 'de'): Promise<TFunction> {
  const resources = { en: { translation: english }, de: { translation: german } };
  const options = { lng: language, keySeparator: false, nsSeparator: false, interpolation: { escapeValue: false }, resources } as const;
  return await i18next.createInstance().init(options);
}

describe.each(['en', 'de'] as const)('in %s', (language) => {
  it('every outcome and every refusal has words', async () => {
    const t = await speaker(language);
    for (const code of ['completed', 'goal', 'exit:exit-1', 'exit:gone', 'removed', 'step_removed']) {
      const said = outcomeWords(t, WORDS, DEFINITION, code);
      expect(said).toMatch(/ /);
      expect(said).not.toMatch(/_|exit-1|exit:\S/);
    }
    expect(outcomeWords(t, WORDS, DEFINITION, 'unsubscribed')).not.toBe('unsubscribed');
    for (const code of ['other_event', 'filter', 'broken_filter', 'no_key', 'reentry', 'chain', 'too_large']) {
      const said = refusalWords(t, code);
      expect(said).toMatch(/ /);
      expect(said).not.toMatch(/_|run_refusal/);
    }
  });
});

it('lines say which way, why and what', async () => {
  const t = await speaker('en');
  const said = (step: string, what: string, detail: string | null) => lineWords(t, WORDS, DEFINITION, { step, what, detail });
  expect(said('split', 'passed', 'case-1')).toBe('done (case 0)');
  expect(said('split', 'passed', 'next')).toBe('done');
  expect(said('tag', 'does', 'adds the tag 361240977588224002')).toBe('does it (what tag does)');
  expect(said('end', 'ended', 'completed')).toBe('through');
  expect(said('tag', 'ended', 'step_removed')).toBe('The step was removed');
  expect(said('tag', 'ended', 'exit:exit-1')).toBe('Left by an exit: group.left');
  expect(said('tag', 'left', 'moved to end')).toBe('left (Goes on at “the end”)');
  expect(said('tag', 'skipped', 'quiet hours')).toBe('left out (in hours in which nobody is written to)');
  expect(said('gone', 'failed', 'the server said no')).toBe('failed, and went on (the server said no)');
});
