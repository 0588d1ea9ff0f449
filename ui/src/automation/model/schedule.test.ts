import { describe, expect, it } from 'vitest';
import { onDays, readSchedule, writeSchedule } from './schedule';

describe('schedules', () => {
  it.each(['daily 18:30', 'monday,thursday 09:00', '1,15 08:00', 'last 17:00', '2,31,last 00:00', 'sunday 23:59'])('reads and writes %s', (line) => {
    const schedule = readSchedule(line);
    expect(schedule).toBeDefined();
    expect(writeSchedule(schedule!)).toBe(line);
  });

  it('puts days in the order in which they come', () => {
    expect(writeSchedule(readSchedule('friday,monday 09:00')!)).toBe('monday,friday 09:00');
    expect(writeSchedule(readSchedule('last,15,1 09:00')!)).toBe('1,15,last 09:00');
  });

  it.each([undefined, '', 'daily', 'daily 9:00', 'daily 24:00', 'daily 09:60', 'monday, friday 09:00', 'Monday 09:00', 'monday,1 09:00', '0 09:00', '32 09:00', '01 09:00', 'daily,monday 09:00', 'daily 09:00 ', ', 09:00'])(
    'is not %s',
    (line) => {
      expect(readSchedule(line)).toBeUndefined();
    },
  );

  it('keeps the time of day when the days become others', () => {
    expect(writeSchedule(onDays('day', '18:30'))).toBe('daily 18:30');
    expect(writeSchedule(onDays('week', '18:30'))).toBe('monday 18:30');
    expect(writeSchedule(onDays('month', '18:30'))).toBe('1 18:30');
  });
});
