import type { TFunction } from 'i18next';
import type { AutomationFault } from '~/api/schema';
import { fieldOf, ownerOf, type FaultField } from './model/faults';

/** What the fields are called where they are filled in. */
const NAMES = {
  template: 'automation.template',
  subject: 'setup_step.subject',
  sender: 'setup_step.sender',
  group: 'filter.group',
  tag: 'filter.tag',
  segment: 'automation.param_segment',
  campaign: 'automation.param_campaign',
  automation: 'automation.one',
  field: 'automation.field',
  value: 'automation.value',
  url: 'automation.url',
  body: 'automation.body',
  users: 'automation.colleagues',
  text: 'automation.text',
  status: 'subscriber.status',
  name: 'automation.name',
  key: 'automation.key',
  schedule: 'automation.param_schedule',
  hook: 'automation.param_hook',
} as const satisfies Record<FaultField, string>;

/** What is wrong, as a sentence that names the field. */
export function faultWords(t: TFunction, { path, message }: AutomationFault): string {
  const field = fieldOf(path);
  // The id that stands for nothing yet, or none at all.
  const said = / 0: choose |^missing field /.test(message) ? t('automation.not_chosen') : message;
  const of = field ? t(NAMES[field]) : path.replace(/^(steps|triggers)\[\d+\]\.?(with)?\.?/, '');
  return [of, said].filter(Boolean).join(field ? ': ' : ' ');
}

/** What is wrong with each step, each trigger (`trigger:ID`) and, without a name, with the whole. */
export function faultsByOwner(t: TFunction, faults: readonly AutomationFault[], triggers: readonly { id: string }[]): Map<string, string[]> {
  const by = new Map<string, string[]>();
  for (const fault of faults) {
    const owner = ownerOf(fault, triggers);
    by.set(owner, [...(by.get(owner) ?? []), faultWords(t, fault)]);
  }
  return by;
}
