import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { scheduleActions } from '~/api/bookings';
import type { Schedule } from '~/api/schema';
import { Button, FormActions, FormError, Group, Modal, Radio, Stack, TextInput } from '~/components';
import { hoursOf, spansOf } from '~/bookings/hours';
import { datesFrom, plus } from '~/bookings/model/dates';
import { another, type Span } from '~/bookings/model/week';
import { SpanFields } from '~/bookings/WeekRows';
import { useFormats } from '~/i18n/format';
import { IconPlus } from '~/icons';

const KINDS = ['usual', 'hours', 'closed'] as const;
type Kind = (typeof KINDS)[number];

/** The most dates that are set at once. */
const MOST_DATES = 62;

interface Props {
  schedule: Schedule;
  date: string;
  /** The hours of the weekday. */
  usual: readonly Span[];
  onClose: () => void;
  onChange: (schedule: Schedule) => void;
}

/** What is different on a date, or on several in a row. */
export function DateModal({ schedule, date, usual, onClose, onChange }: Props) {
  const { t } = useTranslation();
  const format = useFormats(schedule.time_zone);
  const other = schedule.overrides.find((one) => one.date === date);
  const [kind, setKind] = useState<Kind>(other?.hours.length === 0 ? 'closed' : 'hours');
  const [hours, setHours] = useState<readonly Span[]>(() => (other && other.hours.length > 0 ? spansOf(other.hours) : usual.length > 0 ? usual : [another([])!]));
  const [note, setNote] = useState(other?.note ?? '');
  const [last, setLast] = useState(date);
  const latest = plus(date, MOST_DATES - 1);
  const save = useMutation({
    mutationFn: async () => {
      let changed = schedule;
      for (const one of datesFrom(date, plus(last < date ? date : last > latest ? latest : last, 1))) {
        if (kind !== 'usual') changed = await scheduleActions.setDate(schedule.id, one, { hours: kind === 'closed' ? [] : hoursOf(hours), note: note.trim() || null });
        else if (schedule.overrides.some((other) => other.date === one)) changed = await scheduleActions.asUsual(schedule.id, one);
      }
      return changed;
    },
    onSuccess: (changed) => {
      onChange(changed);
      onClose();
    },
  });
  const next = another(hours);
  return (
    <Modal opened onClose={onClose} title={format.date(date)} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate();
        }}
      >
        <Stack gap="md">
          <FormError error={save.error} />
          <Radio.Group label={t('booking.on_this_date')} value={kind} onChange={(value) => setKind(value as Kind)}>
            <Stack gap="xs" mt={6}>
              {KINDS.map((value) => (
                <Radio key={value} value={value} label={t(`booking.date_${value}`)} />
              ))}
            </Stack>
          </Radio.Group>
          {kind === 'hours' && (
            <div>
              <SpanFields day={format.date(date)} spans={hours} onChange={(changed) => setHours(changed.length > 0 ? changed : hours)} />
              <Group mt={8}>
                <Button variant="subtle" size="compact-sm" leftSection={<IconPlus size={14} />} disabled={!next} onClick={() => next && setHours([...hours, next])}>
                  {t('booking.add_hours')}
                </Button>
              </Group>
            </div>
          )}
          {kind !== 'usual' && <TextInput label={t('booking.note')} description={t('booking.note_hint')} value={note} onChange={({ currentTarget }) => setNote(currentTarget.value)} />}
          <TextInput type="date" label={t('booking.and_until')} min={date} max={latest} value={last} onChange={({ currentTarget }) => setLast(currentTarget.value || date)} />
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
