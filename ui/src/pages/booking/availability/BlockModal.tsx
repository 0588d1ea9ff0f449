import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { timeActions } from '~/api/bookings';
import type { BlockSpec, Host, Repeat, Weekday } from '~/api/schema';
import { applyFaults, Chip, FormActions, FormError, Group, Modal, NumberField, SegmentedControl, Select, Stack, Text, TextInput, toast, useForm } from '~/components';
import { plus, weekdayOf } from '~/bookings/model/dates';
import { useDays } from '~/bookings/words';
import { toZoned } from '~/i18n/zone';
import { WEEKDAYS } from '~/rules/model';
import classes from '../Booking.module.css';

const REPEATS = ['days', 'weeks', 'month_day', 'month_weekday'] as const;
const NTH = ['1', '2', '3', '4', '5', '-1'] as const;

interface Draft {
  title: string;
  kind: 'once' | 'repeated';
  date: string;
  until: string;
  from: string;
  to: string;
  repeat: (typeof REPEATS)[number];
  every: number;
  weekdays: string[];
  nth: string;
  last: string;
}

function whenOf({ kind, date, until, from, to, repeat, every, weekdays, nth, last }: Draft): BlockSpec {
  if (kind === 'once') return { kind, from: `${date}T${from}`, to: `${until}T${to}` };
  const weekday = WEEKDAYS[weekdayOf(date)]! as Weekday;
  const repeats: Record<Draft['repeat'], Repeat> = {
    days: { kind: 'days', every },
    weeks: { kind: 'weeks', every, weekdays: WEEKDAYS.filter((day) => weekdays.includes(day)) as Weekday[] },
    month_day: { kind: 'month_day', every, day: Number(date.slice(8)) },
    month_weekday: { kind: 'month_weekday', every, nth: Number(nth), weekday },
  };
  return { kind, hours: { from, to }, repeat: repeats[repeat], first: date, last: last || null, except: [] };
}

/** Blocks some time of a host. */
export function BlockModal({ host, onClose }: { host: Host; onClose: () => void }) {
  const { t } = useTranslation();
  const days = useDays();
  const queries = useQueryClient();
  const [tomorrow] = useState(() => plus(toZoned(new Date(), host.time_zone).slice(0, 10), 1));
  const form = useForm<Draft>({
    initialValues: { title: '', kind: 'once', date: tomorrow, until: tomorrow, from: '12:00', to: '13:00', repeat: 'weeks', every: 1, weekdays: [WEEKDAYS[weekdayOf(tomorrow)]!], nth: '1', last: '' },
  });
  const draft = form.values;
  const add = useMutation({
    mutationFn: (entries: Draft) => timeActions.block(host.id, { title: entries.title.trim() || null, when: whenOf(entries) }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['hosts', host.id, 'blocks'] });
      toast.done(t('booking.block_added'));
      onClose();
    },
  });
  const once = draft.kind === 'once';
  return (
    <Modal opened onClose={onClose} title={t('booking.add_block')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={add.error} fields={['title']} />
          <TextInput label={t('booking.block_title')} description={t('booking.block_title_hint')} data-autofocus {...form.getInputProps('title')} />
          <SegmentedControl
            aria-label={t('booking.block_kind')}
            data={(['once', 'repeated'] as const).map((value) => ({ value, label: t(`booking.block_${value}`) }))}
            {...form.getInputProps('kind')}
          />
          <div className={classes.pair}>
            <TextInput type="date" label={t(once ? 'booking.first_day' : 'booking.block_from')} {...form.getInputProps('date')} />
            <TextInput type="time" label={t('automation.from')} {...form.getInputProps('from')} />
            {once && <TextInput type="date" label={t('booking.last_day')} min={draft.date} {...form.getInputProps('until')} />}
            {!once && <TextInput type="date" label={t('booking.block_last')} min={draft.date} {...form.getInputProps('last')} />}
            <TextInput type="time" label={t('automation.to')} {...form.getInputProps('to')} />
          </div>
          {!once && (
            <>
              <div className={classes.pair}>
                <Select label={t('booking.repeat')} data={REPEATS.map((value) => ({ value, label: t(`booking.repeat_${value}`) }))} allowDeselect={false} {...form.getInputProps('repeat')} />
                <NumberField size="sm" label={t(`booking.every_${draft.repeat === 'days' ? 'days' : draft.repeat === 'weeks' ? 'weeks' : 'months'}`)} min={1} max={1000} allowDecimal={false} always value={draft.every} onChange={(every = 1) => form.setFieldValue('every', every)} />
              </div>
              {draft.repeat === 'weeks' && (
                <div>
                  <Text size="sm" fw={500} mb={6} id="block-days">
                    {t('booking.on_days')}
                  </Text>
                  <Chip.Group multiple {...form.getInputProps('weekdays')}>
                    <Group gap={6} role="group" aria-labelledby="block-days">
                      {WEEKDAYS.map((day, index) => (
                        <Chip key={day} value={day} size="xs" variant="light">
                          {days[index]!.short}
                        </Chip>
                      ))}
                    </Group>
                  </Chip.Group>
                </div>
              )}
              {draft.repeat === 'month_day' && <Text size="sm">{t('booking.month_day_text', { day: Number(draft.date.slice(8)) })}</Text>}
              {draft.repeat === 'month_weekday' && (
                <Select
                  label={t('booking.which', { day: days[weekdayOf(draft.date)]!.long })}
                  data={NTH.map((value) => ({ value, label: t(`booking.nth_${value}`) }))}
                  allowDeselect={false}
                  {...form.getInputProps('nth')}
                />
              )}
            </>
          )}
          <FormActions onCancel={onClose} pending={add.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
