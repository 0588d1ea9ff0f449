import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { weekdayOf, type Segment } from '~/bookings/model/dates';
import { useDays } from '~/bookings/words';
import classes from '~/bookings/calendar/Calendar.module.css';
import { useFormats } from '~/i18n/format';

const MOST = 3;

interface Props<T> {
  label: string;
  month: string;
  /** Whole weeks. */
  dates: readonly string[];
  today: string;
  at: ReadonlyMap<string, readonly Segment<T>[]>;
  keyOf: (thing: T) => string;
  entry: (segment: Segment<T>) => ReactNode;
  onDay: (date: string) => void;
  stale?: boolean;
}

/** A month with what is on its days; a day opens by its number. */
export function MonthTable<T>({ label, month, dates, today, at, keyOf, entry, onDay, stale }: Props<T>) {
  const { t } = useTranslation();
  const format = useFormats('UTC');
  const days = useDays();
  const weeks = Array.from({ length: dates.length / 7 }, (_, week) => dates.slice(week * 7, week * 7 + 7));
  return (
    <table className={classes.month} aria-label={label} data-stale={stale || undefined}>
      <thead>
        <tr>
          {weeks[0]?.map((date) => (
            <th key={date} scope="col">
              {days[weekdayOf(date)]!.short}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((date) => {
              const all = [...(at.get(date) ?? [])].sort((a, b) => a.start - b.start);
              return (
                <td key={date} data-other={!date.startsWith(month) || undefined}>
                  <button type="button" className={classes.number} aria-current={date === today ? 'date' : undefined} aria-label={t('booking.open_day', { date: format.date(date) })} onClick={() => onDay(date)}>
                    {Number(date.slice(8))}
                  </button>
                  {all.slice(0, all.length > MOST ? MOST - 1 : MOST).map((segment) => (
                    <div key={keyOf(segment.of)}>{entry(segment)}</div>
                  ))}
                  {all.length > MOST && (
                    <button type="button" className={classes.more} onClick={() => onDay(date)}>
                      {t('booking.more_here', { count: all.length - MOST + 1 })}
                    </button>
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
