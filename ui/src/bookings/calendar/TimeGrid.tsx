import { useEffect, useMemo, useRef, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { localeOf } from '~/i18n/format';
import { minuteOf } from '../model/week';
import type { Segment } from '../model/dates';
import { layOut } from '../model/layout';
import classes from './Calendar.module.css';

const HOUR_PX = 48;
const FIRST_SHOWN = 8 * 60;
const HOURS = Array.from({ length: 24 }, (_, hour) => hour);

/** Time that is taken elsewhere. */
export interface Taken {
  key: string;
  /** All that may be told of it. */
  words: string;
}

interface Props<T> {
  dates: readonly string[];
  /** Of a date, what stands there. */
  at: ReadonlyMap<string, readonly Segment<T>[]>;
  /** Of a date, what is taken elsewhere: behind what stands there. */
  behind?: ReadonlyMap<string, readonly Segment<Taken>[]>;
  /** What the clock shows now: `2026-05-04T09:30`. */
  now: string;
  label: string;
  keyOf: (thing: T) => string;
  entry: (segment: Segment<T>) => ReactNode;
  stale?: boolean;
}

/** Days beside each other, with what is on them at its time. */
export function TimeGrid<T>({ dates, at, behind, now, label, keyOf, entry, stale }: Props<T>) {
  const { t, i18n } = useTranslation();
  const scroller = useRef<HTMLDivElement>(null);
  const locale = localeOf(i18n.language);
  const [weekday, hour] = useMemo(
    () => [new Intl.DateTimeFormat(locale, { weekday: 'short', day: 'numeric', timeZone: 'UTC' }), new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone: 'UTC' })],
    [locale],
  );
  const long = useMemo(() => new Intl.DateTimeFormat(locale, { dateStyle: 'full', timeZone: 'UTC' }), [locale]);
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = (FIRST_SHOWN / 60) * HOUR_PX - 8;
  }, []);
  return (
    <div className={classes.grid} data-stale={stale || undefined} data-many={dates.length > 1 || undefined} style={{ '--days': dates.length } as React.CSSProperties}>
      <div className={classes.dates} aria-hidden>
        <span />
        {dates.map((date) => (
          <span key={date} data-today={date === now.slice(0, 10) || undefined}>
            {weekday.format(new Date(`${date}T00:00:00Z`))}
          </span>
        ))}
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- what scrolls must be reachable by keyboard */}
      <div ref={scroller} className={classes.scroller} role="region" tabIndex={0} aria-label={label}>
        <div className={classes.hours} aria-hidden>
          {HOURS.map((one) => (
            <span key={one} style={{ height: HOUR_PX }}>
              {one > 0 && hour.format(one * 3_600_000)}
            </span>
          ))}
        </div>
        {dates.map((date) => {
          const placed = layOut(at.get(date) ?? []);
          const taken = behind?.get(date) ?? [];
          return (
            <section key={date} className={classes.day} aria-label={long.format(new Date(`${date}T00:00:00Z`))} data-today={date === now.slice(0, 10) || undefined}>
              {HOURS.map((one) => (
                <i key={one} style={{ height: HOUR_PX }} />
              ))}
              {taken.length > 0 && (
                <ul className={classes.behind} aria-label={t('calendars.taken')}>
                  {taken.map(({ of, start, end }) => (
                    <li key={of.key} title={of.words} style={{ top: (start / 60) * HOUR_PX, height: ((end - start) / 60) * HOUR_PX }}>
                      <span>{of.words}</span>
                    </li>
                  ))}
                </ul>
              )}
              {placed.length === 0 && taken.length === 0 && <span className="visually-hidden">{t('booking.nothing_here')}</span>}
              <ul>
                {placed.map(({ column, columns, ...segment }) => (
                  <li
                    key={keyOf(segment.of)}
                    style={{
                      top: (segment.start / 60) * HOUR_PX,
                      height: Math.max(((segment.end - segment.start) / 60) * HOUR_PX - 2, 24),
                      insetInlineStart: `${(column / columns) * 100}%`,
                      width: `${100 / columns}%`,
                    }}
                  >
                    {entry(segment)}
                  </li>
                ))}
              </ul>
              {date === now.slice(0, 10) && <div className={classes.now} style={{ top: ((minuteOf(now.slice(11)) ?? 0) / 60) * HOUR_PX }} aria-hidden />}
            </section>
          );
        })}
      </div>
    </div>
  );
}
