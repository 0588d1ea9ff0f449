import { Group, Progress, Text } from '@mantine/core';
import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { useFormats } from '~/i18n/format';

/** How far something is that works in the background. */
export function JobProgress({ label, done, total, action }: { label: string; done: number; total: number | null; action?: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormats();
  const share = total === null ? 0 : total === 0 ? 1 : done / total;
  return (
    <div role="status">
      <Group justify="space-between" mb={6} gap="xs">
        <Text size="sm" fw={500}>
          {label}
        </Text>
        <Group gap="xs">
          <Text size="sm" c="dimmed" className="tabular">
            {total === null
              ? t('job.counting')
              : t('job.of', { done: format.number(done), total: format.number(total) })}
          </Text>
          {action}
        </Group>
      </Group>
      <Progress.Root size="sm">
        <Progress.Section value={share * 100} aria-label={label} animated={total === null} />
      </Progress.Root>
    </div>
  );
}
