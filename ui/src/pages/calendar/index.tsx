import { useQuery } from '@tanstack/react-query';
import { getRouteApi, Link } from '@tanstack/react-router';
import { useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { calendarQuery } from '~/api/planning';
import type { CalendarEntry } from '~/api/schema';
import { ActionIcon, Button, CampaignStatus, ErrorState, Group, Page, Stack, Text, useMediaQuery } from '~/components';
import { localeOf, useFormats } from '~/i18n/format';
import { fromZoned, toZoned } from '~/i18n/zone';
import { IconChevronLeft, IconChevronRight } from '~/icons';
import classes from './Calendar.module.css';
import { firstDayOf, monthFrom, weeksOf, type Day } from './month';

const DAY_MS = 86_400_000;
const route = getRouteApi('/_app/campaigns/calendar');

/** When campaigns go out, and went out: a month at a time. */
export default function Calendar() {
  const { t, i18n } = useTranslation();
  const format = useFormats();
  const zone = format.timeZone;
  const navigate = route.useNavigate();
  const narrow = useMediaQuery('(max-width: 48em)') ?? false;
  const [now] = useState(() => new Date());
  const today = toZoned(now, zone).slice(0, 10);
  const { month = today.slice(0, 7) } = route.useSearch();
  const locale = localeOf(i18n.language);
  const weeks = weeksOf(month, firstDayOf(locale));
  const midnight = (date: string) => fromZoned(`${date}T00:00`, zone) ?? now;
  const from = midnight(weeks[0]![0]!.date);
  const to = new Date(midnight(weeks.at(-1)!.at(-1)!.date).getTime() + DAY_MS);
  const entries = useQuery(calendarQuery(from, to));
  const byDay = useMemo(() => {
    const days = new Map<string, CalendarEntry[]>();
    for (const entry of entries.data ?? []) {
      const day = toZoned(new Date(entry.at), zone).slice(0, 10);
      days.set(day, [...(days.get(day) ?? []), entry]);
    }
    return days;
  }, [entries.data, zone]);
  const title = new Intl.DateTimeFormat(locale, { month: 'long', year: 'numeric', timeZone: 'UTC' }).format(new Date(`${month}-01T00:00:00Z`));
  const weekday = new Intl.DateTimeFormat(locale, { weekday: 'short', timeZone: 'UTC' });
  const go = (to_: string | undefined) => void navigate({ search: { month: to_ }, replace: true });

  return (
    <Page title={t('calendar.title')} subtitle={t('review.in_zone', { zone: zone.replaceAll('_', ' ') })} back={{ to: '/campaigns', label: t('nav.campaigns') }} width="full">
      <Stack gap="md">
        <Group gap="xs">
          <ActionIcon size="lg" variant="default" aria-label={t('calendar.before')} onClick={() => go(monthFrom(month, -1))}>
            <IconChevronLeft size={16} />
          </ActionIcon>
          <ActionIcon size="lg" variant="default" aria-label={t('calendar.after')} onClick={() => go(monthFrom(month, 1))}>
            <IconChevronRight size={16} />
          </ActionIcon>
          <Text component="h2" m={0} size="md" fw={600} aria-live="polite" miw={150}>
            {title}
          </Text>
          <Button variant="default" onClick={() => go(undefined)} disabled={month === today.slice(0, 7)}>
            {t('calendar.today')}
          </Button>
        </Group>
        {entries.isError && !entries.data && <ErrorState error={entries.error} retry={() => void entries.refetch()} />}
        {narrow ? (
          <Agenda days={weeks.flat().filter(({ inMonth }) => inMonth)} byDay={byDay} loaded={entries.isSuccess} />
        ) : (
          <table className={classes.month} aria-label={title} data-stale={entries.isPlaceholderData || undefined}>
            <thead>
              <tr>
                {weeks[0]!.map(({ date }) => (
                  <th key={date} scope="col">
                    {weekday.format(new Date(`${date}T00:00:00Z`))}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {weeks.map((week) => (
                <tr key={week[0]!.date}>
                  {week.map(({ date, inMonth }) => (
                    <td key={date} data-other={!inMonth || undefined} data-today={date === today || undefined}>
                      <time dateTime={date} aria-current={date === today ? 'date' : undefined} className="tabular">
                        {Number(date.slice(8))}
                      </time>
                      {byDay.get(date)?.map((entry) => <Entry key={`${entry.campaign_id} ${entry.at}`} entry={entry} />)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </Stack>
    </Page>
  );
}

function Entry({ entry }: { entry: CalendarEntry }) {
  const { t } = useTranslation();
  const format = useFormats();
  const draft = entry.state === 'draft';
  return (
    <Link
      to={draft ? '/campaigns/$id/edit' : '/campaigns/$id'}
      params={{ id: entry.campaign_id }}
      className={classes.entry}
      data-state={entry.series_id && draft ? 'scheduled' : entry.state}
      title={entry.name}
    >
      <span className="tabular">{format.time(entry.at)}</span> <span className={classes.name}>{entry.name}</span>
      <span className="visually-hidden">{entry.series_id ? t('calendar.of_series') : t(`campaign_state.${entry.state}`)}</span>
    </Link>
  );
}

/** On a telephone: the days on which something goes out, one below the other. */
function Agenda({ days, byDay, loaded }: { days: Day[]; byDay: Map<string, CalendarEntry[]>; loaded: boolean }) {
  const { t } = useTranslation();
  const format = useFormats();
  const busy = days.filter(({ date }) => byDay.has(date));
  if (busy.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        {loaded ? t('calendar.nothing') : ' '}
      </Text>
    );
  }
  return (
    <Stack gap="md">
      {busy.map(({ date }) => (
        <section key={date}>
          <Text component="h3" m={0} mb={6} size="sm" fw={600}>
            {format.date(date)}
          </Text>
          <Stack gap={6}>
            {byDay.get(date)?.map((entry) => (
              <Group key={`${entry.campaign_id} ${entry.at}`} gap="xs" wrap="nowrap" justify="space-between">
                <Entry entry={entry} />
                {entry.series_id && entry.state === 'draft' ? null : <CampaignStatus state={entry.state} />}
              </Group>
            ))}
          </Stack>
        </section>
      ))}
    </Stack>
  );
}
