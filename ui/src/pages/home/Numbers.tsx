import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { newestSentQuery, reportQuery } from '~/api/campaigns';
import type { Rule } from '~/api/schema';
import { previewQuery } from '~/api/subscribers';
import { Skeleton } from '~/components';
import { useFormats } from '~/i18n/format';
import classes from './Home.module.css';

const EVERYBODY: Rule = { all: [] };
const ACTIVE: Rule = { all: [{ field: 'status', op: 'equals', value: 'active' }] };
const NEW_DAYS = 30;
const NEW: Rule = { all: [{ field: 'created_at', op: 'within_last_days', value: NEW_DAYS }] };

export function Numbers() {
  const { t } = useTranslation();
  const format = useFormats();
  const all = useQuery(previewQuery(EVERYBODY));
  const active = useQuery(previewQuery(ACTIVE));
  const fresh = useQuery(previewQuery(NEW));
  const sent = useQuery(newestSentQuery);
  const report = useQuery({ ...reportQuery(sent.data?.id ?? ''), enabled: Boolean(sent.data) });
  const number = (value: number | undefined) => (value === undefined ? undefined : format.number(value));
  const none = sent.isSuccess && !sent.data;
  return (
    <div className={classes.numbers}>
      <Number label={t('nav.subscribers')} value={number(all.data?.count)} to="/subscribers" />
      <Number
        label={t('home.active')}
        value={number(active.data?.count)}
        note={all.data && active.data && all.data.count > 0 ? format.percent(active.data.count / all.data.count) : undefined}
        to="/subscribers"
        search={{ status: 'active' }}
      />
      <Number label={t('home.new', { days: NEW_DAYS })} value={number(fresh.data?.count)} />
      <Number
        label={t('home.last_clicked')}
        value={none ? '–' : report.data && format.percent(report.data.click_rate)}
        note={
          report.data
            ? t('home.last_opened', { rate: format.percent(report.data.open_rate), name: sent.data?.name ?? '' })
            : none
              ? t('home.nothing_sent')
              : undefined
        }
      />
    </div>
  );
}

function Number({ label, value, note, to, search }: { label: string; value: ReactNode; note?: string; to?: LinkProps['to']; search?: LinkProps['search'] }) {
  const body = (
    <>
      <span className={classes.label}>{label}</span>
      <strong className={classes.value}>{value ?? <Skeleton h={24} w={90} my={4} />}</strong>
      <span className={classes.note}>{note ?? ' '}</span>
    </>
  );
  return to ? (
    <Link to={to} search={search} className={classes.number} data-link>
      {body}
    </Link>
  ) : (
    <div className={classes.number}>{body}</div>
  );
}
