import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bookingSettingsQuery, hostActions, hostsQuery, schedulesQuery, settingsActions } from '~/api/bookings';
import type { Host } from '~/api/schema';
import { membersQuery } from '~/api/settings';
import { Anchor, applyFaults, Avatar, Button, Card, ErrorState, FormActions, FormError, Menu, Modal, Page, RowMenu, Select, Skeleton, Stack, StatusBadge, Text, Textarea, TextInput, TextLink, TimeZoneSelect, toast, useForm, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { addressOf } from '~/bookings/address';
import { IconEdit, IconExternalLink, IconPlayerPause, IconPlayerPlay, IconPlus, IconTrash } from '~/icons';
import classes from '../Booking.module.css';
import { NoHost } from '../NoHost';
import { TeamLimits } from './TeamLimits';

/** Who can be met, and what the account is called in the addresses of its booking pages. */
export default function Hosts() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { hidden } = useUndoable();
  const hosts = useQuery(hostsQuery);
  const schedules = useQuery(schedulesQuery);
  const [editing, edit] = useState<Host | 'new' | null>(null);
  const mayWrite = can('bookings:write');
  const shown = (hosts.data ?? []).filter(({ id }) => !hidden.has(`host ${id}`));
  return (
    <Page
      title={t('booking.hosts')}
      width="narrow"
      actions={
        mayWrite &&
        can('settings:read') && (
          <Button leftSection={<IconPlus size={15} />} onClick={() => edit('new')}>
            {t('booking.new_host')}
          </Button>
        )
      }
    >
      <Stack gap="md">
        {hosts.isPending && <Skeleton h={160} />}
        {hosts.isError && !hosts.data && <ErrorState error={hosts.error} retry={() => void hosts.refetch()} />}
        {hosts.isSuccess && shown.length === 0 && <NoHost />}
        {shown.length > 0 && (
          <Card>
            <div className={classes.list}>
              {shown.map((host) => (
                <Row key={host.id} host={host} schedule={schedules.data?.find(({ id }) => id === host.schedule_id)?.name} onEdit={mayWrite ? () => edit(host) : undefined} />
              ))}
            </div>
          </Card>
        )}
        {shown.length > 0 && <Account disabled={!mayWrite} />}
      </Stack>
      {editing && <HostModal of={editing === 'new' ? null : editing} known={shown} onClose={() => edit(null)} />}
    </Page>
  );
}

function Row({ host, schedule, onEdit }: { host: Host; schedule: string | undefined; onEdit?: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { later } = useUndoable();
  const { session } = useFrame();
  const { id, name, slug, time_zone, enabled } = host;
  const page = useQuery(bookingSettingsQuery).data?.page;
  const address = page === undefined ? undefined : addressOf(page, `by/${slug}`);
  // What is in them is for the host and for whoever runs the account.
  const role = session.accounts.find((one) => one.id === session.account)?.role;
  const mayLook = session.user.id === host.user_id || role === 'owner' || role === 'admin';
  const changed = () => queries.invalidateQueries({ queryKey: ['hosts'] });
  const change = useMutation({ mutationFn: () => hostActions.change(id, { enabled: !enabled }), onError: toast.failed, onSettled: changed });
  return (
    <div className={classes.host}>
      <div className={classes.who}>
        <Avatar name={name} color="iris" radius="xl" size={36} aria-hidden />
        <div>
          <Text size="sm" fw={500}>
            {name}
          </Text>
          <Text size="xs" c="dimmed">
            {slug} · {time_zone.replaceAll('_', ' ')}
          </Text>
        </div>
      </div>
      <div className={classes.facts}>
        {host.schedule_id ? (
          <TextLink to="/bookings/availability" search={{ schedule: host.schedule_id }} size="xs">
            {schedule ?? t('booking.schedule')}
          </TextLink>
        ) : (
          <Text size="xs" c="var(--warn)">
            {t('booking.no_schedule')}
          </Text>
        )}
        {mayLook && (
          <TextLink to="/bookings/hosts/$id" params={{ id }} size="xs" aria-label={t('calendars.of', { name })}>
            {t('calendars.title')}
          </TextLink>
        )}
        <StatusBadge tone={enabled ? 'good' : 'quiet'}>{t(enabled ? 'booking.on' : 'booking.off')}</StatusBadge>
      </div>
      {onEdit && (
        <RowMenu of={name}>
          {address && (
            <Menu.Item component="a" href={address} target="_blank" rel="noopener" leftSection={<IconExternalLink size={15} />}>
              {t('booking.open_page')}
            </Menu.Item>
          )}
          <Menu.Item leftSection={<IconEdit size={15} />} onClick={onEdit}>
            {t('action.edit')}
          </Menu.Item>
          <Menu.Item leftSection={enabled ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} onClick={() => change.mutate()}>
            {t(enabled ? 'booking.turn_off' : 'booking.turn_on')}
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={15} />}
            onClick={() =>
              later(`host ${id}`, t('named.deleted', { name }), async () => {
                await hostActions.remove(id);
                await Promise.all([changed(), queries.invalidateQueries({ queryKey: ['schedules'] })]);
              })
            }
          >
            {t('action.delete')}
          </Menu.Item>
        </RowMenu>
      )}
    </div>
  );
}

function HostModal({ of, known, onClose }: { of: Host | null; known: Host[]; onClose: () => void }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const queries = useQueryClient();
  const members = useQuery({ ...membersQuery, enabled: !of && can('settings:read') });
  const schedules = useQuery({ ...schedulesQuery, enabled: of !== null });
  const free = (members.data ?? []).filter(({ id }) => !known.some((host) => host.user_id === id));
  const form = useForm({
    initialValues: {
      user_id: '',
      name: of?.name ?? '',
      slug: of?.slug ?? '',
      time_zone: of?.time_zone ?? '',
      about: of?.about ?? '',
      schedule_id: of?.schedule_id ?? '',
    },
  });
  const save = useMutation({
    mutationFn: ({ user_id, name, slug, time_zone, about, schedule_id }: typeof form.values) => {
      const said = about.trim() || null;
      if (of) return hostActions.change(of.id, { name: name.trim(), slug, time_zone, about: said, schedule_id: schedule_id || null });
      return hostActions.create({ user_id, about: said, ...(name.trim() ? { name: name.trim() } : {}), ...(slug ? { slug } : {}), ...(time_zone ? { time_zone } : {}) });
    },
    onError: (error) => applyFaults(error, form),
    onSuccess: async (saved) => {
      await Promise.all([queries.invalidateQueries({ queryKey: ['hosts'] }), queries.invalidateQueries({ queryKey: ['schedules'] })]);
      toast.done(t('named.saved', { name: saved.name }));
      onClose();
    },
  });
  const mine = (schedules.data ?? []).filter(({ host_id }) => host_id === null || host_id === of?.id);
  return (
    <Modal opened onClose={onClose} title={of ? t('booking.edit_host') : t('booking.new_host')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['user_id', 'name', 'slug', 'time_zone', 'about', 'schedule_id']} />
          {!of && (
            <Select
              label={t('booking.member')}
              description={t('booking.member_hint')}
              placeholder={t('picker.choose')}
              nothingFoundMessage={t('picker.nothing')}
              data={free.map(({ id, name, email }) => ({ value: id, label: name || email }))}
              {...form.getInputProps('user_id')}
            />
          )}
          <TextInput label={t('named.name')} description={of ? undefined : t('booking.name_hint')} data-autofocus={of ? true : undefined} {...form.getInputProps('name')} />
          <TextInput label={t('booking.slug')} description={t('booking.slug_hint')} {...form.getInputProps('slug')} />
          <TimeZoneSelect label={t('setup.time_zone')} placeholder={of ? undefined : t('booking.zone_of_account')} {...form.getInputProps('time_zone')} />
          <Textarea label={t('booking.about')} description={t('booking.about_hint')} autosize minRows={2} {...form.getInputProps('about')} />
          {of && <Select label={t('booking.schedule')} placeholder={t('booking.no_schedule')} clearable clearButtonProps={{ 'aria-label': t('action.clear') }} data={mine.map(({ id, name }) => ({ value: id, label: name }))} {...form.getInputProps('schedule_id')} />}
          <FormActions onCancel={onClose} pending={save.isPending} label={of ? undefined : t('automations.create')} />
        </Stack>
      </form>
    </Modal>
  );
}

/** What belongs to the booking pages of the account as a whole. */
function Account({ disabled }: { disabled: boolean }) {
  const { t } = useTranslation();
  const settings = useQuery(bookingSettingsQuery);
  return (
    <>
      <Card title={t('booking.page_name')}>
        {settings.isError && <ErrorState error={settings.error} retry={() => void settings.refetch()} />}
        {settings.data ? <PageForm key={settings.data.page} page={settings.data.page} disabled={disabled} /> : settings.isPending && <Skeleton h={60} />}
      </Card>
      {settings.data && <TeamLimits settings={settings.data} disabled={disabled} />}
    </>
  );
}

function PageForm({ page, disabled }: { page: string; disabled: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { page } });
  const save = useMutation({
    mutationFn: (entries: typeof form.values) => settingsActions.change(entries),
    onError: (error) => applyFaults(error, form),
    onSuccess: (saved) => {
      queries.setQueryData(bookingSettingsQuery.queryKey, saved);
      toast.done(t('person.saved'));
    },
  });
  return (
    <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
      <Stack gap="sm" align="flex-start">
        <FormError error={save.error} fields={['page']} />
        <Anchor href={`/book/${page}`} target="_blank" rel="noopener" size="sm" style={{ overflowWrap: 'anywhere' }}>
          {`${location.origin}/book/${page}`}
        </Anchor>
        <TextInput w="100%" maw={420} label={t('booking.page')} description={t('booking.page_hint')} disabled={disabled} {...form.getInputProps('page')} />
        {!disabled && (
          <Button type="submit" variant="default" loading={save.isPending} disabled={form.values.page === page}>
            {t('action.save')}
          </Button>
        )}
      </Stack>
    </form>
  );
}
