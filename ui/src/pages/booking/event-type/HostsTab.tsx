import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hostsQuery } from '~/api/bookings';
import type { EventTypeHost, EventTypeMode, Fairness, HostPart } from '~/api/schema';
import { ActionIcon, Alert, Card, NumberField, Radio, Select, Stack, Switch, Text, TextLink } from '~/components';
import { IconTrash } from '~/icons';
import classes from './EventType.module.css';
import { useEditing } from './draft';

const MODES: EventTypeMode[] = ['single', 'collective', 'round_robin', 'pool'];
const FAIRNESS: Fairness[] = ['turn', 'equal', 'weighted', 'priority'];
const NOBODY: EventTypeHost[] = [];

/** With whom a meeting is. */
export function HostsTab() {
  const { t } = useTranslation();
  const { draft, put, set, fault, disabled } = useEditing();
  const known = useQuery(hostsQuery);
  const { mode, fairness } = draft.settings;
  const { hosts } = draft;
  const team = mode === 'round_robin' || mode === 'pool';
  const nameOf = (id: string) => known.data?.find((host) => host.id === id)?.name ?? id;
  const others = (known.data ?? []).filter(({ id }) => !hosts.some((host) => host.host_id === id));
  const change = (changed: EventTypeHost[]) => put({ hosts: changed });
  const choose = (chosen: EventTypeMode) => {
    set({ mode: chosen });
    // One of the team has to be rotating, or nobody gets any of its bookings.
    if (chosen === 'single') change(hosts.slice(0, 1));
    else if ((chosen === 'round_robin' || chosen === 'pool') && !hosts.some(({ part }) => part === 'rotating')) change(hosts.map((host) => ({ ...host, part: 'rotating' })));
  };
  return (
    <Stack gap="md">
      <Card title={t('booking.mode')}>
        <Radio.Group aria-label={t('booking.mode')} value={mode} onChange={(chosen) => choose(chosen as EventTypeMode)}>
          <Stack gap="sm">
            {MODES.map((value) => (
              <Radio key={value} value={value} label={t(`booking.mode_${value}`)} description={t(`booking.mode_${value}_hint`)} disabled={disabled} />
            ))}
          </Stack>
        </Radio.Group>
        {mode === 'round_robin' && (
          <Select mt="md" maw={420} label={t('booking.fairness')} data={FAIRNESS.map((value) => ({ value, label: t(`booking.fairness_${value}`) }))} value={fairness} allowDeselect={false} disabled={disabled} onChange={(chosen) => chosen && set({ fairness: chosen as Fairness })} />
        )}
        {team && <Switch mt="md" label={t('booking.prefer_owner')} description={t('booking.prefer_owner_hint')} checked={draft.settings.prefer_owner} disabled={disabled} onChange={({ currentTarget }) => set({ prefer_owner: currentTarget.checked })} />}
      </Card>
      <Card title={t('booking.hosts')}>
        {fault('hosts') && (
          <Alert color="red" variant="light" mb="sm" role="alert">
            {fault('hosts')}
          </Alert>
        )}
        {mode === 'single' ? (
          <Select maw={420} aria-label={t('booking.host')} data={(known.data ?? []).map(({ id, name }) => ({ value: id, label: name }))} value={hosts[0]?.host_id ?? null} allowDeselect={false} disabled={disabled} onChange={(id) => id && change([{ ...(hosts[0] ?? { part: 'fixed', priority: 2, weight: 100 }), host_id: id }])} />
        ) : (
          <>
            {(hosts.length > 0 ? hosts : NOBODY).map((host, index) => {
              const name = nameOf(host.host_id);
              const alter = (part: Partial<EventTypeHost>) => change(hosts.with(index, { ...host, ...part }));
              return (
                <div key={host.host_id} className={classes.member} role="group" aria-label={name}>
                  <Text size="sm" fw={500} style={{ alignSelf: 'center' }}>
                    {name}
                  </Text>
                  {team && (
                    <>
                      <Select label={t('booking.part')} data={(['fixed', 'rotating'] as const).map((value) => ({ value, label: t(`booking.part_${value}`) }))} value={host.part ?? 'fixed'} allowDeselect={false} disabled={disabled} onChange={(part) => part && alter({ part: part as HostPart })} />
                      <NumberField size="sm" label={t('booking.priority')} min={0} max={4} allowDecimal={false} always value={host.priority ?? 2} disabled={disabled || fairness !== 'priority' || host.part !== 'rotating'} onChange={(priority = 2) => alter({ priority })} />
                      <NumberField size="sm" label={t('booking.weight')} min={0} max={1000} allowDecimal={false} always value={host.weight ?? 100} disabled={disabled || fairness !== 'weighted' || host.part !== 'rotating'} onChange={(weight = 100) => alter({ weight })} />
                    </>
                  )}
                  {!disabled && (
                    <ActionIcon size="lg" aria-label={t('booking.remove', { name })} onClick={() => change(hosts.toSpliced(index, 1))}>
                      <IconTrash size={16} />
                    </ActionIcon>
                  )}
                </div>
              );
            })}
            {!disabled && others.length > 0 && (
              <Select
                mt="sm"
                maw={320}
                label={t('booking.add_host')}
                placeholder={t('picker.choose')}
                data={others.map(({ id, name }) => ({ value: id, label: name }))}
                value={null}
                onChange={(id) => id && change([...hosts, { host_id: id, part: team ? 'rotating' : 'fixed', priority: 2, weight: 100 }])}
              />
            )}
          </>
        )}
        <TextLink to="/bookings/hosts" size="xs" mt="sm" display="inline-block">
          {t('booking.to_hosts')}
        </TextLink>
      </Card>
    </Stack>
  );
}
