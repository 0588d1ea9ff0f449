import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bookingSettingsQuery, settingsActions } from '~/api/bookings';
import { isProblem } from '~/api/problem';
import type { BookingSettings } from '~/api/schema';
import { Button, Card, FormError, Group, Stack, Text, toast } from '~/components';
import { IconPlus } from '~/icons';
import { LimitFields, WeekStart } from '../LimitFields';

/** What all event types with several hosts may have together. */
export function TeamLimits({ settings, disabled }: { settings: BookingSettings; disabled: boolean }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const kept = { team_limits: settings.team_limits, week_starts_on: settings.week_starts_on };
  const [changed, change] = useState<typeof kept | null>(null);
  const { team_limits: limits, week_starts_on: first } = changed ?? kept;
  const save = useMutation({
    mutationFn: settingsActions.change,
    onSuccess: (saved) => {
      queries.setQueryData(bookingSettingsQuery.queryKey, saved);
      change(null);
      toast.done(t('person.saved'));
    },
  });
  const set = (part: Partial<typeof kept>) => {
    save.reset();
    change({ team_limits: limits, week_starts_on: first, ...part });
  };
  const faults = isProblem(save.error) ? save.error.faults : {};
  const fields = limits.map((_, index) => `team_limits[${index}]`).flatMap((field) => [field, `${field}.bookings`, `${field}.minutes`]);
  const fault = (index: number) => fields.slice(index * 3, index * 3 + 3).map((field) => faults[field]).find(Boolean);
  if (disabled && limits.length === 0) return null;
  return (
    <Card title={t('booking.team_limits')}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('booking.team_limits_hint')}
        </Text>
        <FormError error={save.error} fields={fields} />
        {limits.map((limit, index) => (
          <LimitFields
            // oxlint-disable-next-line react/no-array-index-key -- what is typed stays where it is
            key={index}
            n={index + 1}
            limit={limit}
            error={fault(index)}
            disabled={disabled}
            onChange={(limit) => set({ team_limits: limits.with(index, limit) })}
            onRemove={() => set({ team_limits: limits.toSpliced(index, 1) })}
          />
        ))}
        <Group align="flex-end">
          {!disabled && (
            <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => set({ team_limits: [...limits, { period: 'day', bookings: 5 }] })}>
              {t('booking.add_limit')}
            </Button>
          )}
          <WeekStart limits={limits} value={first} disabled={disabled} onChange={(week_starts_on) => set({ week_starts_on })} />
        </Group>
        {changed && (
          <Group>
            <Button loading={save.isPending} onClick={() => save.mutate(changed)}>
              {t('action.save')}
            </Button>
            <Button variant="subtle" color="gray" disabled={save.isPending} onClick={() => change(null)}>
              {t('booking.discard')}
            </Button>
          </Group>
        )}
      </Stack>
    </Card>
  );
}
