import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { eventTypesQuery, explainQuery, hostsQuery, slotsQuery } from '~/api/bookings';
import type { EventType, SlotReason } from '~/api/schema';
import { midnight, plus } from '~/bookings/model/dates';
import { Card, EmptyState, ErrorState, Page, Select, Skeleton, Stack, Table, Text, TextInput, TextLink } from '~/components';
import { useFormats } from '~/i18n/format';
import { toZoned } from '~/i18n/zone';
import { IconCalendarEvent } from '~/icons';
import classes from '../Booking.module.css';
import own from '../event-type/EventType.module.css';

const route = getRouteApi('/_app/bookings/why');
const ANYBODY = 'anybody';

/** Why a day has the times that it has, and not others. */
export default function Why() {
  const { t } = useTranslation();
  const { type } = route.useSearch();
  const eventTypes = useQuery(eventTypesQuery);
  const chosen = eventTypes.data?.find(({ id }) => id === type) ?? eventTypes.data?.[0];
  return (
    <Page title={t('booking.why')} back={{ to: '/bookings/availability', label: t('booking.availability') }} width="narrow">
      {eventTypes.isPending && <Skeleton h={240} />}
      {eventTypes.isError && <ErrorState error={eventTypes.error} retry={() => void eventTypes.refetch()} />}
      {eventTypes.isSuccess && !chosen && (
        <EmptyState icon={<IconCalendarEvent size={22} />} title={t('booking.no_event_types')} actions={<TextLink to="/bookings/event-types">{t('booking.event_types')}</TextLink>}>
          {t('booking.no_event_types_text')}
        </EmptyState>
      )}
      {chosen && eventTypes.data && <Explained key={chosen.id} eventType={chosen} all={eventTypes.data} />}
    </Page>
  );
}

function Explained({ eventType, all }: { eventType: EventType; all: EventType[] }) {
  const { t } = useTranslation();
  const navigate = route.useNavigate();
  const { date: wanted } = route.useSearch();
  const account = useFormats();
  const hosts = useQuery(hostsQuery);
  const [host, setHost] = useState<string>(ANYBODY);
  const [now] = useState(() => new Date());
  const zone = eventType.settings.time_zone ?? account.timeZone;
  const format = useFormats(zone);
  const date = wanted ?? plus(toZoned(now, zone).slice(0, 10), 1);
  const of = host === ANYBODY ? undefined : host;
  const answer = useQuery(explainQuery(eventType.id, date, zone, of));
  const slots = useQuery(slotsQuery(eventType.id, midnight(date, zone), midnight(plus(date, 1), zone), eventType.settings.durations?.[0], zone, of));
  const team = (hosts.data ?? []).filter(({ id }) => eventType.hosts.some((one) => one.host_id === id));
  const starts = slots.data?.days.flatMap((day) => day.slots) ?? [];
  return (
    <Stack gap="md">
      <Card>
        <div className={classes.pair}>
          <Select label={t('booking.event_type')} data={all.map(({ id, title }) => ({ value: id, label: title }))} value={eventType.id} allowDeselect={false} onChange={(id) => id && void navigate({ search: (before) => ({ ...before, type: id }), replace: true })} />
          <TextInput type="date" label={t('booking.date')} value={date} onChange={({ currentTarget: { value } }) => value && void navigate({ search: (before) => ({ ...before, date: value }), replace: true })} />
          {team.length > 1 && <Select label={t('booking.host')} data={[{ value: ANYBODY, label: t('booking.anybody') }, ...team.map(({ id, name }) => ({ value: id, label: name }))]} value={host} allowDeselect={false} onChange={(id) => setHost(id ?? ANYBODY)} />}
        </div>
      </Card>
      {answer.isError && <ErrorState error={answer.error} retry={() => void answer.refetch()} />}
      {answer.isPending && <Skeleton h={180} />}
      {answer.data && (
        <Card title={format.date(date)}>
          <Text size="sm" role="status" mb="sm">
            {answer.data.offered === 0 ? t('booking.offered_none', { of: answer.data.starts }) : t('booking.offered', { count: answer.data.offered, of: answer.data.starts })}
          </Text>
          {starts.length > 0 && (
            <ul className={own.times} aria-label={t('booking.times')}>
              {starts.map(({ start }) => (
                <li key={start}>{format.time(start)}</li>
              ))}
            </ul>
          )}
          {answer.data.reasons.length > 0 && (
            <Table mt="md">
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('booking.reason')}</Table.Th>
                  <Table.Th ta="end">{t('booking.times_kept')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {answer.data.reasons.map(({ starts: count, reason }, index) => (
                  // oxlint-disable-next-line react/no-array-index-key -- the answer is never changed
                  <Table.Tr key={index}>
                    <Table.Td>
                      <Said reason={reason} eventType={eventType.id} />
                    </Table.Td>
                    <Table.Td ta="end">{count === 0 ? t('booking.all_of_them') : format.number(count)}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          )}
          <Text size="xs" c="dimmed" mt="sm">
            {t('booking.in_zone', { zone: zone.replaceAll('_', ' ') })}
          </Text>
        </Card>
      )}
    </Stack>
  );
}

/** A rule in words, with where it is set. */
function Said({ reason, eventType }: { reason: SlotReason; eventType: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { rule, host_name: host, at, first, last, by_buffer: byBuffer } = reason;
  const details = [
    at && rule === 'notice' ? t('booking.earliest', { time: format.dateTime(at) }) : undefined,
    first && t('booking.window_from', { date: format.date(first) }),
    last && t('booking.window_to', { date: format.date(last) }),
    byBuffer ? t('booking.by_buffer') : undefined,
  ].filter(Boolean);
  const settings = rule === 'notice' || rule === 'window' || rule === 'limit' || rule === 'host_limit' || rule === 'seats' || rule === 'grid';
  return (
    <>
      <Text size="sm" fw={500}>
        {t(`booking.rule_${rule}`)}
        {host ? `: ${host}` : ''}
      </Text>
      {details.length > 0 && (
        <Text size="xs" c="dimmed">
          {details.join(' · ')}
        </Text>
      )}
      {reason.booking_id && (
        <TextLink to="/bookings" search={{ booking: reason.booking_id }} size="xs">
          {t('booking.show_booking')}
        </TextLink>
      )}
      {rule === 'calendar' && reason.host_id && (
        <TextLink to="/bookings/hosts/$id" params={{ id: reason.host_id }} size="xs">
          {t('calendars.title')}
        </TextLink>
      )}
      {rule === 'team_limit' && (
        <TextLink to="/bookings/hosts" size="xs">
          {t('booking.change_rule')}
        </TextLink>
      )}
      {settings && (
        <TextLink to="/bookings/event-types/$id" params={{ id: eventType }} search={{ tab: 'availability' }} size="xs">
          {t('booking.change_rule')}
        </TextLink>
      )}
    </>
  );
}
