import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { renderQuery } from '~/api/content';
import type { Document } from '~/api/schema';
import { Button, Group, MailFrame, Modal, SegmentedControl, Skeleton, Stack, Text } from '~/components';

export interface Looked {
  name: string;
  description?: string;
  content: Document;
  /** Names that programs give values to: a mail for them, with which no campaign begins. */
  variables?: readonly string[];
}

interface Props {
  looked: Looked | null;
  busy: boolean;
  onClose: () => void;
  onUse?: (looked: Looked) => void;
  onCopy?: (looked: Looked) => void;
}

/** A template as large as the mail, and what can be begun with it. */
export function Look({ looked, busy, onClose, onUse, onCopy }: Props) {
  const { t } = useTranslation();
  return (
    <Modal opened={looked !== null} onClose={onClose} size="50rem" title={looked?.name} closeButtonProps={{ 'aria-label': t('action.close') }}>
      {looked && <Large looked={looked} busy={busy} onUse={onUse} onCopy={onCopy} />}
    </Modal>
  );
}

function Large({ looked, busy, onUse, onCopy }: Omit<Props, 'looked' | 'onClose'> & { looked: Looked }) {
  const { t } = useTranslation();
  const [device, setDevice] = useState<'desktop' | 'phone'>('desktop');
  const shown = useQuery(renderQuery(looked.content, undefined, true, looked.variables));
  return (
    <Stack gap="md">
      <Group justify="space-between" gap="sm">
        <SegmentedControl
          size="xs"
          aria-label={t('preview.view')}
          value={device}
          onChange={(value) => setDevice(value as typeof device)}
          data={[
            { value: 'desktop', label: t('mail.desktop') },
            { value: 'phone', label: t('mail.phone') },
          ]}
        />
        <Group gap="xs">
          {onCopy && (
            <Button variant="default" onClick={() => onCopy(looked)}>
              {t('templates.make_own')}
            </Button>
          )}
          {onUse && (
            <Button loading={busy} onClick={() => onUse(looked)}>
              {t('templates.use')}
            </Button>
          )}
        </Group>
      </Group>
      {looked.description && (
        <Text size="sm" c="dimmed">
          {looked.description}
        </Text>
      )}
      {!shown.data && <Skeleton h={560} />}
      {shown.data?.html && <MailFrame html={shown.data.html} device={device} title={t('preview.frame')} height={560} />}
      {shown.data && !shown.data.html && (
        <Text component="pre" size="sm" m={0} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
          {shown.data.text}
        </Text>
      )}
    </Stack>
  );
}
