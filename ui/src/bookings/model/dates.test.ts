import { expect, it } from 'vitest';
import { datesFrom, midnight, plusMonths, segments, shownDates, turned, weekdayOf, weekOf } from './dates';

it('goes through weeks and months', () => {
  expect(weekdayOf('2026-11-30')).toBe(0);
  expect(weekOf('2026-11-29', 1)).toBe('2026-11-23');
  expect(weekOf('2026-11-29', 7)).toBe('2026-11-29');
  expect(weekOf('2026-11-28', 7)).toBe('2026-11-22');
  expect(plusMonths('2026-01-31', 1)).toBe('2026-02-28');
  expect(plusMonths('2026-12-15', 1)).toBe('2027-01-15');
  expect(plusMonths('2026-01-15', -1)).toBe('2025-12-15');
  expect(turned('week', '2026-11-29', 1)).toBe('2026-12-06');
  expect(turned('day', '2026-12-31', 1)).toBe('2027-01-01');
  expect(turned('month', '2026-10-31', 1)).toBe('2026-11-30');
});

it('shows whole weeks of a month', () => {
  expect(shownDates('month', '2026-11-29', 1)).toEqual({ first: '2026-10-26', end: '2026-12-07' });
  expect(shownDates('month', '2027-02-10', 1)).toEqual({ first: '2027-02-01', end: '2027-03-01' });
  expect(shownDates('week', '2026-11-29', 1)).toEqual({ first: '2026-11-23', end: '2026-11-30' });
  expect(datesFrom('2026-11-29', '2026-12-02')).toEqual(['2026-11-29', '2026-11-30', '2026-12-01']);
});

it('begins a date where its zone does', () => {
  expect(midnight('2026-05-04', 'Europe/Berlin').toISOString()).toBe('2026-05-03T22:00:00.000Z');
  expect(midnight('2026-05-04', 'UTC').toISOString()).toBe('2026-05-04T00:00:00.000Z');
});

it('cuts at the midnights of the zone', () => {
  const cut = (start: string, end: string, zone: string) => [...segments([{ start, end }], zone).values()].flat().map((part) => [part.date, part.start, part.end]);
  expect(cut('2026-05-04T21:30:00Z', '2026-05-04T22:30:00Z', 'Europe/Berlin')).toEqual([['2026-05-04', 1410, 1440], ['2026-05-05', 0, 30]]);
  expect(cut('2026-05-04T21:30:00Z', '2026-05-04T22:00:00Z', 'Europe/Berlin')).toEqual([['2026-05-04', 1410, 1440]]);
  expect(cut('2026-05-04T08:00:00Z', '2026-05-04T08:30:00Z', 'Asia/Kolkata')).toEqual([['2026-05-04', 810, 840]]);
  // The hour that comes twice.
  expect(cut('2026-10-25T00:45:00Z', '2026-10-25T01:15:00Z', 'Europe/Berlin')).toEqual([['2026-10-25', 165, 180]]);
});
