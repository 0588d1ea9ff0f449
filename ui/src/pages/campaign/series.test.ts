import { describe, expect, it } from 'vitest';
import type { SeriesPoint } from '~/api/schema';
import { bucketsOf, topOf } from './series';

const point = (hour: string, unique_clicks: number): SeriesPoint => ({
  hour,
  sent: 0,
  failed: 0,
  bounces: 0,
  complaints: 0,
  opens: 0,
  clicks: 0,
  unique_opens: 1,
  unique_clicks,
  unsubscribed: 0,
});

describe('the course of a campaign', () => {
  it('has the hours in which nothing happened', () => {
    const { unit, buckets } = bucketsOf([point('2026-05-04T09:00:00Z', 2), point('2026-05-04T12:00:00Z', 5)], 'UTC');
    expect(unit).toBe('hour');
    expect(buckets.map(({ clicks }) => clicks)).toEqual([2, 0, 0, 5]);
  });

  it('is told by the days of the account when it is long', () => {
    const points = [point('2026-05-04T21:00:00Z', 1), point('2026-05-04T23:00:00Z', 2), point('2026-05-10T09:00:00Z', 4)];
    const { unit, buckets } = bucketsOf(points, 'Europe/Berlin');
    expect(unit).toBe('day');
    // 23:00 UTC is the next day in Berlin.
    expect(buckets.map(({ clicks }) => clicks)).toEqual([1, 2, 0, 0, 0, 0, 4]);
  });

  it('has nothing to tell of nothing', () => {
    expect(bucketsOf([], 'UTC').buckets).toEqual([]);
  });
});

it('axes end at round numbers that four steps fit into', () => {
  for (const most of [0, 1, 4, 5, 9, 11, 37, 114, 149, 1001, 4766]) {
    const top = topOf(most);
    expect(top).toBeGreaterThanOrEqual(most);
    expect(top % 4).toBe(0);
    expect(top).toBeLessThanOrEqual(Math.max(4, most * 2.5));
  }
});
