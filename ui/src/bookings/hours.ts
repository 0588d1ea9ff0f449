import type { Hours, Schedule } from '~/api/schema';
import { clock, merged, minuteOf, spanOf, type Span, type Week } from './model/week';

/** Hours as the server writes them, in minutes. */
export function spansOf(hours: readonly Hours[]): Span[] {
  return merged(hours.flatMap(({ from, to }) => {
    const [start, end] = [minuteOf(from), minuteOf(to)];
    return start === undefined || end === undefined ? [] : [spanOf(start, end)];
  }));
}

export function hoursOf(spans: readonly Span[]): Hours[] {
  return merged(spans).map(({ start, end }) => ({ from: clock(start), to: clock(end) }));
}

export function readWeek(schedule: Schedule): Week {
  return schedule.weekly.map(spansOf);
}

export function writeWeek(week: Week): Schedule['weekly'] {
  return week.map(hoursOf);
}
