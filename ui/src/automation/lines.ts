import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import { edgesOf, partsOf, stepOf } from './model/graph';
import type { Definition } from './model/types';
import type { Words } from './words';

export interface Line {
  step: string;
  what: string;
  detail: string | null;
}

const KNOWN = ['waits', 'passed', 'skipped', 'failed', 'stopped', 'left', 'ended', 'does'] as const;
const OUTCOMES = ['completed', 'goal', 'unsubscribed', 'removed', 'step_removed'] as const;
const REFUSALS = ['other_event', 'filter', 'broken_filter', 'no_key', 'reentry', 'chain', 'too_large'] as const;
/** Ways that are not called as parts of the document are. */
const WAYS = ['timeout', 'skipped'] as const;
/** Why a mail was left out, as the server says it. */
const SKIPPED = {
  'the contact may not be written to': 'status',
  'quiet hours': 'quiet',
  'the contact got as many as are allowed': 'cap',
} as const;

const among = <T extends string>(list: readonly T[], word: string | null): T | undefined => list.find((one) => one === word);

/** How a run ended, in words. */
export function outcomeWords(t: TFunction, words: Words, definition: Definition | undefined, outcome: string): string {
  const known = among(OUTCOMES, outcome);
  if (known) return t(`run_outcome.${known}`);
  const id = /^exit:(.*)$/.exec(outcome)?.[1];
  if (id === undefined) return outcome;
  const exit = definition?.exits?.find((one) => one.id === id);
  const why = exit && (exit.on ? words.event(exit.on) : words.condition(exit.when));
  return why ? t('run_outcome.exit_by', { why }) : t('run_outcome.exit');
}

/** Why somebody does not come in, in words. */
export function refusalWords(t: TFunction, refusal: string | null): string {
  const known = among(REFUSALS, refusal);
  return known ? t(`run_refusal.${known}`) : (refusal ?? '');
}

/** What a line of a journey or of a simulation says. */
export function lineWords(t: TFunction, words: Words, definition: Definition | undefined, line: Line): string {
  const { what, detail } = line;
  if (what === 'ended' && detail !== null && detail !== 'completed') return outcomeWords(t, words, definition, detail);
  const known = among(KNOWN, what);
  const said = known ? t(`run_line.${known}`) : what;
  const more = detailWords(t, words, definition, line);
  return more ? `${said} (${more})` : said;
}

function detailWords(t: TFunction, words: Words, definition: Definition | undefined, { step: id, what, detail }: Line): string {
  const step = definition && stepOf(definition, id);
  // `next` is the usual way, which goes without saying, as is coming to the end.
  if (detail === null || detail === 'next' || what === 'ended') return '';
  if (what === 'passed') {
    const way = among(WAYS, detail);
    if (way) return t(`run_way.${way}`);
    const part = step ? partsOf(step).findIndex((one) => one.id === detail) : -1;
    const edge = step && edgesOf(step).find(({ label, part: at }) => (part >= 0 ? at === part : label === detail));
    return edge ? words.edge(edge, step) : detail;
  }
  if (what === 'does') return (step && words.step(step)) || detail;
  if (what === 'skipped') return detail in SKIPPED ? t(`run_skipped.${SKIPPED[detail as keyof typeof SKIPPED]}`) : detail;
  if (what === 'left') {
    if (detail === 'goal') return t('run_outcome.goal');
    const to = /^moved to (.*)$/.exec(detail)?.[1];
    const target = to && definition ? stepOf(definition, to) : undefined;
    return to === undefined ? detail : t('automation.goes_on', { step: target ? words.title(target) : to });
  }
  return detail;
}

export interface RunWords {
  line: (line: Line) => string;
  outcome: (outcome: string) => string;
  refusal: (refusal: string | null) => string;
}

/** What runs of an automation say. */
export function useRunWords(words: Words, definition: Definition | undefined): RunWords {
  const { t } = useTranslation();
  return {
    line: (line) => lineWords(t, words, definition, line),
    outcome: (outcome) => outcomeWords(t, words, definition, outcome),
    refusal: (refusal) => refusalWords(t, refusal),
  };
}
