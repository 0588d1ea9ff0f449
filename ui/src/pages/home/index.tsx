import { useTranslation } from 'react-i18next';
import { Page } from '~/components';
import { RecentCampaigns } from './RecentCampaigns';

export default function Home() {
  const { t } = useTranslation();
  return (
    <Page title={t('nav.home')}>
      <RecentCampaigns />
    </Page>
  );
}
