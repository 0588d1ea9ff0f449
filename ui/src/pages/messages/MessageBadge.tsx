import { useTranslation } from 'react-i18next';
import type { MessageStatus } from '~/api/schema';
import { StatusBadge, type BadgeTone } from '~/components';

const TONES: Record<MessageStatus, BadgeTone> = {
  queued: 'active',
  sending: 'active',
  deferred: 'warn',
  sent: 'good',
  failed: 'bad',
  skipped: 'quiet',
  bounced: 'bad',
  complained: 'bad',
  unknown: 'warn',
};

/** What became of a message to one person. */
export function MessageBadge({ status }: { status: MessageStatus }) {
  const { t } = useTranslation();
  return <StatusBadge tone={TONES[status]}>{t(`message_status.${status}`)}</StatusBadge>;
}
