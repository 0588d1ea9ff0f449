import { useTranslation } from 'react-i18next';
import { ActionIcon, Checkbox, Menu, Text, TextInput, Tooltip } from '~/components';
import { IconCopy, IconPlus, IconX } from '~/icons';
import { another, clock, DAY, merged, minuteOf, spanOf, type Span, type Week } from './model/week';
import classes from './Week.module.css';
import { useDays } from './words';

interface Props {
  week: Week;
  onChange: (week: Week) => void;
  disabled?: boolean;
}

/** The hours of each weekday as times that are typed. */
export function WeekRows({ week, onChange, disabled }: Props) {
  const { t } = useTranslation();
  const days = useDays();
  return (
    <div className={classes.rows}>
      {days.map(({ long }, day) => {
        const spans = week[day]!;
        const set = (changed: readonly Span[]) => onChange(week.with(day, changed));
        const next = another(spans);
        return (
          <div key={long} role="group" aria-label={long} className={classes.day}>
            <div>
              <Checkbox label={long} checked={spans.length > 0} disabled={disabled} onChange={({ currentTarget }) => set(currentTarget.checked ? [another([])!] : [])} />
            </div>
            {spans.length === 0 ? <div className={classes.closed}>{t('booking.closed')}</div> : <SpanFields day={long} spans={spans} onChange={set} disabled={disabled} />}
            {!disabled && (
              <div className={classes.tools}>
                <Tooltip label={t('booking.add_hours')}>
                  <ActionIcon aria-label={t('booking.add_hours_of', { day: long })} disabled={!next} onClick={() => next && set([...spans, next])}>
                    <IconPlus size={16} />
                  </ActionIcon>
                </Tooltip>
                <Menu position="bottom-end">
                  <Tooltip label={t('booking.copy_hours')}>
                    <Menu.Target>
                      <ActionIcon aria-label={t('booking.copy_hours_of', { day: long })}>
                        <IconCopy size={15} />
                      </ActionIcon>
                    </Menu.Target>
                  </Tooltip>
                  <Menu.Dropdown>
                    <Menu.Item onClick={() => onChange(week.map((old, other) => (other < 5 ? spans : old)))}>{t('booking.copy_workdays')}</Menu.Item>
                    <Menu.Item onClick={() => onChange(week.map(() => spans))}>{t('booking.copy_all')}</Menu.Item>
                  </Menu.Dropdown>
                </Menu>
              </div>
            )}
          </div>
        );
      })}
    </div>
  );
}

interface SpanProps {
  /** What the day is called. */
  day: string;
  spans: readonly Span[];
  onChange: (spans: readonly Span[]) => void;
  disabled?: boolean;
}

/** From when to when, as often as it begins anew. */
export function SpanFields({ day, spans, onChange, disabled }: SpanProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.spansOf}>
      {spans.map((span, index) => {
        const set = (from: number | undefined, to: number | undefined) => from !== undefined && to !== undefined && onChange(spans.with(index, spanOf(from, to)));
        return (
          // oxlint-disable-next-line react/no-array-index-key -- what is typed stays where it is
          <div key={index} className={classes.span}>
            <TextInput type="time" step={300} aria-label={t('booking.from_of', { day, n: index + 1 })} value={clock(span.start)} disabled={disabled} onChange={({ currentTarget }) => set(minuteOf(currentTarget.value), span.end)} />
            <span aria-hidden>–</span>
            <TextInput type="time" step={300} aria-label={t('booking.to_of', { day, n: index + 1 })} value={clock(span.end)} disabled={disabled} onChange={({ currentTarget }) => set(span.start, minuteOf(currentTarget.value))} />
            {span.end >= DAY && (
              <Text size="xs" c="dimmed">
                {span.end === DAY ? t('booking.midnight') : t('booking.next_day')}
              </Text>
            )}
            {!disabled && (
              <ActionIcon aria-label={t('booking.remove_hours', { day, n: index + 1 })} onClick={() => onChange(merged(spans.toSpliced(index, 1)))}>
                <IconX size={15} />
              </ActionIcon>
            )}
          </div>
        );
      })}
    </div>
  );
}
