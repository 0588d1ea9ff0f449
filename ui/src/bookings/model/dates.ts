import { fromZoned, toZoned } from '~/i18n/zone';
import type { Span, View } from '../search';
import { DAY, minuteOf } from './week';

const DAY_MS = 86_400_000;

/** So many days after a date (`2026-05-04`). */
export function plus(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** 0 for Monday to 6. */
export function weekdayOf(date: string): number {
  return (new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7;
}

/** The first day of the week that a date is in. `firstDay` is 1 for Monday to 7. */
export function weekOf(date: string, firstDay: number): string {
  return plus(date, -((weekdayOf(date) + 8 - firstDay) % 7));
}

/** The same day of another month, or its last one. */
export function plusMonths(date: string, months: number): string {
  const [year = 0, month = 1, day = 1] = date.split('-').map(Number);
  const first = new Date(Date.UTC(year, month - 1 + months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return plus(first.toISOString().slice(0, 10), Math.min(day, last) - 1);
}

/** The first date that a view shows, and the first one that it does not any more. A list goes on. */
export function shownDates(view: View, date: string, firstDay: number): { first: string; end: string } {
  if (view === 'day') return { first: date, end: plus(date, 1) };
  if (view === 'list') return { first: date, end: plus(date, 31) };
  const first = view === 'week' ? weekOf(date, firstDay) : weekOf(`${date.slice(0, 7)}-01`, firstDay);
  if (view === 'week') return { first, end: plus(first, 7) };
  const next = plusMonths(`${date.slice(0, 7)}-01`, 1);
  return { first, end: plus(weekOf(plus(next, -1), firstDay), 7) };
}

/** The view before or after. */
export function turned(view: View, date: string, by: number): string {
  return view === 'month' || view === 'list' ? plusMonths(date, by) : plus(date, by * (view === 'week' ? 7 : 1));
}

export function datesFrom(first: string, end: string): string[] {
  const dates: string[] = [];
  for (let date = first; date < end; date = plus(date, 1)) dates.push(date);
  return dates;
}

/** When a date begins in a zone. */
export function midnight(date: string, zone: string): Date {
  return fromZoned(`${date}T00:00`, zone) ?? new Date(`${date}T00:00:00Z`);
}

/** A part of something that lies within one date: minutes after midnight as the clock shows them. */
export interface Segment<T> {
  of: T;
  date: string;
  start: number;
  end: number;
}

/** What lies on which dates, cut at the midnights of a zone. */
export function segments<T extends { start: string; end: string }>(things: readonly T[], zone: string): Map<string, Segment<T>[]> {
  const by = new Map<string, Segment<T>[]>();
  for (const of of things) {
    const [from, to] = [toZoned(new Date(of.start), zone), toZoned(new Date(of.end), zone)];
    const last = to.slice(11) === '00:00' && of.end > of.start ? plus(to.slice(0, 10), -1) : to.slice(0, 10);
    for (let date = from.slice(0, 10); date <= last; date = plus(date, 1)) {
      const start = date === from.slice(0, 10) ? minuteOf(from.slice(11))! : 0;
      const end = date === to.slice(0, 10) ? minuteOf(to.slice(11))! : DAY;
      // Where the clock is put back, something may end before it begins: it is still something.
      const part = { of, date, start, end: Math.max(end, start + 15) };
      by.set(date, [...(by.get(date) ?? []), part]);
    }
  }
  return by;
}

/** From which date to which, the last one not included. */
export function spanDates(span: Span, today: string): { first: string; end: string } {
  switch (span) {
    case 'last_30':
      return { first: plus(today, -29), end: plus(today, 1) };
    case 'last_90':
      return { first: plus(today, -89), end: plus(today, 1) };
    case 'next_30':
      return { first: today, end: plus(today, 30) };
    case 'year':
      return { first: plus(today, -364), end: plus(today, 1) };
  }
}
