import { useQuery } from '@tanstack/react-query';
import { Link, type LinkProps } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { segmentsQuery } from '~/api/audience';
import { campaignsInQuery } from '~/api/campaigns';
import { accountQuery } from '~/api/session';
import { transportsQuery } from '~/api/settings';
import { Card } from '~/components';
import { useFrame } from '~/frame/context';
import { IconAlertTriangle, IconChevronRight, IconInbox } from '~/icons';
import classes from './Home.module.css';

interface Item {
  key: string;
  urgent: boolean;
  text: string;
  /** Where it is mended. */
  to?: LinkProps['to'];
  params?: LinkProps['params'];
}

/** What somebody should look at; nothing at all when all is well. */
export function Attention() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const settings = can('settings:read');
  const account = useQuery({ ...accountQuery, enabled: settings });
  const transports = useQuery({ ...transportsQuery, enabled: settings });
  const segments = useQuery({ ...segmentsQuery, enabled: can('audience:read') });
  const paused = useQuery({ ...campaignsInQuery('paused'), enabled: can('campaigns:read') });

  const items: Item[] = [];
  for (const campaign of paused.data ?? []) {
    const { id, name, pause_reason } = campaign;
    items.push({ key: id, urgent: true, text: pause_reason ? t('home.paused_because', { name, reason: pause_reason }) : t('home.paused', { name }), to: '/campaigns/$id', params: { id } });
  }
  for (const { id, name } of (segments.data ?? []).filter(({ state }) => state === 'broken')) {
    items.push({ key: id, urgent: true, text: t('home.broken', { name }), to: '/segments/$id', params: { id } });
  }
  if (account.data && !account.data.sender_email) {
    items.push({ key: 'sender', urgent: false, text: t('home.no_sender'), to: '/settings/account' });
  }
  if (account.data && !account.data.postal_address) {
    items.push({ key: 'address', urgent: false, text: t('home.no_address'), to: '/settings/account' });
  }
  if (transports.data && !transports.data.some(({ kind, is_default }) => kind === 'smtp' && is_default)) {
    items.push({ key: 'sandbox', urgent: false, text: t('home.sandbox'), to: '/settings/sending' });
  }
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
