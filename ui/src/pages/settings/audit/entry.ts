import type { Entry } from '~/api/schema';

/** Kinds of things whose changes are noted. */
export const AUDITED = [
  'account',
  'automation',
  'block',
  'booking_settings',
  'bulk_action',
  'calendar_connection',
  'campaign',
  'campaign_series',
  'dkim_key',
  'event_type',
  'export',
  'field',
  'group',
  'hook',
  'host',
  'import',
  'schedule',
  'segment',
  'send_limit',
  'sender',
  'subscriber',
  'suppression',
  'tag',
  'time_off',
  'token',
  'transport',
  'user',
  'view',
] as const;

/** What is done to them, as far as there are words for it. */
export const DONE = [
  'created',
  'updated',
  'deleted',
  'added',
  'removed',
  'started',
  'scheduled',
  'unscheduled',
  'paused',
  'resumed',
  'cancelled',
  'stopped',
  'merged',
  'erased',
  'exported',
  'downloaded',
  'streamed',
  'imported',
  'undone',
  'run',
  'tested',
  'revoked',
  'password_changed',
  'unsubscribed',
  'batch_upserted',
  'unknown_resent',
  'decided',
  'published',
  'unpublished',
  'email_changed',
  'status_changed',
  'confirmed',
  'renewed',
  'connected',
  'disconnected',
  'signed_in',
  'used',
  'runs_changed',
  'rolled_back',
] as const;

export interface Change {
  field: string;
  before: unknown;
  after: unknown;
}

/** What is different after an entry, field by field. */
export function changes({ before, after }: Pick<Entry, 'before' | 'after'>): Change[] {
  const was = (before ?? {}) as Record<string, unknown>;
  const is = (after ?? {}) as Record<string, unknown>;
  return [...new Set([...Object.keys(was), ...Object.keys(is)])]
    .filter((field) => JSON.stringify(was[field]) !== JSON.stringify(is[field]))
    .map((field) => ({ field, before: was[field], after: is[field] }));
}

const LONGEST = 300;

/** A value as text. */
export function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return '–';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}
