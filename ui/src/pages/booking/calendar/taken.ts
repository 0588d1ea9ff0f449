import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { useTranslation } from 'react-i18next';
import { busyTimesQuery } from '~/api/calendars';
import type { BusyTime, Host } from '~/api/schema';
import type { Taken } from '~/bookings/calendar/TimeGrid';
import { midnight, segments, type Segment } from '~/bookings/model/dates';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';

const NOTHING: BusyTime[] = [];

/** What calendars elsewhere say of one host's time: of the one that is looked at, or of whoever looks. */
export function useTaken(hosts: readonly Host[] | undefined, chosen: string | undefined, dates: { first: string; end: string } | undefined): ReadonlyMap<string, readonly Segment<Taken>[]> | undefined {
  const { t } = useTranslation();
  const { session } = useFrame();
  const format = useFormats();
  const zone = format.timeZone;
  const host = chosen ?? hosts?.find(({ user_id }) => user_id === session.user.id)?.id ?? (hosts?.length === 1 ? hosts[0]!.id : undefined);
  const busy = useQuery({ ...busyTimesQuery(host ?? '', midnight(dates?.first ?? '2000-01-01', zone), midnight(dates?.end ?? '2000-01-02', zone)), enabled: host !== undefined && dates !== undefined });
  const times = (host && busy.data) || NOTHING;
  return useMemo(() => {
    if (times.length === 0) return undefined;
    const words = ({ start, end, all_day, title, calendar_name }: BusyTime) =>
      [all_day ? t('calendars.all_day') : `${format.time(start)}–${format.time(end)}`, title || t('calendars.busy'), calendar_name].filter(Boolean).join(' · ');
    return segments(
      times.map((time, index) => ({ start: time.start, end: time.end, key: String(index), words: words(time) })),
      zone,
    );
  }, [times, t, format, zone]);
}
