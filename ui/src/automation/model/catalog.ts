import type { Step } from './types';

/** The kinds of steps that can be added, in the order of the menu. */
export const STEP_KINDS = {
  message: ['send_email'],
  wait: ['wait', 'wait_until_date', 'wait_until_field', 'wait_for_window', 'wait_for_any'],
  split: ['if_else', 'first_match', 'random_split'],
  person: ['add_group', 'remove_group', 'add_tag', 'remove_tag', 'set_field', 'clear_field', 'increment_field', 'set_status'],
  other: ['notify_team', 'http_call', 'start_automation', 'jump', 'end'],
} as const;

export type StepSection = keyof typeof STEP_KINDS;
export type StepKind = (typeof STEP_KINDS)[StepSection][number];

export const ALL_STEP_KINDS: readonly StepKind[] = Object.values(STEP_KINDS).flat();

export function isKnownKind(kind: string): kind is StepKind {
  return (ALL_STEP_KINDS as readonly string[]).includes(kind);
}

const SOMEBODY = { contact: { all: [{ field: 'status', op: 'equals', value: 'active' }] } };

/** The id of nothing: the server keeps a draft with it, and tells what is missing. */
export const NOT_CHOSEN = '0';

/** A new step, whose ways all lead on to the same place. */
export function blank(kind: string, id: string, next: string): Step {
  switch (kind) {
    case 'end':
      return { id, kind };
    case 'jump':
      return { id, kind, with: { to: next } };
    case 'if_else':
      // oxlint-disable-next-line unicorn/no-thenable -- so it is called in the document, and nobody awaits it
      return { id, kind, with: { if: SOMEBODY, then: next, else: next } };
    case 'first_match':
      return { id, kind, with: { cases: [{ id: 'case-1', if: SOMEBODY, next }] }, next };
    case 'random_split':
      return { id, kind, with: { arms: ['a', 'b'].map((arm) => ({ id: arm, weight: 50, next })) } };
    case 'wait_for_any':
      return { id, kind, with: { paths: [{ id: 'path-1', on: { event: 'message.clicked' }, next }], timeout: { days: 3 } }, next };
    case 'wait':
      return { id, kind, with: { days: 1 }, next };
    case 'wait_until_date':
      return { id, kind, with: { at: `${new Date().getFullYear() + 1}-01-01T09:00:00` }, next };
    case 'wait_until_field':
      return { id, kind, with: { field: 'created_at', after: { days: 1 } }, next };
    case 'wait_for_window':
      return { id, kind, with: { within: { weekdays: ['monday', 'tuesday', 'wednesday', 'thursday', 'friday'], from: '09:00', to: '17:00' } }, next };
    case 'set_field':
      return { id, kind, with: { field: 'first_name', value: '' }, next };
    case 'clear_field':
      return { id, kind, with: { field: 'first_name' }, next };
    case 'increment_field':
      return { id, kind, with: { field: 'score', by: 1 }, next };
    case 'set_status':
      return { id, kind, with: { status: 'unsubscribed' }, next };
    case 'notify_team':
      return { id, kind, with: { users: [], subject: '', text: '' }, next };
    case 'add_group':
    case 'remove_group':
      return { id, kind, with: { group: NOT_CHOSEN }, next };
    case 'add_tag':
    case 'remove_tag':
      return { id, kind, with: { tag: NOT_CHOSEN }, next };
    case 'start_automation':
      return { id, kind, with: { automation: NOT_CHOSEN }, next };
    case 'http_call':
      return { id, kind, with: { method: 'POST', url: 'https://' }, next };
    default:
      return { id, kind, with: {}, next };
  }
}

/** What a part of an event can be given as. */
export type ParamForm = 'event_type' | 'minutes' | 'no_show_by' | 'group' | 'tag' | 'segment' | 'campaign' | 'automation' | 'hook' | 'schedule' | 'text' | 'field' | 'date_field' | 'step' | 'status';

export interface Param {
  name: string;
  form: ParamForm;
  required?: boolean;
  /** What it is when the event is chosen. */
  initial?: unknown;
}

const MESSAGE: Param[] = [
  { name: 'campaign', form: 'campaign' },
  { name: 'step', form: 'step' },
];

const BOOKING: Param[] = [{ name: 'event_type', form: 'event_type' }];

/** What can happen, and to what it can be narrowed. */
export const EVENT_KINDS: Record<string, Param[]> = {
  'subscriber.created': [{ name: 'source', form: 'text' }],
  'subscriber.updated': [{ name: 'field', form: 'field' }],
  'subscriber.status_changed': [
    { name: 'from', form: 'status' },
    { name: 'to', form: 'status' },
  ],
  'consent.given': [],
  'group.joined': [{ name: 'group', form: 'group' }],
  'group.left': [{ name: 'group', form: 'group' }],
  'tag.added': [{ name: 'tag', form: 'tag' }],
  'tag.removed': [{ name: 'tag', form: 'tag' }],
  'segment.entered': [{ name: 'segment', form: 'segment', required: true }],
  'segment.left': [{ name: 'segment', form: 'segment', required: true }],
  'message.sent': MESSAGE,
  'message.opened': MESSAGE,
  'message.clicked': [...MESSAGE, { name: 'url', form: 'text' }],
  'message.unsubscribed': MESSAGE,
  'message.bounced': MESSAGE,
  'message.complained': MESSAGE,
  'event.custom': [{ name: 'name', form: 'text', required: true }],
  'date.reached': [{ name: 'field', form: 'date_field', required: true }],
  'schedule.fired': [
    { name: 'schedule', form: 'schedule', required: true, initial: 'daily 09:00' },
    { name: 'group', form: 'group' },
    { name: 'segment', form: 'segment' },
  ],
  'hook.received': [{ name: 'hook', form: 'hook', required: true }],
  'booking.created': BOOKING,
  'booking.confirmed': BOOKING,
  'booking.starts_in': [{ name: 'minutes', form: 'minutes', required: true, initial: 1440 }, ...BOOKING],
  'booking.rescheduled': BOOKING,
  'booking.cancelled': BOOKING,
  'booking.declined': BOOKING,
  'booking.expired': BOOKING,
  'booking.completed': BOOKING,
  'booking.no_show': [...BOOKING, { name: 'by', form: 'no_show_by' }],
  'booking.waiting': BOOKING,
  'booking.place_free': BOOKING,
  'automation.started': [],
  'automation.finished': [{ name: 'automation', form: 'automation', required: true }],
};
