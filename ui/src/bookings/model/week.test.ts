import { expect, it } from 'vitest';
import { another, clock, covers, DAY, EMPTY_WEEK, merged, minuteOf, paint, paintAll, spanOf, total, within, type Week } from './week';

const HOUR = 60;
const monday = (...spans: [number, number][]): Week => EMPTY_WEEK.map((_, day) => (day === 0 ? spans.map(([start, end]) => ({ start: start * HOUR, end: end * HOUR })) : []));
const hours = (spans: readonly { start: number; end: number }[]) => spans.map(({ start, end }) => [start / HOUR, end / HOUR]);

it('reads and writes times of the clock', () => {
  expect(minuteOf('09:30')).toBe(570);
  expect(minuteOf('24:00')).toBe(DAY);
  expect(minuteOf('')).toBeUndefined();
  expect(minuteOf('9:70')).toBeUndefined();
  expect(clock(570)).toBe('09:30');
  expect(clock(DAY)).toBe('00:00');
  expect(clock(DAY + 120)).toBe('02:00');
});

it('takes an end that is not later as one of the day after', () => {
  expect(spanOf(9 * HOUR, 17 * HOUR)).toEqual({ start: 540, end: 1020 });
  expect(spanOf(22 * HOUR, 2 * HOUR)).toEqual({ start: 1320, end: 1560 });
  expect(spanOf(9 * HOUR, 0)).toEqual({ start: 540, end: DAY });
  expect(spanOf(0, 0)).toEqual({ start: 0, end: DAY });
});

it('joins what touches', () => {
  expect(merged([{ start: 60, end: 120 }, { start: 0, end: 60 }, { start: 200, end: 300 }, { start: 250, end: 260 }, { start: 5, end: 5 }])).toEqual([
    { start: 0, end: 120 },
    { start: 200, end: 300 },
  ]);
});

it('paints and takes away', () => {
  const nine = paint(EMPTY_WEEK, 2, 9 * HOUR, 17 * HOUR, true);
  expect(hours(nine[2]!)).toEqual([[9, 17]]);
  const lunch = paint(nine, 2, 12 * HOUR, 13 * HOUR, false);
  expect(hours(lunch[2]!)).toEqual([[9, 12], [13, 17]]);
  expect(hours(paint(lunch, 2, 12 * HOUR, 13 * HOUR, true)[2]!)).toEqual([[9, 17]]);
  expect(covers(lunch, 2, 12 * HOUR, 12.5 * HOUR)).toBe(false);
  expect(covers(lunch, 2, 11.5 * HOUR, 12 * HOUR)).toBe(true);
  const days = paintAll(EMPTY_WEEK, [0, 1, 2, 3, 4], 9 * HOUR, 17 * HOUR, true);
  expect(total(days)).toBe(5 * 8 * HOUR);
  expect(days[5]).toEqual([]);
});

it('shows hours beyond midnight on the day after, and can take them away there', () => {
  const night = monday([22, 28]);
  expect(hours(within(night, 0))).toEqual([[22, 24]]);
  expect(hours(within(night, 1))).toEqual([[0, 4]]);
  expect(total(night)).toBe(6 * HOUR);
  const shorter = paint(night, 1, 2 * HOUR, 4 * HOUR, false);
  expect(hours(shorter[0]!)).toEqual([[22, 26]]);
  expect(shorter[1]).toEqual([]);
  const gap = paint(night, 1, 1 * HOUR, 2 * HOUR, false);
  expect(hours(gap[0]!)).toEqual([[22, 25]]);
  expect(hours(gap[1]!)).toEqual([[2, 4]]);
  const none = paint(night, 1, 0, 4 * HOUR, false);
  expect(hours(none[0]!)).toEqual([[22, 24]]);
  expect(none[1]).toEqual([]);
});

it('loses and makes up nothing, wherever it is painted', () => {
  // Every half hour of a week against a plain list of what is on.
  let week: Week = monday([20, 27]);
  const cells = new Set<string>();
  for (let at = 20 * 2; at < 27 * 2; at += 1) cells.add(at < 48 ? `0 ${at}` : `1 ${at - 48}`);
  let seed = 7;
  const next = (below: number) => {
    seed = (seed * 48271) % 2147483647;
    return seed % below;
  };
  for (let turn = 0; turn < 400; turn += 1) {
    const [day, from, on] = [next(7), next(47), next(2) === 0];
    const to = from + 1 + next(48 - from);
    week = paint(week, day, from * 30, to * 30, on);
    for (let at = from; at < to; at += 1) {
      if (on) cells.add(`${day} ${at}`);
      else cells.delete(`${day} ${at}`);
    }
    const shown = new Set<string>();
    for (let one = 0; one < 7; one += 1) for (let at = 0; at < 48; at += 1) if (covers(week, one, at * 30, at * 30 + 30)) shown.add(`${one} ${at}`);
    expect([...shown].sort()).toEqual([...cells].sort());
  }
});

it('offers hours after the last ones', () => {
  expect(another([])).toEqual({ start: 540, end: 1020 });
  expect(another([{ start: 540, end: 720 }])).toEqual({ start: 780, end: 1020 });
  expect(another([{ start: 540, end: 1410 }])).toBeUndefined();
});
