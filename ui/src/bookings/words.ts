import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { BlockSpec, Repeat } from '~/api/schema';
import { localeOf } from '~/i18n/format';
import { WEEKDAYS } from '~/rules/model';
import { spansOf } from './hours';
import { DAY, type Span } from './model/week';

// A Monday.
const FIRST = Date.UTC(2024, 0, 1);
const DAY_MS = 86_400_000;

/** What the days of the week are called, Monday first. */
export function useDays(): { long: string; short: string }[] {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const named = (weekday: 'long' | 'short') => new Intl.DateTimeFormat(localeOf(i18n.language), { weekday, timeZone: 'UTC' });
    const [long, short] = [named('long'), named('short')];
    return Array.from({ length: 7 }, (_, day) => ({ long: long.format(FIRST + day * DAY_MS), short: short.format(FIRST + day * DAY_MS) }));
  }, [i18n.language]);
}

/** How long something is: "1 hr 30 min". */
export function useLength(): (minutes: number) => string {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const locale = localeOf(i18n.language);
    const unit = (name: 'hour' | 'minute') => new Intl.NumberFormat(locale, { style: 'unit', unit: name, unitDisplay: 'short' });
    const [hours, minutes] = [unit('hour'), unit('minute')];
    return (length) => {
      const parts = [[Math.floor(length / 60), hours], [length % 60, minutes]] as const;
      const said = parts.filter(([count]) => count > 0).map(([count, format]) => format.format(count));
      return said.join(' ') || minutes.format(0);
    };
  }, [i18n.language]);
}

/** Hours of a day: "09:00–12:00, 13:00–17:00", as the reader writes times. */
export function useSpans(): (spans: readonly Span[]) => string {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const format = new Intl.DateTimeFormat(localeOf(i18n.language), { timeStyle: 'short', timeZone: 'UTC' });
    const time = (minute: number) => (minute === DAY ? '24:00' : format.format(minute * 60_000));
    return (spans) => spans.map(({ start, end }) => `${time(start)}–${time(end)}`).join(', ');
  }, [i18n.language]);
}

/** When a block is, in words. */
export function useBlockWords(): (when: BlockSpec) => string {
  const { t, i18n } = useTranslation();
  const days = useDays();
  const spans = useSpans();
  return useMemo(() => {
    const locale = localeOf(i18n.language);
    const moment = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
    const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
    const list = new Intl.ListFormat(locale, { type: 'conjunction' });
    const named = (weekday: string) => days[WEEKDAYS.indexOf(weekday as (typeof WEEKDAYS)[number])]?.long ?? weekday;
    const often = (repeat: Repeat): string => {
      const { every: count } = repeat;
      switch (repeat.kind) {
        case 'days':
          return t('booking.words_days', { count });
        case 'weeks':
          return t('booking.words_weeks', { count, days: list.format(repeat.weekdays.map(named)) });
        case 'month_day':
          return t('booking.words_month_day', { count, day: repeat.day });
        case 'month_weekday':
          return t('booking.words_month_weekday', { count, nth: t(`booking.nth_${String(repeat.nth) as '1'}`), day: named(repeat.weekday) });
      }
    };
    return (when) => {
      if (when.kind === 'once') return t('booking.from_to', { from: moment.format(new Date(`${when.from.slice(0, 16)}Z`)), to: moment.format(new Date(`${when.to.slice(0, 16)}Z`)) });
      const until = when.last ? ` · ${t('booking.words_until', { date: date.format(new Date(when.last)) })}` : '';
      return `${often(when.repeat)} · ${spans(spansOf([when.hours]))}${until}`;
    };
  }, [t, i18n.language, days, spans]);
}
