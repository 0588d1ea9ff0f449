import { Button, Text, Title } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { IconAlertTriangle, IconRefresh } from '~/icons';
import classes from './EmptyState.module.css';
import { describeError } from './toast';

/** Where something could not be loaded: what failed, and to try again. */
export function ErrorState({ error, retry }: { error: unknown; retry?: () => void }) {
  const { t } = useTranslation();
  const incident = isProblem(error) ? error.problem.incident : null;
  return (
    <div className={classes.empty} role="alert">
      <div className={classes.icon} aria-hidden>
        <IconAlertTriangle size={22} />
      </div>
      <Title order={2}>{t('error.title')}</Title>
      <Text c="dimmed" size="sm" maw={460}>
        {describeError(error, t)}
      </Text>
      {incident && (
        <Text c="dimmed" size="xs">
          {t('error.incident', { incident })}
        </Text>
      )}
      {retry && (
        <Button variant="default" mt="xs" leftSection={<IconRefresh size={15} />} onClick={retry}>
          {t('error.retry')}
        </Button>
      )}
    </div>
  );
}
