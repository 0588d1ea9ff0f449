import { WEEKDAYS } from '~/rules/model';
import type { Weekday } from './types';

/** A day of the month, or its last. */
export type MonthDay = number | 'last';

/** Days and a time of day, which the server keeps as a line: `monday,thursday 09:00`. */
export type Schedule = { at: string } & ({ every: 'day' } | { every: 'week'; weekdays: Weekday[] } | { every: 'month'; days: MonthDay[] });

export type Every = Schedule['every'];

export const EVERY: readonly Every[] = ['day', 'week', 'month'];

/** In the order in which they come. */
export const MONTH_DAYS: readonly MonthDay[] = [...Array.from({ length: 31 }, (_, day) => day + 1), 'last'];

/** `undefined` if it is none, as programs may write. */
export function readSchedule(line: unknown): Schedule | undefined {
  const [, days = '', at = ''] = /^(\S+) ((?:[01]\d|2[0-3]):[0-5]\d)$/.exec(String(line)) ?? [];
  if (days === '') return undefined;
  if (days === 'daily') return { every: 'day', at };
  const parts = days.split(',');
  const weekdays = WEEKDAYS.filter((day) => parts.includes(day));
  if (parts.every((part) => (WEEKDAYS as readonly string[]).includes(part))) return { every: 'week', weekdays, at };
  const known = MONTH_DAYS.filter((day) => parts.includes(String(day)));
  return parts.every((part) => MONTH_DAYS.some((day) => String(day) === part)) ? { every: 'month', days: known, at } : undefined;
}

export function writeSchedule(schedule: Schedule): string {
  const days = schedule.every === 'day' ? 'daily' : schedule.every === 'week' ? schedule.weekdays.join() : schedule.days.join();
  return `${days} ${schedule.at}`;
}

/** The same time of day on other days. */
export function onDays(every: Every, at: string): Schedule {
  if (every === 'week') return { every, weekdays: ['monday'], at };
  return every === 'month' ? { every, days: [1], at } : { every, at };
}
