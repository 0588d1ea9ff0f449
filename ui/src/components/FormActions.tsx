import { Button, Group } from '@mantine/core';
import { useTranslation } from 'react-i18next';

/** The foot of a form in a dialog: leave it, or send it. */
export function FormActions({ onCancel, pending, label }: { onCancel: () => void; pending: boolean; /** What sending it does; saves if left out. */ label?: string }) {
  const { t } = useTranslation();
  return (
    <Group justify="flex-end" gap="xs">
      <Button variant="default" onClick={onCancel}>
        {t('action.cancel')}
      </Button>
      <Button type="submit" loading={pending}>
        {label ?? t('action.save')}
      </Button>
    </Group>
  );
}
