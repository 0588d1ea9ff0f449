import { useTranslation } from 'react-i18next';
import type { AutomationRunStatus, AutomationStatus } from '~/api/schema';
import { StatusBadge, type BadgeTone } from '~/components';

const TONES: Record<AutomationStatus, BadgeTone> = { draft: 'quiet', active: 'good', paused: 'warn', deleted: 'quiet' };

export function AutomationBadge({ status }: { status: AutomationStatus }) {
  const { t } = useTranslation();
  return <StatusBadge tone={TONES[status]}>{t(`automation_status.${status}`)}</StatusBadge>;
}

const RUN_TONES: Record<AutomationRunStatus, BadgeTone> = { waiting: 'active', sending: 'active', failed: 'bad', paused: 'warn', finished: 'quiet' };

export function RunBadge({ status }: { status: AutomationRunStatus }) {
  const { t } = useTranslation();
  return <StatusBadge tone={RUN_TONES[status]}>{t(`run_status.${status}`)}</StatusBadge>;
}
