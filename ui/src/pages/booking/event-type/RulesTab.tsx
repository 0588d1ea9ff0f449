import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { schedulesQuery } from '~/api/bookings';
import type { BookingWindow, LimitScope } from '~/api/schema';
import { Button, Card, Group, NumberField, Select, Stack, Switch, TextInput, TimeZoneSelect } from '~/components';
import { toZoned } from '~/i18n/zone';
import { IconPlus } from '~/icons';
import { LimitFields, WeekStart } from '../LimitFields';
import classes from './EventType.module.css';
import { useEditing } from './draft';
import { LengthField } from './LengthField';
import { NextTimes } from './NextTimes';
import { WaitingCard } from './WaitingCard';

const WINDOWS = ['days', 'business_days', 'bookable_days', 'dates', 'always'] as const;
const SCOPES: LimitScope[] = ['event_type', 'host', 'invitee'];
/** Hours as the hosts have them. */
const THEIRS = 'theirs';

/** When it can be booked, and how often. */
export function RulesTab({ id }: { id: string }) {
  const { t } = useTranslation();
  const { draft, set, fault, disabled } = useEditing();
  const rules = draft.settings;
  const schedules = useQuery(schedulesQuery);
  const choose = <T extends string>(label: string, values: readonly T[], words: (value: T) => string, value: T, onChange: (value: T) => void, description?: string) => (
    <Select label={label} description={description} data={values.map((one) => ({ value: one, label: words(one) }))} value={value} allowDeselect={false} disabled={disabled} onChange={(chosen) => chosen && onChange(chosen as T)} />
  );
  return (
    <div className={classes.sides}>
      <Stack gap="md">
        <Card title={t('booking.hours')}>
          <div className={classes.two} data-top>
            <Select
              label={t('booking.schedule')}
              data={[{ value: THEIRS, label: t('booking.hours_of_hosts') }, ...(schedules.data ?? []).map((one) => ({ value: one.id, label: one.name }))]}
              value={rules.schedule_id ?? THEIRS}
              error={fault('settings.schedule_id')}
              allowDeselect={false}
              disabled={disabled}
              onChange={(chosen) => set({ schedule_id: chosen === THEIRS ? null : chosen })}
            />
            <TimeZoneSelect
              label={t('booking.zone_of_days')}
              placeholder={t('booking.zone_of_host')}
              value={rules.time_zone}
              error={fault('settings.time_zone')}
              clearable
              clearButtonProps={{ 'aria-label': t('action.clear') }}
              disabled={disabled}
              onChange={(zone) => set({ time_zone: zone })}
            />
            <LengthField label={t('booking.notice')} description={t('booking.notice_hint')} value={rules.notice_minutes} error={fault('settings.notice_minutes')} disabled={disabled} onChange={(notice_minutes) => set({ notice_minutes })} />
            <WindowFields />
          </div>
        </Card>
        <Card title={t('booking.between')}>
          <div className={classes.two}>
            <LengthField label={t('booking.buffer_before')} value={rules.buffer_before_minutes} error={fault('settings.buffer_before_minutes')} disabled={disabled} onChange={(buffer_before_minutes) => set({ buffer_before_minutes })} />
            <LengthField label={t('booking.buffer_after')} value={rules.buffer_after_minutes} error={fault('settings.buffer_after_minutes')} disabled={disabled} onChange={(buffer_after_minutes) => set({ buffer_after_minutes })} />
            {choose(t('booking.gap'), ['larger', 'sum'] as const, (value) => t(`booking.gap_${value}`), rules.gap, (gap) => set({ gap }))}
            <NumberField
              size="sm"
              label={t('booking.step')}
              placeholder={t('booking.step_hint')}
              min={1}
              max={1440}
              allowDecimal={false}
              value={rules.step_minutes ?? undefined}
              error={fault('settings.step_minutes')}
              disabled={disabled}
              onChange={(step) => set({ step_minutes: step ?? null })}
            />
            {choose(t('booking.anchor'), ['hours', 'after_busy', 'after_notice'] as const, (value) => t(`booking.anchor_${value}`), rules.anchor, (anchor) => set({ anchor }), t('booking.anchor_hint'))}
            {choose(t('booking.rounding'), ['clock', 'fitting'] as const, (value) => t(`booking.rounding_${value}`), rules.rounding, (rounding) => set({ rounding }))}
          </div>
        </Card>
        <Card title={t('booking.limits')}>
          <Stack gap="sm">
            <NumberField
              size="sm"
              maw={320}
              label={t('booking.capacity')}
              description={t('booking.capacity_hint')}
              min={1}
              allowDecimal={false}
              value={rules.capacity ?? undefined}
              error={fault('settings.capacity')}
              disabled={disabled}
              onChange={(capacity) => set({ capacity: capacity ?? null })}
            />
            {(rules.capacity ?? 1) > 1 && (
              <>
                <NumberField
                  size="sm"
                  maw={320}
                  label={t('booking.seats_per_booking')}
                  description={t('booking.seats_per_booking_hint')}
                  min={1}
                  max={1000}
                  allowDecimal={false}
                  value={rules.seats_per_booking ?? undefined}
                  error={fault('settings.seats_per_booking')}
                  disabled={disabled}
                  onChange={(seats) => set({ seats_per_booking: seats ?? null })}
                />
                <Switch label={t('booking.show_seats_left')} checked={rules.show_seats_left} disabled={disabled} onChange={({ currentTarget }) => set({ show_seats_left: currentTarget.checked })} />
              </>
            )}
            {rules.limits.map((limit, index) => (
              <LimitFields
                // oxlint-disable-next-line react/no-array-index-key -- what is typed stays where it is
                key={index}
                n={index + 1}
                limit={limit}
                error={fault(`settings.limits[${index}]`)}
                disabled={disabled}
                onChange={(changed) => set({ limits: rules.limits.with(index, changed) })}
                onRemove={() => set({ limits: rules.limits.toSpliced(index, 1) })}
                scope={<Select label={t('booking.limit_scope')} data={SCOPES.map((value) => ({ value, label: t(`booking.scope_${value}`) }))} value={limit.scope} allowDeselect={false} disabled={disabled} onChange={(scope) => scope && set({ limits: rules.limits.with(index, { ...limit, scope: scope as LimitScope }) })} />}
              />
            ))}
            <Group align="flex-end">
              {!disabled && (
                <Button variant="default" leftSection={<IconPlus size={15} />} onClick={() => set({ limits: [...rules.limits, { scope: 'event_type', period: 'day', bookings: 5 }] })}>
                  {t('booking.add_limit')}
                </Button>
              )}
              <WeekStart limits={rules.limits} value={rules.week_starts_on} disabled={disabled} onChange={(week_starts_on) => set({ week_starts_on })} />
            </Group>
          </Stack>
        </Card>
        <Card title={t('booking.afterwards')}>
          <Stack gap="md">
            <Switch label={t('booking.needs_approval')} description={t('booking.needs_approval_hint')} checked={rules.needs_approval} disabled={disabled} onChange={({ currentTarget }) => set({ needs_approval: currentTarget.checked })} />
            {rules.needs_approval && (
              <div className={classes.two}>
                <NumberField size="sm" label={t('booking.pending_hours')} min={1} allowDecimal={false} always value={rules.pending_hours} error={fault('settings.pending_hours')} disabled={disabled} onChange={(hours = 1) => set({ pending_hours: hours })} />
                <Switch mb={8} label={t('booking.pending_blocks')} checked={rules.pending_blocks} disabled={disabled} onChange={({ currentTarget }) => set({ pending_blocks: currentTarget.checked })} />
              </div>
            )}
            <div className={classes.two}>
              <LengthField label={t('booking.cancel_notice')} description={t('booking.before_start')} value={rules.cancel_notice_minutes} error={fault('settings.cancel_notice_minutes')} disabled={disabled} onChange={(cancel_notice_minutes) => set({ cancel_notice_minutes })} />
              <LengthField label={t('booking.reschedule_notice')} description={t('booking.before_start')} value={rules.reschedule_notice_minutes} error={fault('settings.reschedule_notice_minutes')} disabled={disabled} onChange={(reschedule_notice_minutes) => set({ reschedule_notice_minutes })} />
            </div>
            <Switch label={t('booking.waiting_list')} description={t('booking.waiting_list_hint')} checked={rules.waiting_list} disabled={disabled} onChange={({ currentTarget }) => set({ waiting_list: currentTarget.checked })} />
          </Stack>
        </Card>
        {rules.waiting_list && <WaitingCard id={id} disabled={disabled} />}
      </Stack>
      <div className={classes.side}>
        <NextTimes id={id} minutes={rules.durations[0]} />
      </div>
    </div>
  );
}

function WindowFields() {
  const { t } = useTranslation();
  const { draft, set, fault, disabled } = useEditing();
  const { window } = draft.settings;
  const [today] = useState(() => toZoned(new Date(), 'UTC').slice(0, 10));
  const begin: Record<(typeof WINDOWS)[number], BookingWindow> = {
    always: { kind: 'always' },
    days: { kind: 'days', days: 60 },
    business_days: { kind: 'business_days', days: 20 },
    bookable_days: { kind: 'bookable_days', days: 10 },
    dates: { kind: 'dates', first: today, last: today },
  };
  return (
    <Stack gap="xs">
      <div className={classes.length}>
        {'days' in window && (
          <NumberField size="sm" w={96} label={t('booking.window')} description={t('booking.window_hint')} classNames={{ label: classes.wide, description: classes.wide }} min={0} max={3650} allowDecimal={false} always value={window.days} error={fault('settings.window.days')} disabled={disabled} onChange={(days = 0) => set({ window: { ...window, days } })} />
        )}
        <Select
          flex={1}
          label={'days' in window ? undefined : t('booking.window')}
          description={'days' in window ? undefined : t('booking.window_hint')}
          aria-label={'days' in window ? t('booking.unit_of', { what: t('booking.window') }) : undefined}
          data={WINDOWS.map((kind) => ({ value: kind, label: t(`booking.window_${kind}`) }))}
          value={window.kind}
          error={fault('settings.window')}
          allowDeselect={false}
          disabled={disabled}
          onChange={(kind) => kind && kind !== window.kind && set({ window: begin[kind as keyof typeof begin] })}
        />
      </div>
      {window.kind === 'dates' && (
        <Group gap="xs" grow>
          <TextInput type="date" label={t('booking.first_day')} value={window.first} disabled={disabled} onChange={({ currentTarget: { value } }) => value && set({ window: { ...window, first: value } })} />
          <TextInput type="date" label={t('booking.last_day')} value={window.last} error={fault('settings.window.last')} disabled={disabled} onChange={({ currentTarget: { value } }) => value && set({ window: { ...window, last: value } })} />
        </Group>
      )}
    </Stack>
  );
}
