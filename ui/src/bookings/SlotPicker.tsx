import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { slotsQuery } from '~/api/bookings';
import { ErrorState, Skeleton, Stack, Text, TextInput } from '~/components';
import { useFormats } from '~/i18n/format';
import { midnight, plus } from './model/dates';
import classes from './SlotPicker.module.css';

const AHEAD = 31;

interface Props {
  /** The event type. */
  type: string;
  minutes?: number;
  /** Only with this host. */
  host?: string;
  /** The booking that is moved. */
  moves?: string;
  date: string;
  onDate: (date: string) => void;
  value: string | null;
  onChange: (start: string) => void;
}

/** A date and one of its free times. */
export function SlotPicker({ type, minutes, host, moves, date, onDate, value, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const zone = format.timeZone;
  const slots = useQuery(slotsQuery(type, midnight(date, zone), midnight(plus(date, AHEAD), zone), minutes, zone, host, moves));
  const day = slots.data?.days.find((one) => one.date === date);
  const next = slots.data?.days.find((one) => one.date > date);
  return (
    <Stack gap="sm">
      <TextInput type="date" label={t('booking.date')} value={date} onChange={({ currentTarget }) => currentTarget.value && onDate(currentTarget.value)} />
      {slots.isPending && <Skeleton h={90} />}
      {slots.isError && <ErrorState error={slots.error} retry={() => void slots.refetch()} />}
      {slots.data && (
        <div role="radiogroup" aria-label={t('booking.times_on', { date: format.date(date) })} className={classes.times}>
          {day?.slots.map(({ start, seats_left: left }) => (
            <label key={start} className={classes.time} data-chosen={start === value || undefined}>
              <input type="radio" name="slot" className="visually-hidden" checked={start === value} onChange={() => onChange(start)} />
              {format.time(start)}
              {left !== null && <span> · {t('booking.seats_left', { count: left })}</span>}
            </label>
          ))}
        </div>
      )}
      {slots.data && !day && (
        <Text size="sm">
          {t('booking.no_times_on')}{' '}
          {next && (
            <button type="button" className={classes.next} onClick={() => onDate(next.date)}>
              {t('booking.next_on', { date: format.date(next.date) })}
            </button>
          )}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {t('booking.in_zone', { zone: zone.replaceAll('_', ' ') })}
      </Text>
    </Stack>
  );
}
