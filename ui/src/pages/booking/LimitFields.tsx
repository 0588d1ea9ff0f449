import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import type { LimitPeriod, Weekday } from '~/api/schema';
import { useDays } from '~/bookings/words';
import { ActionIcon, NumberField, Select, Text } from '~/components';
import { IconTrash } from '~/icons';
import { WEEKDAYS } from '~/rules/model';
import classes from './Booking.module.css';

const PERIODS: LimitPeriod[] = ['day', 'week', 'month', 'year', 'future'];

interface Limit {
  period: LimitPeriod;
  bookings?: number | null;
  minutes?: number | null;
}

interface Props<T extends Limit> {
  n: number;
  limit: T;
  error?: string;
  disabled: boolean;
  onChange: (limit: T) => void;
  onRemove: () => void;
  /** A choice of what is counted, where there is one. */
  scope?: ReactNode;
}

/** No more than so much in a period. */
export function LimitFields<T extends Limit>({ n, limit, error, disabled, onChange, onRemove, scope }: Props<T>) {
  const { t } = useTranslation();
  const unit = limit.minutes == null ? 'bookings' : 'minutes';
  const most = limit.minutes ?? limit.bookings ?? 1;
  const put = (kind: string, count: number) => onChange({ ...limit, bookings: kind === 'minutes' ? null : count, minutes: kind === 'minutes' ? count : null });
  return (
    <div className={classes.limit} data-scoped={scope ? true : undefined} role="group" aria-label={t('booking.limit_n', { n })}>
      {scope}
      <NumberField size="sm" label={t('booking.limit_most')} min={1} allowDecimal={false} always value={most} error={error} disabled={disabled} onChange={(count = 1) => put(unit, count)} />
      <Select label={t('booking.limit_unit')} data={(['bookings', 'minutes'] as const).map((value) => ({ value, label: t(`booking.limit_${value}`) }))} value={unit} allowDeselect={false} disabled={disabled} onChange={(kind) => kind && put(kind, most)} />
      <Select label={t('booking.limit_period')} data={PERIODS.map((value) => ({ value, label: t(`booking.period_${value}`) }))} value={limit.period} allowDeselect={false} disabled={disabled} onChange={(period) => period && onChange({ ...limit, period: period as LimitPeriod })} />
      {disabled ? (
        <Text> </Text>
      ) : (
        <ActionIcon size="lg" aria-label={t('booking.remove_limit', { n })} onClick={onRemove}>
          <IconTrash size={16} />
        </ActionIcon>
      )}
    </div>
  );
}

/** The first day of the week, where a limit counts weeks. */
export function WeekStart({ limits, value, disabled, onChange }: { limits: Limit[]; value: Weekday; disabled: boolean; onChange: (day: Weekday) => void }) {
  const { t } = useTranslation();
  const days = useDays();
  if (!limits.some(({ period }) => period === 'week')) return null;
  return <Select label={t('booking.week_starts_on')} data={WEEKDAYS.map((day, index) => ({ value: day as string, label: days[index]!.long }))} value={value} allowDeselect={false} disabled={disabled} onChange={(day) => day && onChange(day as Weekday)} />;
}
