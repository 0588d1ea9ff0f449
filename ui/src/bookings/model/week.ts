/** Hours of a day in minutes after its midnight; beyond 1440 they go on on the day after. */
export interface Span {
  start: number;
  end: number;
}

/** Monday first. */
export type Week = readonly (readonly Span[])[];

export const DAY = 1440;
export const EMPTY_WEEK: Week = Array.from({ length: 7 }, () => []);

/** As an `<input type="time">` has it. */
export function clock(minute: number): string {
  const within = minute % DAY;
  return `${String(Math.floor(within / 60)).padStart(2, '0')}:${String(within % 60).padStart(2, '0')}`;
}

export function minuteOf(time: string): number | undefined {
  const [, hours = '', minutes = ''] = /^(\d{1,2}):(\d{2})/.exec(time) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return hours !== '' && Number(minutes) < 60 && minute <= 2 * DAY ? minute : undefined;
}

/** From one time of the clock to another; one that is not later is on the day after, so that 00:00 is midnight. */
export function spanOf(from: number, to: number): Span {
  const start = from % DAY;
  const end = to % DAY;
  return { start, end: end <= start ? end + DAY : end };
}

/** In order, and those that touch as one. */
export function merged(spans: readonly Span[]): Span[] {
  const sorted = spans.filter(({ start, end }) => start < end).sort((a, b) => a.start - b.start || a.end - b.end);
  const done: Span[] = [];
  for (const span of sorted) {
    const last = done.at(-1);
    if (last && span.start <= last.end) last.end = Math.max(last.end, span.end);
    else done.push({ ...span });
  }
  return done;
}

function without(spans: readonly Span[], start: number, end: number): Span[] {
  return spans.flatMap((span) => [
    { start: span.start, end: Math.min(span.end, start) },
    { start: Math.max(span.start, end), end: span.end },
  ]).filter((span) => span.start < span.end);
}

const before = (day: number) => (day + 6) % 7;

/** What a day has, and what the day before brings into it. */
export function within(week: Week, day: number): Span[] {
  const own = week[day]!.map(({ start, end }) => ({ start, end: Math.min(end, DAY) }));
  const brought = week[before(day)]!.filter(({ end }) => end > DAY).map(({ end }) => ({ start: 0, end: end - DAY }));
  return merged([...own, ...brought]);
}

export function covers(week: Week, day: number, start: number, end: number): boolean {
  return within(week, day).some((span) => span.start <= start && end <= span.end);
}

/** No span lasts longer than a day: what is beyond belongs to the day after. */
function fitting(week: Week): Week {
  if (!week.some((spans) => spans.some(({ start, end }) => end - start > DAY))) return week;
  const cut = week.map((spans) => spans.map((span) => (span.end - span.start > DAY ? { start: span.start, end: DAY } : span)));
  return cut.map((spans, day) => {
    const beyond = week[before(day)]!.filter(({ start, end }) => end - start > DAY).map(({ end }) => ({ start: 0, end: end - DAY }));
    return beyond.length > 0 ? merged([...spans, ...beyond]) : spans;
  });
}

/** Makes some hours of a day hours in which somebody can be met, or takes them out, also of what comes over midnight. */
export function paint(week: Week, day: number, start: number, end: number, on: boolean): Week {
  if (on) return fitting(week.with(day, merged([...week[day]!, { start, end }])));
  const eve = before(day);
  const late = week[eve]!.find((span) => span.end > DAY);
  const today = without(merged([...week[day]!, ...(late ? [{ start: 0, end: late.end - DAY }] : [])]), start, end);
  if (!late) return week.with(day, today);
  const [first, ...rest] = today;
  // What is left of the night stays one span.
  const night = first?.start === 0 && first.end <= late.start;
  return week.with(day, night ? rest : today).with(
    eve,
    week[eve]!.map((span) => (span === late ? { start: span.start, end: night ? DAY + first.end : DAY } : span)),
  );
}

/** Paints a rectangle of days and hours. */
export function paintAll(week: Week, days: readonly number[], start: number, end: number, on: boolean): Week {
  return days.reduce((now, day) => paint(now, day, start, end, on), week);
}

/** Another span for a day that has some: an hour after the last one, or working hours. */
export function another(spans: readonly Span[]): Span | undefined {
  const last = spans.at(-1);
  if (!last) return { start: 9 * 60, end: 17 * 60 };
  const start = last.end + 60;
  return start + 60 <= DAY ? { start, end: Math.min(start + 4 * 60, DAY) } : undefined;
}

/** How much there is in a week, in minutes. */
export function total(week: Week): number {
  return week.reduce((sum, _, day) => sum + within(week, day).reduce((all, { start, end }) => all + end - start, 0), 0);
}
