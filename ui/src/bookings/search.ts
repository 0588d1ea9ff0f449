import type { BookingStatus } from '~/api/schema';

// What the addresses of these pages may say. It is in the first load, so there is nothing else here.

export const VIEWS = ['day', 'week', 'month', 'list'] as const;
export type View = (typeof VIEWS)[number];

export const BOOKING_STATUSES: readonly BookingStatus[] = ['pending', 'confirmed', 'completed', 'no_show', 'cancelled', 'declined', 'expired'];

/** An id in an address. What a router took for a number is none any more: ids are longer than numbers are exact. */
export function identifier(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{1,19}$/.test(value) ? value : undefined;
}

export function plainDate(value: unknown): string | undefined {
  return typeof value === 'string' && /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/.test(value) ? value : undefined;
}

export const SPANS = ['last_30', 'last_90', 'next_30', 'year'] as const;
export type Span = (typeof SPANS)[number];
