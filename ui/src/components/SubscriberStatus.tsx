import { useTranslation } from 'react-i18next';
import type { Status } from '~/api/schema';
import { StatusBadge, type BadgeTone } from './StatusBadge';

const TONES: Record<Status, BadgeTone> = {
  active: 'good',
  unconfirmed: 'warn',
  unsubscribed: 'quiet',
  bounced: 'bad',
  suppressed: 'bad',
};

export function SubscriberStatus({ status }: { status: Status }) {
  const { t } = useTranslation();
  return <StatusBadge tone={TONES[status]}>{t(`status.${status}`)}</StatusBadge>;
}
