import type { Field, Rule } from '~/api/schema';

/** How the conditions of a group go together. */
export type Mode = 'all' | 'any' | 'none' | 'not_all';
export const MODES: Mode[] = ['all', 'any', 'none', 'not_all'];

export interface RuleGroup {
  mode: Mode;
  rules: Rule[];
}

/** A rule as a group, if it is one. */
export function asGroup(rule: Rule): RuleGroup | null {
  if (rule.all) return { mode: 'all', rules: rule.all };
  if (rule.any) return { mode: 'any', rules: rule.any };
  if (rule.not) {
    const inner = asGroup(rule.not);
    if (inner?.mode === 'any') return { mode: 'none', rules: inner.rules };
    if (inner?.mode === 'all') return { mode: 'not_all', rules: inner.rules };
    // The opposite of one condition: a group of one.
    return { mode: 'none', rules: [rule.not] };
  }
  return null;
}

export function fromGroup({ mode, rules }: RuleGroup): Rule {
  switch (mode) {
    case 'all':
      return { all: rules };
    case 'any':
      return { any: rules };
    case 'none':
      return { not: { any: rules } };
    case 'not_all':
      return { not: { all: rules } };
  }
}

/** What the builder edits: always a group at the top. */
export function asTopGroup(rule: Rule): RuleGroup {
  return asGroup(rule) ?? { mode: 'all', rules: [rule] };
}

export type ValueType = 'text' | 'choice' | 'number' | 'boolean' | 'date' | 'time';
export type Op = NonNullable<Rule['op']>;

/** The attributes that every person has, and what kind of value each is. */
export const ATTRIBUTES = {
  email: 'text',
  first_name: 'text',
  last_name: 'text',
  phone: 'text',
  language: 'text',
  time_zone: 'text',
  status: 'choice',
  source: 'choice',
  score: 'number',
  created_at: 'time',
  updated_at: 'time',
  last_activity_at: 'time',
  status_changed_at: 'time',
  consent_at: 'time',
  confirmed_at: 'time',
} as const satisfies Record<string, ValueType>;
export type Attribute = keyof typeof ATTRIBUTES;

export const CHOICES = {
  status: ['active', 'unconfirmed', 'unsubscribed', 'bounced', 'suppressed'],
  source: ['form', 'import', 'api', 'automation', 'manual', 'booking', 'inbound'],
} as const;

const SET: Op[] = ['is_set', 'is_not_set'];
const DAYS: Op[] = ['on', 'not_on', 'before', 'after', 'between', 'within_last_days', 'within_next_days', 'more_than_days_ago', 'day_of_week'];

/** Which comparisons a kind of value has. */
export const OPS: Record<ValueType, Op[]> = {
  text: ['equals', 'not_equals', 'contains', 'not_contains', 'starts_with', 'ends_with', 'in', 'not_in', ...SET],
  choice: ['equals', 'not_equals', 'in', 'not_in', ...SET],
  number: ['equals', 'not_equals', 'less', 'less_or_equal', 'greater', 'greater_or_equal', 'between', 'in', 'not_in', ...SET],
  boolean: ['equals', 'not_equals', ...SET],
  date: [...DAYS, 'anniversary_today', 'anniversary_within_next_days', ...SET],
  time: [...DAYS, ...SET],
};

export const WEEKDAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'] as const;

/** What kind of value a field has; text if it is gone. */
export function typeOf(key: string, fields: Field[]): ValueType {
  if (key in ATTRIBUTES) return ATTRIBUTES[key as Attribute];
  const kind = fields.find((field) => field.key === key)?.kind ?? 'text';
  return kind === 'dropdown' ? 'choice' : kind;
}

/** How a value is entered. */
export type Entry = 'none' | 'one' | 'list' | 'pair' | 'days' | 'weekdays';

export function entryOf(op: Op): Entry {
  switch (op) {
    case 'is_set':
    case 'is_not_set':
    case 'anniversary_today':
      return 'none';
    case 'in':
    case 'not_in':
      return 'list';
    case 'between':
      return 'pair';
    case 'within_last_days':
    case 'within_next_days':
    case 'more_than_days_ago':
    case 'anniversary_within_next_days':
      return 'days';
    case 'day_of_week':
      return 'weekdays';
    default:
      return 'one';
  }
}

/** A value to begin with, so that a new condition is complete as soon as possible. */
export function firstValue(type: ValueType, op: Op): unknown {
  switch (entryOf(op)) {
    case 'none':
      return undefined;
    case 'days':
      return 30;
    case 'list':
    case 'weekdays':
      return [];
    case 'pair':
      return ['', ''];
    case 'one':
      return type === 'boolean' ? true : '';
  }
}

export function fieldCondition(key: string, op: Op, type: ValueType): Rule {
  const value = firstValue(type, op);
  return value === undefined ? { field: key, op } : { field: key, op, value };
}

export const EVENTS = ['received', 'opened', 'clicked', 'unsubscribed', 'bounced'] as const;
export type EventName = (typeof EVENTS)[number];
export const BOOKING_STATES = ['booked', 'upcoming', 'pending', 'confirmed', 'completed', 'no_show', 'host_no_show', 'declined', 'cancelled', 'expired'] as const;
export type BookingState = (typeof BOOKING_STATES)[number];
export const LISTS = ['group', 'tag', 'segment'] as const;
export type ListName = (typeof LISTS)[number];

/** Whether every condition says what it compares with; only then is the server asked. */
export function isComplete(rule: Rule): boolean {
  const group = asGroup(rule);
  if (group) return group.rules.every(isComplete);
  for (const name of LISTS) {
    const list = rule[name];
    if (list) return Object.values(list).some((ids) => ids.length > 0);
  }
  if (rule.field) {
    const entry = rule.op ? entryOf(rule.op) : 'none';
    if (entry === 'none') return true;
    if (entry === 'list' || entry === 'weekdays') return Array.isArray(rule.value) && rule.value.length > 0;
    if (entry === 'pair') return Array.isArray(rule.value) && rule.value.length === 2 && rule.value.every((end) => end !== '' && end !== null);
    return rule.value !== '' && rule.value !== null && rule.value !== undefined;
  }
  return true;
}
