import { useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bookingSummaryQuery, eventTypesQuery, hostsQuery } from '~/api/bookings';
import type { BookingStatus } from '~/api/schema';
import { datesFrom, midnight, spanDates } from '~/bookings/model/dates';
import { useLength } from '~/bookings/words';
import { Card, ErrorState, Page, ScrollRegion, SegmentedControl, Skeleton, Stack, Table, Text, useMediaQuery } from '~/components';
import { useFormats } from '~/i18n/format';
import { toZoned } from '~/i18n/zone';
import { SPANS, type Span } from '~/bookings/search';
import classes from './Analytics.module.css';

const LineArea = lazy(() => import('~/components/LineArea'));
const route = getRouteApi('/_app/bookings/analytics');

/** How much is booked, kept and missed, in a span of time. */
export default function Analytics() {
  const { t } = useTranslation();
  const format = useFormats();
  const length = useLength();
  const zone = format.timeZone;
  const navigate = route.useNavigate();
  const { span = 'last_30' } = route.useSearch();
  const [now] = useState(() => new Date());
  const narrow = useMediaQuery('(max-width: 48em)', undefined, { getInitialValueInEffect: false }) ?? false;
  const { first, end } = spanDates(span, toZoned(now, zone).slice(0, 10));
  const summary = useQuery(bookingSummaryQuery(midnight(first, zone), midnight(end, zone), zone));
  const eventTypes = useQuery(eventTypesQuery);
  const hosts = useQuery(hostsQuery);
  const count = (status: BookingStatus) => summary.data?.statuses.find((one) => one.status === status)?.count ?? 0;
  const made = summary.data?.statuses.reduce((sum, one) => sum + one.count, 0) ?? 0;
  const kept = count('pending') + count('confirmed') + count('completed');
  const lost = count('cancelled') + count('declined') + count('expired');
  const missed = count('no_show');
  const share = (part: number) => (made > 0 ? format.percent(part / made, 0) : '–');
  const byDate = new Map((summary.data?.dates ?? []).map((one) => [one.date, one]));
  const days = datesFrom(first, end).map((date) => ({ label: format.day(date), value: byDate.get(date)?.kept ?? 0 }));
  const minutes = summary.data?.event_types.reduce((sum, one) => sum + one.minutes, 0) ?? 0;

  return (
    <Page title={t('booking.analytics')} subtitle={t('booking.in_zone', { zone: zone.replaceAll('_', ' ') })}>
      <Stack gap="md">
        <SegmentedControl
          className={classes.spans}
          orientation={narrow ? 'vertical' : 'horizontal'}
          fullWidth={narrow}
          aria-label={t('booking.span')}
          value={span}
          onChange={(value) => void navigate({ search: { span: value === 'last_30' ? undefined : (value as Span) }, replace: true })}
          data={SPANS.map((value) => ({ value, label: t(`booking.span_${value}`) }))}
        />
        {summary.isError && !summary.data && <ErrorState error={summary.error} retry={() => void summary.refetch()} />}
        {summary.isPending && <Skeleton h={320} />}
        {summary.data && (
          <>
            <dl className={classes.numbers}>
              {[
                { label: t('booking.number_made'), value: format.number(made), note: length(minutes) },
                { label: t('booking.number_kept'), value: format.number(kept), note: share(kept) },
                { label: t('booking.number_lost'), value: format.number(lost), note: share(lost) },
                { label: t('booking.number_missed'), value: format.number(missed), note: share(missed) },
              ].map(({ label, value, note }) => (
                <div key={label} className={classes.number}>
                  <dt>{label}</dt>
                  <dd>
                    {value} <small>{note}</small>
                  </dd>
                </div>
              ))}
            </dl>
            <Card title={t('booking.by_day')}>
              <Text size="sm" c="dimmed" mb="xs">
                {t('booking.by_day_text')}
              </Text>
              <div className={classes.chart}>
                <Suspense fallback={<Skeleton h={220} />}>
                  <LineArea jagged name={t('booking.number_kept')} format={format.number} data={days} />
                </Suspense>
              </div>
            </Card>
            <Card title={t('booking.by_type')} flush>
              <ScrollRegion label={t('booking.by_type')}>
                <Table horizontalSpacing={narrow ? 'xs' : 'md'}>
                  <Table.Thead>
                    <Table.Tr>
                      <Table.Th>{t('booking.event_type')}</Table.Th>
                      <Table.Th ta="end">{t('booking.number_made')}</Table.Th>
                      <Table.Th ta="end">{t('booking.number_kept')}</Table.Th>
                      <Table.Th ta="end">{t('booking.status_cancelled')}</Table.Th>
                      <Table.Th ta="end">{t('booking.number_missed')}</Table.Th>
                      <Table.Th ta="end">{t('booking.time_spent')}</Table.Th>
                    </Table.Tr>
                  </Table.Thead>
                  <Table.Tbody>
                    {summary.data.event_types.map((one) => (
                      <Table.Tr key={one.event_type_id}>
                        <Table.Td>{eventTypes.data?.find(({ id }) => id === one.event_type_id)?.title ?? t('booking.deleted_type')}</Table.Td>
                        <Table.Td ta="end">{format.number(one.count)}</Table.Td>
                        <Table.Td ta="end">{format.number(one.kept)}</Table.Td>
                        <Table.Td ta="end">{format.number(one.cancelled)}</Table.Td>
                        <Table.Td ta="end">{format.number(one.no_show)}</Table.Td>
                        <Table.Td ta="end">{length(one.minutes)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </ScrollRegion>
              {summary.data.event_types.length === 0 && (
                <Text size="sm" c="dimmed" p="md">
                  {t('booking.no_bookings')}
                </Text>
              )}
            </Card>
            {summary.data.hosts.length > 1 && (
              <Card title={t('booking.by_host')} flush>
                <Table horizontalSpacing={narrow ? 'xs' : 'md'}>
                  <Table.Tbody>
                    {summary.data.hosts.map((one) => (
                      <Table.Tr key={one.host_id}>
                        <Table.Td>{hosts.data?.find(({ id }) => id === one.host_id)?.name ?? one.host_id}</Table.Td>
                        <Table.Td ta="end">{format.number(one.kept)}</Table.Td>
                      </Table.Tr>
                    ))}
                  </Table.Tbody>
                </Table>
              </Card>
            )}
          </>
        )}
      </Stack>
    </Page>
  );
}
