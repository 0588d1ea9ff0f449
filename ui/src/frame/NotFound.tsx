import { useTranslation } from 'react-i18next';
import { EmptyState, LinkButton, Page } from '~/components';
import { IconHelp } from '~/icons';

export function NotFound() {
  const { t } = useTranslation();
  return (
    <Page title={t('not_found.title')}>
      <EmptyState
        icon={<IconHelp size={22} />}
        title={t('not_found.heading')}
        actions={
          <LinkButton to="/" variant="default">
            {t('not_found.home')}
          </LinkButton>
        }
      >
        {t('not_found.text')}
      </EmptyState>
    </Page>
  );
}
