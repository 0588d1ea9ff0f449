import type { SeriesPoint } from '~/api/schema';

export interface Bucket {
  start: Date;
  sent: number;
  opens: number;
  clicks: number;
  unsubscribed: number;
}

const HOUR_MS = 3_600_000;
/** Longer than this is told by the day. */
const MOST_HOURS = 96;

/** What happened, hour by hour or day by day, with the hours in which nothing did. */
export function bucketsOf(points: SeriesPoint[], timeZone: string): { unit: 'hour' | 'day'; buckets: Bucket[] } {
  const first = points[0];
  const last = points.at(-1);
  if (!first || !last) return { unit: 'hour', buckets: [] };
  const from = Date.parse(first.hour);
  const hours = Math.round((Date.parse(last.hour) - from) / HOUR_MS) + 1;
  const byHour = new Map(points.map((point) => [Date.parse(point.hour), point]));
  const all: Bucket[] = [];
  for (let hour = 0; hour < hours; hour += 1) {
    const at = from + hour * HOUR_MS;
    const point = byHour.get(at);
    all.push({
      start: new Date(at),
      sent: point?.sent ?? 0,
      opens: point?.unique_opens ?? 0,
      clicks: point?.unique_clicks ?? 0,
      unsubscribed: point?.unsubscribed ?? 0,
    });
  }
  if (hours <= MOST_HOURS) return { unit: 'hour', buckets: all };
  const dayOf = new Intl.DateTimeFormat('en-CA', { timeZone, dateStyle: 'short' });
  const days = new Map<string, Bucket>();
  for (const bucket of all) {
    const key = dayOf.format(bucket.start);
    const day = days.get(key);
    if (!day) {
      days.set(key, { ...bucket });
      continue;
    }
    day.sent += bucket.sent;
    day.opens += bucket.opens;
    day.clicks += bucket.clicks;
    day.unsubscribed += bucket.unsubscribed;
  }
  return { unit: 'day', buckets: [...days.values()] };
}

/** A round number that is not below `most`, for the top of an axis with four steps. */
export function topOf(most: number): number {
  if (most <= 4) return 4;
  const power = 10 ** Math.floor(Math.log10(most));
  return [1, 2, 4, 5, 8, 10].map((step) => step * power).find((top) => top >= most && top % 4 === 0) ?? Math.ceil(most / 4) * 4;
}
