import { describe, expect, it } from 'vitest';
import { fromZoned, toZoned } from './zone';

describe('times of another zone', () => {
  it.each([
    ['2026-11-25T09:00', 'Europe/Berlin', '2026-11-25T08:00:00.000Z'],
    ['2026-07-01T09:00', 'Europe/Berlin', '2026-07-01T07:00:00.000Z'],
    ['2026-07-01T00:30', 'Asia/Kathmandu', '2026-06-30T18:45:00.000Z'],
    ['2026-07-01T00:30', 'UTC', '2026-07-01T00:30:00.000Z'],
    ['2026-07-01T23:30', 'America/Los_Angeles', '2026-07-02T06:30:00.000Z'],
  ])('%s in %s', (local, zone, utc) => {
    expect(fromZoned(local, zone)?.toISOString()).toBe(utc);
    expect(toZoned(new Date(utc), zone)).toBe(local);
  });

  it('knows what a clock shows twice and never', () => {
    // Set back from 03:00 to 02:00: the first 02:30.
    expect(fromZoned('2026-10-25T02:30', 'Europe/Berlin')?.toISOString()).toBe('2026-10-25T00:30:00.000Z');
    // Set forward from 02:00 to 03:00: 02:30 is 03:30.
    expect(fromZoned('2026-03-29T02:30', 'Europe/Berlin')?.toISOString()).toBe('2026-03-29T01:30:00.000Z');
  });

  it('refuses what is no time', () => {
    expect(fromZoned('', 'Europe/Berlin')).toBeNull();
  });
});
