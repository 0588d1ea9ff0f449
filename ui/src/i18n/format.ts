import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { accountQuery } from '~/api/session';

const UNITS: [Intl.RelativeTimeFormatUnit, number][] = [
  ['year', 31_557_600],
  ['month', 2_629_800],
  ['week', 604_800],
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
];

export interface Formats {
  timeZone: string;
  number(value: number): string;
  /** Of a share, 0 to 1. */
  percent(share: number, digits?: number): string;
  date(time: string | Date): string;
  /** A day without a year, for axes. */
  day(time: string | Date): string;
  dateTime(time: string | Date): string;
  time(time: string | Date): string;
  /** "3 minutes ago"; long ago is a date. */
  ago(time: string | Date): string;
  bytes(size: number): string;
}

/** The locale of the page and, unless told, the time zone of the account. */
export function useFormats(zone?: string): Formats {
  const { i18n } = useTranslation();
  const account = useQuery({ ...accountQuery, enabled: zone === undefined });
  const timeZone = zone ?? account.data?.time_zone ?? 'UTC';
  return useMemo(() => formats(localeOf(i18n.language), timeZone), [i18n.language, timeZone]);
}

/** The browser's variant of the page's language: its way to write dates. */
export function localeOf(language: string): string {
  return navigator.languages.find((tag) => tag.split('-')[0] === language) ?? language;
}

export function formats(locale: string, timeZone: string): Formats {
  const number = new Intl.NumberFormat(locale);
  const date = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone });
  // A date of the API without a time is that day everywhere.
  const plainDate = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeZone: 'UTC' });
  const dayFormat = { day: 'numeric', month: 'short' } as const;
  const day = new Intl.DateTimeFormat(locale, { ...dayFormat, timeZone });
  const plainDay = new Intl.DateTimeFormat(locale, { ...dayFormat, timeZone: 'UTC' });
  const dateTime = new Intl.DateTimeFormat(locale, { dateStyle: 'medium', timeStyle: 'short', timeZone });
  const time = new Intl.DateTimeFormat(locale, { timeStyle: 'short', timeZone });
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  const isPlain = (value: string | Date) => typeof value === 'string' && value.length === 10;
  return {
    timeZone,
    number: (value) => number.format(value),
    percent: (share, digits = 1) =>
      new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: digits }).format(share),
    date: (value) => (isPlain(value) ? plainDate : date).format(new Date(value)),
    day: (value) => (isPlain(value) ? plainDay : day).format(new Date(value)),
    dateTime: (value) => dateTime.format(new Date(value)),
    time: (value) => time.format(new Date(value)),
    ago: (value) => {
      const seconds = (new Date(value).getTime() - Date.now()) / 1000;
      for (const [unit, length] of UNITS) {
        if (Math.abs(seconds) >= length) return relative.format(Math.trunc(seconds / length), unit);
      }
      return relative.format(0, 'second');
    },
    bytes: (size) => {
      const step = size >= 1e6 ? { unit: 'megabyte', by: 1e6 } : size >= 1e3 ? { unit: 'kilobyte', by: 1e3 } : { unit: 'byte', by: 1 };
      return new Intl.NumberFormat(locale, { style: 'unit', unit: step.unit, maximumFractionDigits: 1 }).format(size / step.by);
    },
  };
}
