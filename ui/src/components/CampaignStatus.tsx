import { Group } from '@mantine/core';
import type { ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import type { CampaignState } from '~/api/schema';
import { IconBan, IconCheck, IconClock, IconEdit, IconPlayerPause, IconSend } from '~/icons';
import { StatusBadge, type BadgeTone } from './StatusBadge';

const LOOKS: Record<CampaignState, [BadgeTone, ComponentType<{ size?: number; stroke?: number; 'aria-hidden'?: boolean }>]> = {
  draft: ['quiet', IconEdit],
  scheduled: ['active', IconClock],
  sending: ['active', IconSend],
  paused: ['warn', IconPlayerPause],
  sent: ['good', IconCheck],
  cancelled: ['quiet', IconBan],
};

/** Where a campaign is in its life: a word with a sign of its own. */
export function CampaignStatus({ state }: { state: CampaignState }) {
  const { t } = useTranslation();
  const [tone, Icon] = LOOKS[state];
  return (
    <StatusBadge tone={tone}>
      <Group component="span" gap={4} wrap="nowrap">
        <Icon size={12} stroke={2} aria-hidden />
        {t(`campaign_state.${state}`)}
      </Group>
    </StatusBadge>
  );
}
