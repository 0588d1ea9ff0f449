import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { segmentsQuery } from '~/api/audience';
import { campaignsInQuery } from '~/api/campaigns';
import { importsQuery } from '~/api/imports';
import { accountQuery } from '~/api/session';
import { dkimKeysQuery, limitsQuery, transportsQuery } from '~/api/settings';
import { Card } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconChevronRight, IconInbox } from '~/icons';
import classes from './Home.module.css';

/** What failed longer ago has been seen. */
const RECENT_MS = 7 * 86_400_000;

interface Item {
  key: string;
  urgent: boolean;
  text: string;
  /** Where it is mended. */
  to?: LinkProps['to'];
  params?: LinkProps['params'];
}

/** What somebody should look at, and whether that is known yet. */
export function useAttention(): { items: Item[]; known: boolean } {
  const { t } = useTranslation();
  const { can } = useFrame();
  const format = useFormats();
  const [since] = useState(() => Date.now() - RECENT_MS);
  const settings = can('settings:read');
  const account = useQuery({ ...accountQuery, enabled: settings });
  const transports = useQuery({ ...transportsQuery, enabled: settings });
  const segments = useQuery({ ...segmentsQuery, enabled: can('audience:read') });
  const paused = useQuery({ ...campaignsInQuery('paused'), enabled: can('campaigns:read') });

  const imports = useInfiniteQuery({ ...importsQuery, enabled: can('audience:read') });
  const keys = useQuery({ ...dkimKeysQuery, enabled: settings });
  const limits = useQuery({ ...limitsQuery, enabled: settings });
  const sends = transports.data?.some(({ kind, is_default }) => kind === 'smtp' && is_default) ?? false;

  const items: Item[] = [];
  for (const campaign of paused.data ?? []) {
    const { id, name, pause_reason } = campaign;
    items.push({ key: id, urgent: true, text: pause_reason ? t('home.paused_because', { name, reason: pause_reason }) : t('home.paused', { name }), to: '/campaigns/$id', params: { id } });
  }
  for (const { id, name } of (segments.data ?? []).filter(({ state }) => state === 'broken')) {
    items.push({ key: id, urgent: true, text: t('home.broken', { name }), to: '/segments/$id', params: { id } });
  }
  const recent = (imports.data?.pages[0]?.data ?? []).filter(({ created_at }) => Date.parse(created_at) > since);
  for (const { id, file_name } of recent.filter(({ state }) => state === 'failed')) {
    items.push({ key: id, urgent: true, text: t('home.import_failed', { name: file_name }), to: '/subscribers/imports/$id', params: { id } });
  }
  for (const { domain, until } of limits.data?.resting_domains ?? []) {
    items.push({ key: domain, urgent: true, text: t('limits.resting_until', { domain, time: format.dateTime(until) }), to: '/settings/limits' });
  }
  const domain = account.data?.sender_email?.split('@')[1]?.toLowerCase();
  // In the sandbox nobody checks signatures.
  if (sends && domain && keys.data && !keys.data.some((key) => key.is_active && key.domain === domain)) {
    items.push({ key: 'dkim', urgent: true, text: t('home.not_signed', { domain }), to: '/settings/dkim' });
  }
  if (account.data && !account.data.sender_email) {
    items.push({ key: 'sender', urgent: false, text: t('home.no_sender'), to: '/settings/account' });
  }
  if (account.data && !account.data.postal_address) {
    items.push({ key: 'address', urgent: false, text: t('home.no_address'), to: '/settings/account' });
  }
  if (transports.data && !sends) {
    items.push({ key: 'sandbox', urgent: false, text: t('home.sandbox'), to: '/settings/sending' });
  }
  const known = [account, transports, segments, paused, imports, keys, limits].every(({ isLoading }) => !isLoading);
  return { items, known };
}

/** Nothing at all when all is well. */
export function Attention({ items }: { items: Item[] }) {
  const { t } = useTranslation();
  if (items.length === 0) return null;
  return (
    <Card title={t('home.attention')} flush>
      <ul className={classes.items}>
        {items.map(({ key, urgent, text, to, params }) => (
          <li key={key}>
            {to ? (
              <Link to={to} params={params} className={classes.item} data-urgent={urgent || undefined}>
                <Inside urgent={urgent} text={text} />
                <IconChevronRight size={16} aria-hidden />
              </Link>
            ) : (
              <div className={classes.item} data-urgent={urgent || undefined}>
                <Inside urgent={urgent} text={text} />
              </div>
            )}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Inside({ urgent, text }: { urgent: boolean; text: string }) {
  return (
    <>
      {urgent ? <IconAlertTriangle size={18} aria-hidden /> : <IconInbox size={18} aria-hidden />}
      <span>{text}</span>
    </>
  );
}
