import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { calendarActions, calendarsQuery } from '~/api/calendars';
import type { CalendarConnection, CalendarConnectionDetail, ConnectedCalendar, WhenUnreachable } from '~/api/schema';
import { Alert, Button, Card, Group, Menu, RowMenu, Select, Stack, StatusBadge, Switch, Text, toast, type BadgeTone } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconEdit, IconKey, IconRefresh, IconUnlink } from '~/icons';
import classes from './Calendars.module.css';
import { Disconnect } from './Disconnect';
import { EditConnection } from './EditConnection';
import { useSignIn } from './signIn';

interface Props {
  host: string;
  of: CalendarConnectionDetail;
  disabled: boolean;
}

const WHEN: readonly WhenUnreachable[] = ['keep_offering', 'stop_offering'];

/** A way to calendars: how it is, what is in it, and what is done with that. */
export function ConnectionCard({ host, of: { connection, calendars }, disabled }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const { id, kind, name, address, user_name, state, fault, broken_since, synced_at, sync_at, when_unreachable } = connection;
  const [dialog, open] = useState<'edit' | 'disconnect' | null>(null);
  const signIn = useSignIn(host);
  const changed = () => queries.invalidateQueries({ queryKey: calendarsQuery(host).queryKey });
  const sync = useMutation({ mutationFn: () => calendarActions.sync(id), onError: toast.failed, onSettled: changed });
  const when = useMutation({ mutationFn: (wanted: WhenUnreachable) => calendarActions.change(id, { when_unreachable: wanted }), onError: toast.failed, onSettled: changed });
  const signsIn = kind === 'google' || kind === 'microsoft';
  const mend = () => (signsIn ? signIn.mutate({ kind, connection_id: id }) : open('edit'));
  return (
    <Card
      title={name}
      aside={
        <Group gap="xs">
          <State of={connection} />
          {!disabled && (
            <RowMenu of={name}>
              <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => open('edit')}>
                {t('action.edit')}
              </Menu.Item>
              {signsIn && (
                <Menu.Item leftSection={<IconKey size={15} />} onClick={mend}>
                  {t('calendars.sign_in_again')}
                </Menu.Item>
              )}
              <Menu.Item color="red" leftSection={<IconUnlink size={15} />} onClick={() => open('disconnect')}>
                {t('calendars.disconnect')}
              </Menu.Item>
            </RowMenu>
          )}
        </Group>
      }
    >
      <Stack gap="sm">
        <Text size="xs" c="dimmed" className={classes.where}>
          {[t(`calendars.kind_${kind}`), address, user_name === name ? null : user_name].filter(Boolean).join(' · ')}
        </Text>
        {state === 'broken' && (
          <Alert color="red" variant="light" icon={<IconAlertTriangle size={18} />} title={broken_since ? t('calendars.broken_since', { time: format.dateTime(broken_since) }) : t('calendars.state_broken')}>
            <Stack gap="xs" align="flex-start">
              <Text size="sm">{sentence(fault)}</Text>
              <Text size="sm">{t(`calendars.mend_${kind}`)}</Text>
              {!disabled && (
                <Button variant="default" size="compact-sm" loading={signIn.isPending} onClick={mend}>
                  {t(signsIn ? 'calendars.sign_in_again' : kind === 'feed' ? 'calendars.new_address' : 'calendars.new_password')}
                </Button>
              )}
            </Stack>
          </Alert>
        )}
        {state === 'ok' && fault && (
          <Text size="xs" c="var(--warn)">
            {t('calendars.failed_once', { fault, time: format.time(sync_at) })}
          </Text>
        )}
        <ul className={classes.calendars}>
          {calendars.map((calendar) => (
            <CalendarRow key={calendar.id} host={host} calendar={calendar} disabled={disabled} />
          ))}
        </ul>
        <Group justify="space-between" align="flex-end" gap="sm">
          <Select
            className={classes.when}
            size="xs"
            label={t('calendars.when_unreachable')}
            data={WHEN.map((value) => ({ value, label: t(`calendars.when_${value}`) }))}
            value={when.isPending ? when.variables : when_unreachable}
            allowDeselect={false}
            disabled={disabled || when.isPending}
            onChange={(wanted) => wanted && wanted !== when_unreachable && when.mutate(wanted as WhenUnreachable)}
          />
          <Group gap="sm">
            <Text size="xs" c="dimmed" title={synced_at ? format.dateTime(synced_at) : undefined}>
              {synced_at ? t('calendars.read_at', { when: format.ago(synced_at) }) : t('calendars.never_read')}
            </Text>
            {!disabled && (
              <Button variant="default" size="xs" leftSection={<IconRefresh size={14} />} loading={sync.isPending} onClick={() => sync.mutate()}>
                {t('calendars.sync')}
              </Button>
            )}
          </Group>
        </Group>
      </Stack>
      {dialog === 'edit' && <EditConnection host={host} of={connection} onClose={() => open(null)} />}
      {dialog === 'disconnect' && <Disconnect host={host} of={connection} receives={calendars.some(({ receives }) => receives)} onClose={() => open(null)} />}
    </Card>
  );
}

/** The server says why in the middle of a sentence. */
function sentence(words: string | null): string {
  return words ? `${words.charAt(0).toUpperCase()}${words.slice(1)}${words.endsWith('.') ? '' : '.'}` : '';
}

function State({ of: { state, fault, synced_at } }: { of: CalendarConnection }) {
  const { t } = useTranslation();
  const [tone, words] = ((): [BadgeTone, 'broken' | 'leaving' | 'failed' | 'reading' | 'ok'] => {
    if (state === 'broken') return ['bad', 'broken'];
    if (state === 'leaving') return ['quiet', 'leaving'];
    if (fault) return ['warn', 'failed'];
    return synced_at ? ['good', 'ok'] : ['active', 'reading'];
  })();
  return <StatusBadge tone={tone}>{t(`calendars.state_${words}`)}</StatusBadge>;
}

function CalendarRow({ host, calendar, disabled }: { host: string; calendar: ConnectedCalendar; disabled: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const { id, connection_id, name, color, time_zone, writable, blocks, receives, unreadable } = calendar;
  const use = useMutation({
    mutationFn: (wanted: boolean) => calendarActions.use(connection_id, id, { blocks: wanted }),
    onError: toast.failed,
    onSettled: () => queries.invalidateQueries({ queryKey: calendarsQuery(host).queryKey }),
  });
  const facts = [time_zone?.replaceAll('_', ' '), writable ? null : t('calendars.read_only')].filter(Boolean).join(' · ');
  return (
    <li className={classes.calendar}>
      <span className={classes.dot} style={{ background: color ?? 'var(--line-strong)' }} aria-hidden />
      <div className={classes.name}>
        <Group gap="xs">
          <Text size="sm" fw={500}>
            {name}
          </Text>
          {receives && <StatusBadge tone="active">{t('calendars.receives')}</StatusBadge>}
        </Group>
        {facts && (
          <Text size="xs" c="dimmed">
            {facts}
          </Text>
        )}
        {unreadable > 0 && (
          <Text size="xs" c="var(--warn)">
            {t('calendars.unreadable', { count: unreadable })}
          </Text>
        )}
      </div>
      <Switch
        size="sm"
        label={t('calendars.blocks')}
        aria-label={t('calendars.blocks_of', { name })}
        checked={use.isPending ? use.variables : blocks}
        disabled={disabled || use.isPending}
        onChange={({ currentTarget: { checked } }) => use.mutate(checked)}
      />
    </li>
  );
}
