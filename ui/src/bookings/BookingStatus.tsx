import { useTranslation } from 'react-i18next';
import type { BookingStatus as Status } from '~/api/schema';
import { StatusBadge, type BadgeTone } from '~/components';

const TONES: Record<Status, BadgeTone> = { pending: 'warn', confirmed: 'good', completed: 'quiet', no_show: 'bad', cancelled: 'quiet', declined: 'quiet', expired: 'quiet' };

export function BookingBadge({ status }: { status: Status }) {
  const { t } = useTranslation();
  return <StatusBadge tone={TONES[status]}>{t(`booking.status_${status}`)}</StatusBadge>;
}
