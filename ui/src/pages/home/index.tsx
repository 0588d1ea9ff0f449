import { useTranslation } from 'react-i18next';
import { LinkButton, Page, Skeleton, Stack } from '~/components';
import { useFrame } from '~/frame/context';
import { IconFileImport, IconPlus } from '~/icons';
import { Attention, useAttention } from './Attention';
import { Growth } from './Growth';
import { Numbers } from './Numbers';
import { RecentCampaigns } from './RecentCampaigns';

/** How things are, and what wants to be done. */
export default function Home() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { items, known } = useAttention();
  return (
    <Page
      title={t('nav.home')}
      actions={
        <>
          {can('audience:write') && (
            <LinkButton to="/subscribers/import" variant="default" leftSection={<IconFileImport size={15} />}>
              {t('subscribers.import')}
            </LinkButton>
          )}
          {can('campaigns:write') && (
            <LinkButton to="/campaigns" search={{ new: true }} leftSection={<IconPlus size={15} />}>
              {t('campaigns.new')}
            </LinkButton>
          )}
        </>
      }
    >
      {/* What comes first must not push down what is being read. */}
      {!known && <Skeleton h={320} />}
      {known && (
        <Stack gap="md">
          <Attention items={items} />
          {can('audience:read') && <Numbers />}
          {can('audience:read') && <Growth />}
          {can('campaigns:read') && <RecentCampaigns />}
        </Stack>
      )}
    </Page>
  );
}
