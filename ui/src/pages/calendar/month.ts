/** A day of a calendar: `2026-05-04`, and whether it is of the month that is shown. */
export interface Day {
  date: string;
  inMonth: boolean;
}

const DAY_MS = 86_400_000;

/** The month before or after, as `2026-05`. */
export function monthFrom(month: string, steps: number): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  const total = year * 12 + number - 1 + steps;
  return `${String(Math.floor(total / 12)).padStart(4, '0')}-${String((total % 12) + 1).padStart(2, '0')}`;
}

/** The weeks of a month, whole ones. `firstDay` is 1 for Monday to 7. */
export function weeksOf(month: string, firstDay: number): Day[][] {
  const first = new Date(`${month}-01T00:00:00Z`);
  const offset = (first.getUTCDay() - (firstDay % 7) + 7) % 7;
  const weeks: Day[][] = [];
  for (let start = first.getTime() - offset * DAY_MS; ; start += 7 * DAY_MS) {
    const week = Array.from({ length: 7 }, (_, index) => {
      const date = new Date(start + index * DAY_MS).toISOString().slice(0, 10);
      return { date, inMonth: date.startsWith(month) };
    });
    if (weeks.length > 0 && !week.some(({ inMonth }) => inMonth)) return weeks;
    weeks.push(week);
  }
}

/** With what day weeks begin where the reader lives; Monday where browsers do not say. */
export function firstDayOf(locale: string): number {
  const info = new Intl.Locale(locale) as Intl.Locale & { getWeekInfo?: () => { firstDay: number }; weekInfo?: { firstDay: number } };
  return info.getWeekInfo?.().firstDay ?? info.weekInfo?.firstDay ?? 1;
}
