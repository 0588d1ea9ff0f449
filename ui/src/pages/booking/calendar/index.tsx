import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { calendarBookingsQuery, eventTypesQuery, hostsQuery, STANDING } from '~/api/bookings';
import type { Booking, BookingStatus } from '~/api/schema';
import classes from '~/bookings/calendar/Calendar.module.css';
import { TimeGrid } from '~/bookings/calendar/TimeGrid';
import { datesFrom, midnight, plus, segments, shownDates, turned, type Segment } from '~/bookings/model/dates';
import { BOOKING_STATUSES, VIEWS, type View } from '~/bookings/search';
import { ActionIcon, Button, ErrorState, Group, Page, SegmentedControl, Select, Stack, Text, useMediaQuery } from '~/components';
import { useFrame } from '~/frame/context';
import { localeOf, useFormats } from '~/i18n/format';
import { toZoned } from '~/i18n/zone';
import { IconChevronLeft, IconChevronRight, IconPlus } from '~/icons';
import { firstDayOf } from '../../calendar/month';
import { NoHost } from '../NoHost';
import { BookingDrawer } from './BookingDrawer';
import { List } from './List';
import { MonthTable } from './MonthTable';
import { NewBooking } from './NewBooking';
import { useTaken } from './taken';

const route = getRouteApi('/_app/bookings/');
const ALL = 'all';
/** What is shorter has place for one line. */
const SHORT_MINUTES = 40;
/** Neither cancelled nor declined nor expired. */
const USUAL = 'usual';

const NOTHING: Booking[] = [];

/** What is booked, by day, week and month, and as a list. */
export default function BookingCalendar() {
  const { t, i18n } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const zone = format.timeZone;
  const locale = localeOf(i18n.language);
  const navigate = route.useNavigate();
  const search = route.useSearch();
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const [opened] = useState(() => new Date());
  const now = toZoned(opened, zone);
  const today = now.slice(0, 10);
  const view: View = search.view ?? (narrow ? 'list' : 'week');
  const date = search.date ?? today;
  const firstDay = firstDayOf(locale);
  const { first, end } = shownDates(view, date, firstDay);
  const hosts = useQuery(hostsQuery);
  const eventTypes = useQuery(eventTypesQuery);
  const bookings = useQuery(calendarBookingsQuery(midnight(first, zone), midnight(end, zone), { host: search.host, type: search.type, statuses: search.status === undefined ? STANDING : search.status === ALL ? undefined : [search.status] }));
  const shown = bookings.data ?? NOTHING;
  const at = useMemo(() => segments(shown, zone), [shown, zone]);
  const behind = useTaken(hosts.data, search.host, view === 'day' || view === 'week' ? { first, end } : undefined);
  const put = (part: Partial<typeof search>) => void navigate({ search: (before) => ({ ...before, ...part }), replace: true });
  const open = (id: string | undefined) => void navigate({ search: (before) => ({ ...before, booking: id }), replace: id === undefined });

  const range = new Intl.DateTimeFormat(locale, view === 'month' ? { month: 'long', year: 'numeric', timeZone: 'UTC' } : { dateStyle: 'medium', timeZone: 'UTC' });
  const utc = (plain: string) => new Date(`${plain}T00:00:00Z`);
  const title = view === 'month' ? range.format(utc(date)) : view === 'day' ? range.format(utc(date)) : range.formatRange(utc(first), utc(plus(end, -1)));
  const types = new Map((eventTypes.data ?? []).map((one) => [one.id, one]));

  const entry = ({ of, start, end }: Segment<Booking>) => {
    const type = types.get(of.event_type_id);
    return (
      <button
        type="button"
        className={classes.entry}
        data-status={of.status}
        data-short={end - start < SHORT_MINUTES || undefined}
        style={{ '--type-color': type?.settings.color ?? undefined } as React.CSSProperties}
        aria-label={`${format.time(of.start)} ${type?.title ?? ''} · ${of.name}, ${t(`booking.status_${of.status}`)}`}
        onClick={() => open(of.id)}
      >
        <b>
          {format.time(of.start)} <span className={classes.name}>{of.name}</span>
        </b>
        <span>{type?.title}</span>
      </button>
    );
  };
  const shared = { label: title, at, keyOf: ({ id }: Booking) => id, entry, stale: bookings.isPlaceholderData };

  return (
    <Page
      title={t('booking.calendar')}
      width="full"
      subtitle={t('booking.in_zone', { zone: zone.replaceAll('_', ' ') })}
      actions={
        can('bookings:write') &&
        (eventTypes.data?.length ?? 0) > 0 && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => put({ new: true })}>
            {t('booking.new_booking')}
          </Button>
        )
      }
    >
      {hosts.data?.length === 0 ? (
        <NoHost />
      ) : (
        <Stack gap="sm" flex={1} mih={0}>
          <Group justify="space-between" gap="xs">
            <Group gap="xs">
              <ActionIcon size="lg" variant="default" aria-label={t('booking.before')} onClick={() => put({ date: turned(view, date, -1) })}>
                <IconChevronLeft size={16} />
              </ActionIcon>
              <ActionIcon size="lg" variant="default" aria-label={t('booking.after')} onClick={() => put({ date: turned(view, date, 1) })}>
                <IconChevronRight size={16} />
              </ActionIcon>
              <Text component="h2" m={0} size="md" fw={600} aria-live="polite">
                {title}
              </Text>
              <Button variant="default" onClick={() => put({ date: undefined })} disabled={date === today}>
                {t('calendar.today')}
              </Button>
            </Group>
            <Group gap="xs">
              {(hosts.data?.length ?? 0) > 1 && (
                <Select size="xs" w={150} aria-label={t('booking.host')} data={[{ value: ALL, label: t('booking.all_hosts') }, ...(hosts.data ?? []).map(({ id, name }) => ({ value: id, label: name }))]} value={search.host ?? ALL} allowDeselect={false} onChange={(id) => put({ host: id === ALL || id === null ? undefined : id })} />
              )}
              {(eventTypes.data?.length ?? 0) > 1 && (
                <Select size="xs" w={160} aria-label={t('booking.event_type')} data={[{ value: ALL, label: t('booking.all_types') }, ...(eventTypes.data ?? []).map((one) => ({ value: one.id, label: one.title }))]} value={search.type ?? ALL} allowDeselect={false} onChange={(id) => put({ type: id === ALL || id === null ? undefined : id })} />
              )}
              <Select
                size="xs"
                w={160}
                aria-label={t('booking.status')}
                data={[{ value: USUAL, label: t('booking.standing') }, { value: ALL, label: t('booking.all_statuses') }, ...BOOKING_STATUSES.map((value: BookingStatus) => ({ value: value as string, label: t(`booking.status_${value}`) }))]}
                value={search.status ?? USUAL}
                allowDeselect={false}
                onChange={(value) => put({ status: value === USUAL || value === null ? undefined : (value as BookingStatus) })}
              />
              <SegmentedControl size="xs" aria-label={t('booking.view')} value={view} onChange={(value) => put({ view: value as View })} data={VIEWS.map((value) => ({ value, label: t(`booking.view_${value}`) }))} />
            </Group>
          </Group>
          {bookings.isError && !bookings.data && <ErrorState error={bookings.error} retry={() => void bookings.refetch()} />}
          {(view === 'day' || view === 'week') && <TimeGrid dates={datesFrom(first, end)} now={now} behind={behind} {...shared} />}
          {view === 'month' && <MonthTable dates={datesFrom(first, end)} month={date.slice(0, 7)} today={today} onDay={(day) => put({ date: day, view: 'day' })} {...shared} />}
          {view === 'list' && <List bookings={shown} types={types} zone={zone} loaded={bookings.isSuccess} onOpen={open} />}
        </Stack>
      )}
      <BookingDrawer id={search.booking} onClose={() => open(undefined)} />
      {search.new && eventTypes.data && eventTypes.data.length > 0 && <NewBooking eventTypes={eventTypes.data} onClose={() => put({ new: undefined })} onDone={(id) => put({ new: undefined, booking: id })} />}
    </Page>
  );
}
