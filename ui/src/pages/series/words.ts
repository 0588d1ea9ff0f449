import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import type { SeriesRule } from '~/api/schema';
import { localeOf } from '~/i18n/format';

/** Monday to Sunday. */
export const WEEKDAYS = [1, 2, 3, 4, 5, 6, 7] as const;

/** The names of days, 1 for Monday. */
export function useWeekdays() {
  const { i18n } = useTranslation();
  return useMemo(() => {
    const names = (weekday: 'short' | 'long') => {
      const format = new Intl.DateTimeFormat(localeOf(i18n.language), { weekday, timeZone: 'UTC' });
      // The first of January 2024 was a Monday.
      return (day: number) => format.format(new Date(Date.UTC(2024, 0, day)));
    };
    return { short: names('short'), long: names('long') };
  }, [i18n.language]);
}

/** A rule as a sentence. */
export function useRuleWords(): (rule: SeriesRule) => string {
  const { t, i18n } = useTranslation();
  const weekdays = useWeekdays();
  return ({ every, at, weekdays: days = [], day }) => {
    const time = at.slice(0, 5);
    if (every === 'day') return t('series_page.rule_day', { time });
    if (every === 'month') return t('series_page.rule_month', { time, day });
    const list = new Intl.ListFormat(localeOf(i18n.language), { type: 'conjunction' }).format(days.map(weekdays.long));
    return t('series_page.rule_week', { time, days: list });
  };
}
