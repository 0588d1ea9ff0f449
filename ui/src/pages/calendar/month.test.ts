import { expect, test } from 'vitest';
import { firstDayOf, monthFrom, weeksOf } from './month';

test('months go on over the turn of the year', () => {
  expect([monthFrom('2026-12', 1), monthFrom('2026-01', -1), monthFrom('2026-05', 14)]).toEqual(['2027-01', '2025-12', '2027-07']);
});

test('weeks are whole, and are those of the month', () => {
  const weeks = weeksOf('2026-11', 1);
  expect(weeks).toHaveLength(6);
  expect(weeks.every((week) => week.length === 7)).toBe(true);
  expect(weeks[0]![0]).toEqual({ date: '2026-10-26', inMonth: false });
  expect(weeks[0]![6]).toEqual({ date: '2026-11-01', inMonth: true });
  expect(weeksOf('2026-11', 7)[0]![0]).toEqual({ date: '2026-11-01', inMonth: true });
  // A February that fits.
  expect(weeksOf('2027-02', 1)).toHaveLength(4);
});

test('weeks begin as they do where the reader lives', () => {
  expect([firstDayOf('de-DE'), firstDayOf('en-US')]).toEqual([1, 7]);
});
