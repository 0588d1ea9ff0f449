import { useTranslation } from 'react-i18next';
import type { Booking, EventType } from '~/api/schema';
import { BookingBadge } from '~/bookings/BookingStatus';
import classes from '~/bookings/calendar/Calendar.module.css';
import { Card, EmptyState, Stack, Text } from '~/components';
import { localeOf, useFormats } from '~/i18n/format';
import { toZoned } from '~/i18n/zone';
import { IconCalendarEvent } from '~/icons';

interface Props {
  bookings: Booking[];
  types: ReadonlyMap<string, EventType>;
  zone: string;
  loaded: boolean;
  onOpen: (id: string) => void;
}

/** What is booked, day by day, from a date on. */
export function List({ bookings, types, zone, loaded, onOpen }: Props) {
  const { t, i18n } = useTranslation();
  const day = new Intl.DateTimeFormat(localeOf(i18n.language), { dateStyle: 'full', timeZone: 'UTC' });
  const format = useFormats(zone);
  const days = new Map<string, Booking[]>();
  for (const booking of bookings.toSorted((a, b) => (a.start < b.start ? -1 : 1))) {
    const date = toZoned(new Date(booking.start), zone).slice(0, 10);
    days.set(date, [...(days.get(date) ?? []), booking]);
  }
  if (days.size === 0) {
    return loaded ? (
      <EmptyState icon={<IconCalendarEvent size={22} />} title={t('booking.no_bookings')}>
        {t('booking.no_bookings_text')}
      </EmptyState>
    ) : null;
  }
  return (
    <Stack gap="md">
      {[...days].map(([date, all]) => (
        <Card key={date} flush title={day.format(new Date(`${date}T00:00:00Z`))}>
          <div className={classes.list}>
            {all.map((booking) => {
              const type = types.get(booking.event_type_id);
              return (
                <button key={booking.id} type="button" className={classes.item} onClick={() => onOpen(booking.id)} style={{ '--type-color': type?.settings.color ?? undefined } as React.CSSProperties}>
                  <span className={classes.clock}>
                    {format.time(booking.start)} – {format.time(booking.end)}
                  </span>
                  <span>
                    <Text component="span" size="sm" fw={500} display="block">
                      {booking.name}
                    </Text>
                    <Text component="span" size="xs" c="dimmed">
                      {type?.title}
                    </Text>
                  </span>
                  <span className={classes.badge}>
                    <BookingBadge status={booking.status} />
                  </span>
                </button>
              );
            })}
          </div>
        </Card>
      ))}
    </Stack>
  );
}
