import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { hostsQuery, openedScheduleQuery, scheduleActions, schedulesQuery } from '~/api/bookings';
import { useReadOnce } from '~/api/query';
import type { Host, Schedule, Travel } from '~/api/schema';
import { same } from '~/components/typed';
import { Button, Card, ErrorState, FormError, Group, LinkButton, Menu, Page, RowMenu, Select, Skeleton, Stack, Text, TextInput, TimeZoneSelect, toast, useUndoable } from '~/components';
import { readWeek, writeWeek } from '~/bookings/hours';
import { total, type Week } from '~/bookings/model/week';
import { WeekGrid } from '~/bookings/WeekGrid';
import { WeekRows } from '~/bookings/WeekRows';
import { useLength } from '~/bookings/words';
import { useFrame } from '~/frame/context';
import { IconPlus, IconTrash } from '~/icons';
import classes from '../Booking.module.css';
import { NoHost } from '../NoHost';
import { SaveBar } from '../SaveBar';
import { Dates } from './Dates';
import { NewSchedule } from './NewSchedule';
import { Times } from './Times';
import { TravelFields } from './TravelFields';

const route = getRouteApi('/_app/bookings/availability');

/** When people can be met: weekly hours, other hours on some dates, and time that is taken. */
export default function Availability() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { schedule: wanted } = route.useSearch();
  const navigate = route.useNavigate();
  const schedules = useQuery(schedulesQuery);
  const hosts = useQuery(hostsQuery);
  const [adding, setAdding] = useState(false);
  const { hidden } = useUndoable();
  const all = (schedules.data ?? []).filter(({ id }) => !hidden.has(`schedule ${id}`));
  const chosen = all.find(({ id }) => id === wanted) ?? all[0];
  const title = t('booking.availability');
  const actions = (
    <>
      <LinkButton to="/bookings/why" variant="default">
        {t('booking.why')}
      </LinkButton>
      {can('bookings:write') && all.length > 0 && (
        <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => setAdding(true)}>
          {t('booking.new_schedule')}
        </Button>
      )}
    </>
  );
  const error = schedules.error ?? hosts.error;
  if (!chosen || !hosts.data) {
    return (
      <Page title={title} actions={actions}>
        {error && <ErrorState error={error} retry={() => void Promise.all([schedules.refetch(), hosts.refetch()])} />}
        {!error && (schedules.isPending || hosts.isPending) && <Skeleton h={420} />}
        {schedules.isSuccess && hosts.data && <NoHost />}
      </Page>
    );
  }
  const owner = (schedule: Schedule) => hosts.data.find(({ id }) => id === schedule.host_id)?.name ?? t('booking.shared');
  const go = (id: string) => void navigate({ search: { schedule: id } });
  return (
    <Page title={title} actions={actions} subtitle={`${chosen.name} · ${chosen.time_zone.replaceAll('_', ' ')}`}>
      <Stack gap="md">
        {all.length > 1 && (
          <Select
            maw={420}
            label={t('booking.schedule')}
            data={all.map((one) => ({ value: one.id, label: `${one.name} · ${owner(one)}` }))}
            value={chosen.id}
            allowDeselect={false}
            onChange={(id) => id && go(id)}
          />
        )}
        <Opened key={chosen.id} id={chosen.id} hosts={hosts.data} mayRemove={all.length > 1} />
      </Stack>
      {adding && <NewSchedule hosts={hosts.data} onClose={() => setAdding(false)} onDone={go} />}
    </Page>
  );
}

function Opened({ id, hosts, mayRemove }: { id: string; hosts: Host[]; mayRemove: boolean }) {
  const schedule = useQuery({ ...openedScheduleQuery(id), refetchOnMount: 'always' });
  const { ready, error } = useReadOnce(schedule);
  if (error) return <ErrorState error={error} retry={() => void schedule.refetch()} />;
  if (!ready || !schedule.data) return <Skeleton h={420} />;
  return <Editor schedule={schedule.data} hosts={hosts} mayRemove={mayRemove} />;
}

interface Draft {
  name: string;
  time_zone: string;
  week: Week;
  travel: Travel[];
}

const draftOf = (schedule: Schedule): Draft => ({ name: schedule.name, time_zone: schedule.time_zone, week: readWeek(schedule), travel: schedule.travel });

function Editor({ schedule: opened, hosts, mayRemove }: { schedule: Schedule; hosts: Host[]; mayRemove: boolean }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const length = useLength();
  const queries = useQueryClient();
  const { later } = useUndoable();
  const [schedule, setSchedule] = useState(opened);
  const [draft, setDraft] = useState(() => draftOf(opened));
  const put = (part: Partial<Draft>) => setDraft((now) => ({ ...now, ...part }));
  const { id } = schedule;
  const host = hosts.find((one) => one.id === schedule.host_id);
  const mayWrite = can('bookings:write');
  const written = useMemo(() => ({ name: draft.name.trim(), time_zone: draft.time_zone, weekly: writeWeek(draft.week), travel: draft.travel }), [draft]);
  const saved = useMemo(() => ({ name: schedule.name, time_zone: schedule.time_zone, weekly: writeWeek(readWeek(schedule)), travel: schedule.travel }), [schedule]);
  const dirty = !same(written, saved);
  const took = (changed: Schedule) => {
    setSchedule(changed);
    void queries.invalidateQueries({ queryKey: ['schedules'], exact: true });
  };
  const save = useMutation({
    mutationFn: () => scheduleActions.change(id, written),
    onSuccess: (changed) => {
      took(changed);
      setDraft(draftOf(changed));
      toast.done(t('named.saved', { name: changed.name }));
    },
  });

  return (
    <>
      <FormError error={save.error} />
      <Card
        title={t('booking.weekly')}
        aside={
          <Group gap="xs">
            <Text size="xs" c="dimmed">
              {t('booking.per_week', { length: length(total(draft.week)) })}
            </Text>
            {mayWrite && mayRemove && (
              <RowMenu of={schedule.name}>
                <Menu.Item
                  color="red"
                  leftSection={<IconTrash size={15} />}
                  onClick={() =>
                    later(`schedule ${id}`, t('named.deleted', { name: schedule.name }), async () => {
                      await scheduleActions.remove(id);
                      await queries.invalidateQueries({ queryKey: ['schedules'], exact: true });
                    })
                  }
                >
                  {t('action.delete')}
                </Menu.Item>
              </RowMenu>
            )}
          </Group>
        }
      >
        <Stack gap="md">
          <div className={classes.pair}>
            <TextInput label={t('named.name')} value={draft.name} disabled={!mayWrite} onChange={({ currentTarget }) => put({ name: currentTarget.value })} />
            <TimeZoneSelect label={t('setup.time_zone')} value={draft.time_zone} disabled={!mayWrite} onChange={(zone) => zone && put({ time_zone: zone })} />
          </div>
          <div className={classes.week}>
            <WeekRows week={draft.week} onChange={(week) => put({ week })} disabled={!mayWrite} />
            <WeekGrid label={t('booking.weekly')} week={draft.week} onChange={(week) => put({ week })} disabled={!mayWrite} />
          </div>
        </Stack>
      </Card>
      <Dates schedule={schedule} host={host} onChange={took} disabled={!mayWrite} />
      <Card title={t('booking.travel')}>
        <TravelFields zone={draft.time_zone} value={draft.travel} onChange={(travel) => put({ travel })} disabled={!mayWrite} />
      </Card>
      {host && <Times host={host} disabled={!mayWrite} />}
      <SaveBar dirty={dirty} pending={save.isPending} onSave={() => save.mutate()} onDiscard={() => setDraft(draftOf(schedule))} />
    </>
  );
}
