import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bookingActions, bookingQuery, eventTypesQuery } from '~/api/bookings';
import type { BookingDetail, BookingTrailEntry, Location } from '~/api/schema';
import { membersQuery } from '~/api/settings';
import { BookingBadge } from '~/bookings/BookingStatus';
import { useLength } from '~/bookings/words';
import { Button, Drawer, ErrorState, Group, Skeleton, Stack, Text, TextLink, Title, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { BookingModal, type Asked } from './BookingModal';
import classes from './Drawer.module.css';

/** One booking: who, when, where, what they answered, what happened to it, and what can be done. */
export function BookingDrawer({ id, onClose }: { id: string | undefined; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Drawer opened={id !== undefined} onClose={onClose} position="right" size={460} title={t('booking.one')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      {id !== undefined && <Opened key={id} id={id} />}
    </Drawer>
  );
}

function Opened({ id }: { id: string }) {
  const booking = useQuery(bookingQuery(id));
  if (booking.isError && !booking.data) return <ErrorState error={booking.error} retry={() => void booking.refetch()} />;
  return booking.data ? <Detail detail={booking.data} /> : <Skeleton h={280} />;
}

function Detail({ detail: { booking: detail, event_type_title: title, host_names: hosts, trail, calendar_copies: copies } }: { detail: BookingDetail }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const theirs = useFormats(detail.time_zone);
  const length = useLength();
  const queries = useQueryClient();
  const [asked, ask] = useState<Asked | null>(null);
  const [now] = useState(() => Date.now());
  const { id, status } = detail;
  const type = useQuery(eventTypesQuery).data?.find((one) => one.id === detail.event_type_id);
  const changed = () => queries.invalidateQueries({ queryKey: ['bookings'] });
  const act = useMutation({
    mutationFn: (action: 'confirm' | 'complete') => bookingActions[action](id),
    onError: toast.failed,
    onSuccess: () => toast.done(t('booking.changed')),
    onSettled: changed,
  });
  const open = status === 'pending' || status === 'confirmed';
  const begun = new Date(detail.start).getTime() <= now;
  const questions = type?.settings.questions ?? [];
  const answers = inOrder(Object.entries(detail.answers), questions.map(({ key }) => key));
  const labelOf = (key: string) => questions.find((question) => question.key === key)?.label ?? key;
  const fact = (label: string, value: React.ReactNode) => (
    <div className={classes.fact}>
      <dt>{label}</dt>
      <dd>{value}</dd>
    </div>
  );
  return (
    <Stack gap="md">
      <div>
        <Group gap="xs" mb={4}>
          <Title order={2}>{detail.name}</Title>
          <BookingBadge status={status} />
        </Group>
        <Text size="sm" c="dimmed">
          {title ?? t('booking.deleted_type')}
        </Text>
      </div>
      {can('bookings:write') && (
        <Group gap="xs">
          {status === 'pending' && (
            <>
              <Button loading={act.isPending} onClick={() => act.mutate('confirm')}>
                {t('booking.confirm')}
              </Button>
              <Button variant="default" onClick={() => ask('decline')}>
                {t('booking.decline')}
              </Button>
            </>
          )}
          {open && (
            <>
              <Button variant="default" onClick={() => ask('reschedule')}>
                {t('booking.reschedule')}
              </Button>
              <Button variant="default" onClick={() => ask('reassign')}>
                {t('booking.reassign')}
              </Button>
              {status === 'confirmed' && (
                <Button variant="default" color="red" onClick={() => ask('cancel')}>
                  {t('booking.cancel')}
                </Button>
              )}
            </>
          )}
          {((status === 'confirmed' && begun) || status === 'completed') && (
            <Button variant="default" onClick={() => ask('no_show')}>
              {t('booking.no_show')}
            </Button>
          )}
          {((status === 'confirmed' && begun) || status === 'no_show') && (
            <Button variant="default" loading={act.isPending} onClick={() => act.mutate('complete')}>
              {t('booking.complete')}
            </Button>
          )}
        </Group>
      )}
      <dl className={classes.facts}>
        {fact(
          t('booking.when'),
          <>
            {format.dateTime(detail.start)} – {format.time(detail.end)} ({length(detail.minutes)})
            {detail.time_zone !== format.timeZone && (
              <Text size="xs" c="dimmed">
                {t('booking.for_them', { time: theirs.dateTime(detail.start), zone: detail.time_zone.replaceAll('_', ' ') })}
              </Text>
            )}
          </>,
        )}
        {fact(t('booking.hosts'), hosts.join(', ') || '–')}
        {fact(
          t('booking.invitee'),
          detail.subscriber_id ? (
            <TextLink to="/subscribers/$id" params={{ id: detail.subscriber_id }}>
              {detail.email}
            </TextLink>
          ) : (
            detail.email
          ),
        )}
        {detail.phone && fact(t('booking.phone'), detail.phone)}
        {detail.location && fact(t('booking.where'), t(`booking.place_${detail.location.kind}`) + placeOf(detail.location))}
        {detail.seats > 1 && fact(t('booking.capacity'), format.number(detail.seats))}
        {detail.reason && fact(t('booking.reason_given'), detail.reason)}
        {detail.no_show_by && fact(t('booking.no_show'), t(`booking.no_show_${detail.no_show_by}`))}
        {copies.length > 0 &&
          fact(
            t('calendars.copies_in'),
            copies.map((copy) => (
              <div key={copy.calendar_id}>
                {copy.calendar_name}: {t(`calendars.copy_${copy.state}`)}
                {copy.fault && (
                  <Text size="xs" c="var(--warn)">
                    {copy.fault}
                  </Text>
                )}
              </div>
            )),
          )}
        {status === 'pending' && detail.expires_at && fact(t('booking.expires'), format.dateTime(detail.expires_at))}
      </dl>
      {answers.length > 0 && (
        <section>
          <Title order={3} mb="xs">
            {t('booking.answers')}
          </Title>
          <dl className={classes.facts}>
            {answers.map(([key, value]) => (
              <div key={key} className={classes.fact}>
                <dt>{labelOf(key)}</dt>
                <dd>{value === true ? t('value.yes') : value === false ? t('value.no') : Array.isArray(value) ? value.join(', ') : String(value)}</dd>
              </div>
            ))}
          </dl>
        </section>
      )}
      <section>
        <Title order={3} mb="xs">
          {t('booking.history')}
        </Title>
        <ol className={classes.trail}>
          {trail.toReversed().map((entry) => (
            <Happened key={`${entry.at} ${entry.action}`} entry={entry} />
          ))}
        </ol>
      </section>
      {asked && <BookingModal asked={asked} booking={detail} type={type} onClose={() => ask(null)} onDone={() => void changed()} />}
    </Stack>
  );
}

/** As they were asked; what is asked no more comes last. */
function inOrder<T>(answers: [string, T][], keys: string[]): [string, T][] {
  const place = ([key]: [string, T]) => (keys.includes(key) ? keys.indexOf(key) : keys.length);
  return answers.toSorted((a, b) => place(a) - place(b));
}

function placeOf(location: Location): string {
  switch (location.kind) {
    case 'in_person':
      return `: ${location.address}`;
    case 'call_host':
      return `: ${location.phone}`;
    case 'link':
      return `: ${location.url}`;
    case 'other':
      return `: ${location.text}`;
    case 'call_invitee':
      return '';
  }
}

const ACTIONS = ['create', 'confirm', 'decline', 'cancel', 'reschedule', 'reassign', 'expire', 'complete', 'no_show', 'deleted_in_calendar', 'moved_in_calendar', 'conflict_in_calendar', 'not_in_calendar'] as const;

function Happened({ entry: { at, action, actor, detail } }: { entry: BookingTrailEntry }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const members = useQuery({ ...membersQuery, enabled: can('settings:read') && actor.startsWith('user:') });
  const known = ACTIONS.find((one) => one === action);
  const member = members.data?.find(({ id }) => `user:${id}` === actor);
  const who =
    actor === 'invitee' ? t('booking.invitee') : actor === 'system' ? t('audit.system') : actor.startsWith('token:') ? t('booking.by_program') : (member?.name || member?.email || t('booking.by_member'));
  const { reason } = (detail ?? {}) as { reason?: unknown };
  return (
    <li>
      <Text size="sm">{known ? t(`booking.did_${known}`) : action}</Text>
      <Text size="xs" c="dimmed">
        {who} · {format.dateTime(at)}
        {typeof reason === 'string' && reason ? ` · ${reason}` : ''}
      </Text>
    </li>
  );
}
