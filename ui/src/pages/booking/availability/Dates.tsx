import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { scheduleActions, timeActions, timeOffQuery } from '~/api/bookings';
import type { Host, Schedule, TimeOff } from '~/api/schema';
import { ActionIcon, Button, Card, Group, Stack, Text, toast, useUndoable } from '~/components';
import { readWeek, spansOf } from '~/bookings/hours';
import { plus, plusMonths, weekdayOf } from '~/bookings/model/dates';
import { within, type Span } from '~/bookings/model/week';
import { useDays, useSpans } from '~/bookings/words';
import { localeOf, useFormats } from '~/i18n/format';
import { toZoned } from '~/i18n/zone';
import { IconBeach, IconChevronLeft, IconChevronRight, IconTrash } from '~/icons';
import { firstDayOf, weeksOf } from '../../calendar/month';
import classes from '../Booking.module.css';
import { DateModal } from './DateModal';
import { TimeOffModal } from './TimeOffModal';

interface Props {
  schedule: Schedule;
  host: Host | undefined;
  onChange: (schedule: Schedule) => void;
  disabled: boolean;
}

const NOBODY_AWAY: TimeOff[] = [];

/** A month with the dates that differ from the week: other hours, closed, away. */
export function Dates({ schedule, host, onChange, disabled }: Props) {
  const { t, i18n } = useTranslation();
  const format = useFormats(schedule.time_zone);
  const spans = useSpans();
  const queries = useQueryClient();
  const { hidden, later } = useUndoable();
  const locale = localeOf(i18n.language);
  const [now] = useState(() => new Date());
  const today = toZoned(now, schedule.time_zone).slice(0, 10);
  const [month, setMonth] = useState(today.slice(0, 7));
  const [chosen, choose] = useState<string | null>(null);
  const [leaving, leave] = useState(false);
  const off = useQuery({ ...timeOffQuery(host?.id ?? ''), enabled: host !== undefined });
  const away = (off.data ?? NOBODY_AWAY).filter(({ id }) => !hidden.has(`time-off ${id}`));
  const title = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${month}-01T00:00:00Z`));
  const days = useDays();
  const week = readWeek(schedule);
  const firstDay = firstDayOf(locale);
  const others = new Map(schedule.overrides.map((one) => [one.date, one]));
  const coming = schedule.overrides.filter(({ date }) => date >= today);
  const asUsual = useMutation({ mutationFn: (date: string) => scheduleActions.asUsual(schedule.id, date), onError: toast.failed, onSuccess: onChange });

  const describe = (date: string): { kind: 'usual' | 'none' | 'hours' | 'closed' | 'away'; words: string } => {
    if (away.some(({ first, last }) => first <= date && date <= last)) return { kind: 'away', words: t('booking.away') };
    const other = others.get(date);
    const hours: Span[] = other ? spansOf(other.hours) : within(week, weekdayOf(date));
    const words = hours.length === 0 ? t('booking.closed') : spans(hours);
    return { kind: !other ? (hours.length === 0 ? 'none' : 'usual') : hours.length === 0 ? 'closed' : 'hours', words };
  };

  return (
    <Card
      title={t('booking.dates')}
      aside={
        host &&
        !disabled && (
          <Button variant="default" leftSection={<IconBeach size={15} />} onClick={() => leave(true)}>
            {t('booking.add_time_off')}
          </Button>
        )
      }
    >
      <div className={classes.split}>
        <div>
          <Group gap="xs" mb="xs">
            <ActionIcon variant="default" size="lg" aria-label={t('calendar.before')} onClick={() => setMonth(plusMonths(`${month}-01`, -1).slice(0, 7))}>
              <IconChevronLeft size={16} />
            </ActionIcon>
            <ActionIcon variant="default" size="lg" aria-label={t('calendar.after')} onClick={() => setMonth(plusMonths(`${month}-01`, 1).slice(0, 7))}>
              <IconChevronRight size={16} />
            </ActionIcon>
            <Text component="h3" m={0} size="sm" fw={600} aria-live="polite">
              {title}
            </Text>
          </Group>
          <table className={classes.month} aria-label={title}>
            <thead>
              <tr>
                {weeksOf(month, firstDay)[0]!.map(({ date }) => (
                  <th key={date} scope="col">
                    <abbr title={days[weekdayOf(date)]!.long} style={{ textDecoration: 'none' }}>
                      {days[weekdayOf(date)]!.short}
                    </abbr>
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weeksOf(month, firstDay).map((row) => (
                <tr key={row[0]!.date}>
                  {row.map(({ date, inMonth }) => {
                    const { kind, words } = describe(date);
                    return (
                      <td key={date}>
                        <button
                          type="button"
                          className={classes.date}
                          data-kind={kind}
                          data-other={!inMonth || undefined}
                          data-today={date === today || undefined}
                          aria-current={date === today ? 'date' : undefined}
                          aria-label={`${format.date(date)}: ${words}`}
                          disabled={disabled}
                          onClick={() => choose(date)}
                        >
                          <b className="tabular">{Number(date.slice(8))}</b>
                          <span>{words}</span>
                        </button>
                      </td>
                    );
                  })}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
        <Stack gap="xs">
          <Text size="sm" c="dimmed">
            {t('booking.dates_text')}
          </Text>
          <div className={classes.list}>
            {away.map((one) => (
              <div key={one.id} className={classes.row}>
                <div>
                  <Text size="sm" fw={500}>
                    {one.first === one.last ? format.date(one.first) : t('booking.from_to', { from: format.date(one.first), to: format.date(one.last) })}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {[t('booking.away'), one.note].filter(Boolean).join(' · ')}
                  </Text>
                </div>
                {!disabled && (
                  <ActionIcon
                    aria-label={t('booking.remove_away', { date: format.date(one.first) })}
                    onClick={() =>
                      later(`time-off ${one.id}`, t('booking.away_removed'), async () => {
                        await timeActions.back(one.host_id, one.id);
                        await queries.invalidateQueries({ queryKey: ['hosts', one.host_id, 'time-off'] });
                      })
                    }
                  >
                    <IconTrash size={16} />
                  </ActionIcon>
                )}
              </div>
            ))}
            {coming.map(({ date, hours, note }) => (
              <div key={date} className={classes.row}>
                <div>
                  <Text size="sm" fw={500}>
                    {format.date(date)}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {[hours.length === 0 ? t('booking.closed') : spans(spansOf(hours)), note].filter(Boolean).join(' · ')}
                  </Text>
                </div>
                {!disabled && (
                  <ActionIcon aria-label={t('booking.as_usual_on', { date: format.date(date) })} onClick={() => asUsual.mutate(date)}>
                    <IconTrash size={16} />
                  </ActionIcon>
                )}
              </div>
            ))}
          </div>
          {coming.length + away.length === 0 && <Text size="sm">{t('booking.no_dates')}</Text>}
        </Stack>
      </div>
      {chosen && <DateModal schedule={schedule} date={chosen} usual={within(week, weekdayOf(chosen))} onClose={() => choose(null)} onChange={onChange} />}
      {leaving && host && <TimeOffModal host={host} first={plus(today, 1)} onClose={() => leave(false)} />}
    </Card>
  );
}
