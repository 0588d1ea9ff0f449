import { useTranslation } from 'react-i18next';
import { Button, Group, Text } from '~/components';

/** Back to the kinds of calendars, or ask the server, which may take a moment. */
export function FormFoot({ onBack, pending }: { onBack: () => void; pending: boolean }) {
  const { t } = useTranslation();
  return (
    <Group justify="flex-end" gap="xs">
      <Text size="xs" c="dimmed" role="status" flex={1}>
        {pending && t('calendars.asking')}
      </Text>
      <Button variant="default" disabled={pending} onClick={onBack}>
        {t('action.back')}
      </Button>
      <Button type="submit" loading={pending}>
        {t('calendars.connect_one')}
      </Button>
    </Group>
  );
}
