import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { bookingSettingsQuery, eventTypeActions, eventTypesQuery, hostsQuery } from '~/api/bookings';
import type { EventType } from '~/api/schema';
import { addressOf } from '~/bookings/address';
import { useLength } from '~/bookings/words';
import { Button, CopyButton, EmptyState, ErrorState, Group, Menu, Page, RowMenu, Skeleton, StatusBadge, Switch, Text, toast, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { IconCalendarEvent, IconCheck, IconCopy, IconEdit, IconExternalLink, IconLink, IconPlus, IconTrash } from '~/icons';
import shared from '../Booking.module.css';
import { NoHost } from '../NoHost';
import classes from './EventTypes.module.css';
import { NewEventType } from './NewEventType';

const route = getRouteApi('/_app/bookings/event-types/');

/** What can be booked. */
export default function EventTypes() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { new: adding } = route.useSearch();
  const navigate = route.useNavigate();
  const { hidden } = useUndoable();
  const eventTypes = useQuery(eventTypesQuery);
  const hosts = useQuery(hostsQuery);
  const settings = useQuery(bookingSettingsQuery);
  const shown = (eventTypes.data ?? []).filter(({ id }) => !hidden.has(`event-type ${id}`));
  const add = can('bookings:write') && (hosts.data?.length ?? 0) > 0 && (
    <Button leftSection={<IconPlus size={15} />} onClick={() => void navigate({ search: { new: true } })}>
      {t('booking.new_event_type')}
    </Button>
  );
  const error = eventTypes.error ?? hosts.error;
  return (
    <Page title={t('booking.event_types')} actions={add}>
      {error && <ErrorState error={error} retry={() => void Promise.all([eventTypes.refetch(), hosts.refetch()])} />}
      {!error && (eventTypes.isPending || hosts.isPending) && (
        <div className={shared.cards}>
          {[0, 1, 2].map((card) => (
            <Skeleton key={card} h={168} />
          ))}
        </div>
      )}
      {hosts.data?.length === 0 && <NoHost />}
      {hosts.data && hosts.data.length > 0 && eventTypes.isSuccess && shown.length === 0 && (
        <EmptyState icon={<IconCalendarEvent size={22} />} title={t('booking.no_event_types')} actions={add}>
          {t('booking.no_event_types_text')}
        </EmptyState>
      )}
      <div className={shared.cards}>
        {shown.map((eventType) => (
          <TypeCard key={eventType.id} eventType={eventType} page={settings.data?.page} names={new Map((hosts.data ?? []).map(({ id, name }) => [id, name]))} />
        ))}
      </div>
      <NewEventType opened={adding === true && (hosts.data?.length ?? 0) > 0} hosts={hosts.data ?? []} onClose={() => void navigate({ search: {}, replace: true })} />
    </Page>
  );
}

function TypeCard({ eventType, page, names }: { eventType: EventType; page: string | undefined; names: ReadonlyMap<string, string> }) {
  const { t, i18n } = useTranslation();
  const { can } = useFrame();
  const length = useLength();
  const queries = useQueryClient();
  const { later } = useUndoable();
  const { id, title, slug, enabled, settings, hosts } = eventType;
  const changed = () => queries.invalidateQueries({ queryKey: ['event-types'] });
  const change = useMutation({ mutationFn: (on: boolean) => eventTypeActions.patch(id, { enabled: on }), onError: toast.failed, onSettled: changed });
  const on = change.isPending ? change.variables : enabled;
  const duplicate = useMutation({
    mutationFn: () => eventTypeActions.create({ title: t('booking.copy_of', { title }), enabled: false, private: eventType.private, hosts, settings }),
    onError: toast.failed,
    onSuccess: async (made) => {
      await changed();
      toast.done(t('named.added', { name: made.title }));
    },
  });
  const who = new Intl.ListFormat(i18n.language, { type: 'conjunction' }).format(hosts.map((host) => names.get(host.host_id) ?? '…'));
  const address = page === undefined ? undefined : addressOf(page, slug);
  return (
    <article className={classes.card} style={{ '--type-color': settings.color ?? undefined } as React.CSSProperties} data-off={!on || undefined}>
      <Group justify="space-between" wrap="nowrap" gap="xs">
        <h2 className={classes.title}>
          <Link to="/bookings/event-types/$id" params={{ id }}>
            {title}
          </Link>
        </h2>
        <RowMenu of={title}>
          {address && (
            <Menu.Item component="a" href={address} target="_blank" rel="noopener" leftSection={<IconExternalLink size={15} />}>
              {t('booking.open_page')}
            </Menu.Item>
          )}
          {can('bookings:write') && (
            <>
              <Menu.Item leftSection={<IconCopy size={15} />} onClick={() => duplicate.mutate()}>
                {t('campaigns.duplicate')}
              </Menu.Item>
              <Menu.Item
                color="red"
                leftSection={<IconTrash size={15} />}
                onClick={() =>
                  later(`event-type ${id}`, t('named.deleted', { name: title }), async () => {
                    await eventTypeActions.remove(id);
                    await changed();
                  })
                }
              >
                {t('action.delete')}
              </Menu.Item>
            </>
          )}
        </RowMenu>
      </Group>
      <Text size="sm" c="dimmed">
        {(settings.durations ?? []).map(length).join(' · ')} · {t(`booking.mode_${settings.mode ?? 'single'}`)}
      </Text>
      <Text size="xs" c="dimmed" lineClamp={2}>
        {who}
      </Text>
      <Group gap="xs" mt="auto" pt="sm" justify="space-between">
        <Switch size="sm" label={on ? t('booking.on') : t('booking.off')} aria-label={t('booking.bookable', { name: title })} checked={on} disabled={!can('bookings:write')} onChange={({ currentTarget }) => change.mutate(currentTarget.checked)} />
        <Group gap={6}>
          {eventType.private && <StatusBadge tone="quiet">{t('booking.private')}</StatusBadge>}
          {address && (
            <CopyButton value={address}>
              {({ copied, copy }) => (
                <Button variant="default" size="compact-sm" leftSection={copied ? <IconCheck size={14} /> : <IconLink size={14} />} onClick={copy} aria-label={t('booking.copy_link_of', { name: title })}>
                  {copied ? t('tokens.copied') : t('booking.copy_link')}
                </Button>
              )}
            </CopyButton>
          )}
          <Link to="/bookings/event-types/$id" params={{ id }} className={classes.edit} aria-label={t('booking.edit', { name: title })}>
            <IconEdit size={15} aria-hidden />
          </Link>
        </Group>
      </Group>
    </article>
  );
}
