import { useTranslation } from 'react-i18next';
import { LinkButton, Page, Stack } from '~/components';
import { useFrame } from '~/frame/context';
import { IconFileImport, IconFilter } from '~/icons';
import { Attention } from './Attention';
import { Growth } from './Growth';
import { Numbers } from './Numbers';
import { RecentCampaigns } from './RecentCampaigns';

/** How things are, and what wants to be done. */
export default function Home() {
  const { t } = useTranslation();
  const { can } = useFrame();
  return (
    <Page
      title={t('nav.home')}
      actions={
        can('audience:write') && (
          <>
            <LinkButton to="/segments/new" variant="default" leftSection={<IconFilter size={15} />}>
              {t('segments.add')}
            </LinkButton>
            <LinkButton to="/subscribers/import" leftSection={<IconFileImport size={15} />}>
              {t('subscribers.import')}
            </LinkButton>
          </>
        )
      }
    >
      <Stack gap="md">
        <Attention />
        {can('audience:read') && <Numbers />}
        {can('audience:read') && <Growth />}
        {can('campaigns:read') && <RecentCampaigns />}
      </Stack>
    </Page>
  );
}
