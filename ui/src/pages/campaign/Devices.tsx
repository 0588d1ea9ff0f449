import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { countriesQuery, devicesQuery } from '~/api/sending';
import type { Campaign, Report, ReportFacet } from '~/api/schema';
import { Card, SegmentedControl, Skeleton, Text } from '~/components';
import { localeOf, useFormats } from '~/i18n/format';
import classes from './Campaign.module.css';

const VIEWS = ['clients', 'devices', 'systems', 'countries'] as const;
type View = (typeof VIEWS)[number];
const MOST = 8;

/** With what, and where, people read it. */
export function Devices({ campaign }: { campaign: Campaign }) {
  const { t, i18n } = useTranslation();
  const [view, setView] = useState<View>('clients');
  const devices = useQuery(devicesQuery(campaign.id));
  const countries = useQuery({ ...countriesQuery(campaign.id), enabled: view === 'countries' });
  const names = new Intl.DisplayNames([localeOf(i18n.language)], { type: 'region', fallback: 'code' });
  const nameOf = (name: string) => {
    if (name === 'unknown') return t('report.unknown');
    if (view === 'countries') return /^[A-Z]{2}$/.test(name) ? (names.of(name) ?? name) : name;
    if (view === 'devices') return DEVICES.some((one) => one === name) ? t(`report.device_${name as (typeof DEVICES)[number]}`) : name;
    return name;
  };
  const rows = view === 'countries' ? countries.data?.data : devices.data?.[view];
  const note = view === 'countries' && countries.data?.configured === false;
  return (
    <Card
      title={t('report.with_what')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('report.with_what')}
          value={view}
          onChange={(value) => setView(value as View)}
          data={VIEWS.map((value) => ({ value, label: t(`report.by_${value}`) }))}
        />
      }
    >
      {note && (
        <Text size="sm" c="dimmed">
          {t('report.no_countries')}
        </Text>
      )}
      {!note && rows === undefined && <Skeleton h={160} />}
      {!note && rows && <Bars rows={rows} nameOf={nameOf} />}
    </Card>
  );
}

const DEVICES = ['desktop', 'mobile', 'tablet'] as const;

/** How many people there are of each, as bars beside each other. */
function Bars({ rows, nameOf }: { rows: ReportFacet[]; nameOf: (name: string) => string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const people = (row: ReportFacet) => Math.max(row.unique_opens, row.unique_clicks);
  const all = rows.reduce((sum, row) => sum + people(row), 0);
  if (all === 0) {
    return (
      <Text size="sm" c="dimmed">
        {t('report.nobody_read')}
      </Text>
    );
  }
  return (
    <dl className={classes.bars}>
      {rows.slice(0, MOST).map((row) => (
        <div key={row.name}>
          <dt>{nameOf(row.name)}</dt>
          <dd className="tabular">
            {format.percent(people(row) / all)} · {format.number(people(row))}
          </dd>
          <span aria-hidden style={{ inlineSize: `${(people(row) / all) * 100}%` }} />
        </div>
      ))}
    </dl>
  );
}

const MACHINES = ['apple_privacy', 'gmail_prefetch', 'scanner', 'bot', 'head', 'unnamed', 'burst', 'network'] as const;

/** What machines did, apart from what people did. */
export function Machines({ campaign, report }: { campaign: Campaign; report: Report }) {
  const { t } = useTranslation();
  const format = useFormats();
  const devices = useQuery(devicesQuery(campaign.id));
  const kinds = devices.data?.machines ?? [];
  const words = (name: string) => (MACHINES.some((one) => one === name) ? t(`report.machine_${name as (typeof MACHINES)[number]}`) : name);
  const rows = [
    [t('report.machine_opens_label'), report.machine_opens],
    [t('report.machine_clicks_label'), report.machine_clicks],
  ] as const;
  return (
    <Card title={t('report.machines')}>
      <Text size="xs" c="dimmed" mb="xs">
        {t('report.machines_text')}
      </Text>
      <dl className={classes.reasons}>
        {rows.map(([label, count]) => (
          <div key={label} style={{ display: 'contents' }}>
            <dt>
              <b>{label}</b>
            </dt>
            <dd className="tabular">
              <b>{format.number(count)}</b>
            </dd>
          </div>
        ))}
        {kinds.map(({ name, opens, clicks }) => (
          <div key={name} style={{ display: 'contents' }}>
            <dt>{words(name)}</dt>
            <dd className="tabular">{format.number(opens + clicks)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
