import { useTranslation } from 'react-i18next';
import { Chip, Group, Select, Stack, Text } from '~/components';
import { useFormats } from '~/i18n/format';
import { WEEKDAYS } from '~/rules/model';
import { EVERY, MONTH_DAYS, onDays, readSchedule, writeSchedule, type Every, type Schedule } from '../../model/schedule';
import { TimeField } from './fields';
import classes from './Schedule.module.css';

interface Props {
  value: unknown;
  onChange: (line: string) => void;
  disabled: boolean;
}

const FIRST: Schedule = { every: 'day', at: '09:00' };

/** Days and a time of day, chosen; the line that the server keeps is never seen. */
export function ScheduleFields({ value, onChange, disabled }: Props) {
  const { t } = useTranslation();
  const { timeZone } = useFormats();
  const schedule = readSchedule(value) ?? FIRST;
  const set = (changed: Schedule) => onChange(writeSchedule(changed));
  const days = schedule.every === 'week' ? schedule.weekdays : schedule.every === 'month' ? schedule.days.map(String) : [];
  const choose = (chosen: string[]) => {
    // Without a day it would be no schedule: the last stays.
    if (chosen.length === 0) return;
    if (schedule.every === 'week') set({ ...schedule, weekdays: WEEKDAYS.filter((day) => chosen.includes(day)) });
    if (schedule.every === 'month') set({ ...schedule, days: MONTH_DAYS.filter((day) => chosen.includes(String(day))) });
  };
  const chips =
    schedule.every === 'week'
      ? WEEKDAYS.map((day) => ({ value: day as string, label: t(`weekday.${day}`) }))
      : MONTH_DAYS.map((day) => ({ value: String(day), label: day === 'last' ? t('automation.schedule_last') : String(day) }));
  return (
    <Stack gap="sm" role="group" aria-label={t('automation.param_schedule')}>
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Select
          flex={1}
          label={t('automation.schedule_every')}
          data={EVERY.map((every) => ({ value: every, label: t(`automation.schedule_every_${every}`) }))}
          value={schedule.every}
          allowDeselect={false}
          disabled={disabled}
          onChange={(every) => every && set(onDays(every as Every, schedule.at))}
        />
        <TimeField label={t('automation.schedule_at')} value={schedule.at} disabled={disabled} onChange={(at) => at && set({ ...schedule, at })} />
      </Group>
      {schedule.every !== 'day' && (
        <Chip.Group multiple value={days} onChange={choose}>
          <div className={schedule.every === 'month' ? classes.month : classes.week} role="group" aria-label={t(`automation.schedule_every_${schedule.every}`)}>
            {chips.map(({ value: day, label }) => (
              <Chip key={day} value={day} size="xs" variant="light" disabled={disabled}>
                {label}
              </Chip>
            ))}
          </div>
        </Chip.Group>
      )}
      {schedule.every === 'month' && schedule.days.some((day) => day !== 'last' && day > 28) && (
        <Text size="xs" c="dimmed">
          {t('automation.schedule_short')}
        </Text>
      )}
      <Text size="xs" c="dimmed">
        {t('automation.schedule_zone', { zone: timeZone.replaceAll('_', ' ') })}
      </Text>
    </Stack>
  );
}
