import { useTranslation } from 'react-i18next';
import { Button, EmptyState, Group, Text } from '~/components';
import { IconInbox } from '~/icons';

/** Mail is kept until somebody says how it leaves. */
export function SandboxStep({ onHome, onImport }: { onHome: () => void; onImport: () => void }) {
  const { t } = useTranslation();
  return (
    <>
      <EmptyState icon={<IconInbox size={22} />} title={t('setup.sandbox_title')}>
        {t('setup.sandbox_text')}
      </EmptyState>
      <Text size="sm" c="dimmed" ta="center" mb="md">
        {t('setup.next')}
      </Text>
      <Group justify="center" gap="xs">
        <Button variant="default" size="sm" onClick={onHome}>
          {t('setup.go_home')}
        </Button>
        <Button size="sm" onClick={onImport}>
          {t('setup.import')}
        </Button>
      </Group>
    </>
  );
}
