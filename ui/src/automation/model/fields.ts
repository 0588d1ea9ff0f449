import type { Field } from '~/api/schema';
import { ATTRIBUTES, typeOf, type Attribute, type ValueType } from '~/rules/model';

/** What a step does with a field. */
export type FieldUse = 'write' | 'increment' | 'date';

/** Who looks after somebody: a user of the account. Conditions do not have it. */
export const OWNER = 'owner';

/** The attributes that the server lets automations change. */
const WRITABLE: readonly (Attribute | typeof OWNER)[] = ['first_name', 'last_name', 'phone', 'language', 'time_zone', 'score', OWNER];

/** The statuses that the server lets automations set: the others come from what people and servers do. */
export const SETTABLE = ['active', 'unsubscribed'] as const;

/** The keys of the fields that the server takes for a use. */
export function fieldsFor(use: FieldUse, fields: Field[]): Set<string> {
  const attributes: readonly string[] = use === 'date' ? Object.keys(ATTRIBUTES) : WRITABLE;
  const fits = (key: string) => {
    const type = typeOf(key, fields);
    if (use === 'increment') return type === 'number';
    return use === 'write' || type === 'date' || type === 'time';
  };
  return new Set([...attributes, ...fields.map(({ key }) => key)].filter(fits));
}

/** Whether a field takes whole numbers only. */
export function isWhole(key: string): boolean {
  return key === 'score';
}

/** What stays of a value when it is for another field: what is of another type would be refused. */
export function kept(value: unknown, type: ValueType, options: readonly string[]): unknown {
  if (type === 'boolean') return typeof value === 'boolean' ? value : true;
  if (type === 'number') return typeof value === 'number' ? value : undefined;
  if (typeof value !== 'string') return undefined;
  if (type === 'choice') return options.includes(value) ? value : undefined;
  if (type === 'text') return value;
  return /^\d{4}-\d\d-\d\d$/.test(value) ? value : undefined;
}
