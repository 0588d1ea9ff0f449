import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { slotsQuery } from '~/api/bookings';
import { Card, ErrorState, Skeleton, Stack, Text, TextLink } from '~/components';
import { useFormats } from '~/i18n/format';
import classes from './EventType.module.css';

const DAYS_SHOWN = 4;
const TIMES_SHOWN = 8;
const DAY_MS = 86_400_000;
const AHEAD_DAYS = 31;

/** What a visitor would be offered now: by the rules that are saved. */
export function NextTimes({ id, minutes }: { id: string; minutes: number | undefined }) {
  const { t } = useTranslation();
  const [from] = useState(() => new Date());
  const slots = useQuery(slotsQuery(id, from, new Date(from.getTime() + AHEAD_DAYS * DAY_MS), minutes));
  const format = useFormats(slots.data?.time_zone);
  return (
    <Card title={t('booking.next_times')}>
      <Stack gap="sm">
        {slots.isPending && <Skeleton h={140} />}
        {slots.isError && <ErrorState error={slots.error} retry={() => void slots.refetch()} />}
        {slots.data?.days.length === 0 && <Text size="sm">{t('booking.no_times')}</Text>}
        {slots.data?.days.slice(0, DAYS_SHOWN).map(({ date, slots: starts }) => (
          <div key={date}>
            <Text size="xs" fw={600}>
              {format.date(date)}
            </Text>
            <ul className={classes.times}>
              {starts.slice(0, TIMES_SHOWN).map(({ start }) => (
                <li key={start}>{format.time(start)}</li>
              ))}
              {starts.length > TIMES_SHOWN && <li>+{starts.length - TIMES_SHOWN}</li>}
            </ul>
          </div>
        ))}
        <Text size="xs" c="dimmed">
          {t('booking.next_times_text', { zone: format.timeZone.replaceAll('_', ' ') })}
        </Text>
        <TextLink to="/bookings/why" search={{ type: id }} size="xs">
          {t('booking.why')}
        </TextLink>
      </Stack>
    </Card>
  );
}
