import type { AutomationFault } from '~/api/schema';
import type { Definition } from './types';

/** Whose a fault is: a step's id, `trigger:ID`, or empty for what is about the whole. */
export function ownerOf({ step, path }: AutomationFault, triggers: readonly { id: string }[]): string {
  if (step !== null) return step;
  const at = /^triggers\[(\d+)\]/.exec(path)?.[1];
  const trigger = at === undefined ? undefined : triggers[Number(at)];
  return trigger ? `trigger:${trigger.id}` : '';
}

/**
 * What the server could not read of a draft, in the form of what it finds wrong with one that it could: the steps are
 * those that stood there when it was sent.
 */
export function refusedFaults(fields: Readonly<Record<string, string>>, sent: Pick<Definition, 'steps'>): AutomationFault[] {
  return Object.entries(fields).map(([field, message]) => {
    const path = field.replace(/^draft\.?/, '');
    const at = /^steps\[(\d+)\]/.exec(path)?.[1];
    const step = at === undefined ? null : (sent.steps[Number(at)]?.id ?? null);
    const missing = /^missing field `(\w+)`/.exec(message)?.[1];
    return missing === undefined ? { step, path, code: 'invalid', message } : { step, path: path ? `${path}.${missing}` : missing, code: 'required', message };
  });
}

/** The names of fields that faults are about, by the last names in their path. */
export const FAULT_FIELDS = ['template', 'subject', 'sender', 'group', 'tag', 'segment', 'campaign', 'automation', 'field', 'value', 'url', 'body', 'users', 'text', 'status', 'name', 'key', 'schedule', 'hook'] as const;
export type FaultField = (typeof FAULT_FIELDS)[number];

/** Which field of its owner a fault is about, if it is one that has a name on the page. */
export function fieldOf(path: string): FaultField | undefined {
  const last = path.split('.').at(-1);
  return FAULT_FIELDS.find((name) => name === last);
}
