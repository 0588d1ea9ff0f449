import { useQueries, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { recentCampaignsQuery, reportQuery } from '~/api/campaigns';
import type { Campaign } from '~/api/schema';
import { CampaignStatus, Card, EmptyState, ErrorState, Skeleton, Stack, Table, TextLink } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconMail } from '~/icons';
import classes from './Home.module.css';

export function RecentCampaigns() {
  const { t } = useTranslation();
  const campaigns = useQuery(recentCampaignsQuery(5));
  const rows = campaigns.data?.data ?? [];
  const reports = useQueries({ queries: rows.map(({ id, state }) => ({ ...reportQuery(id), enabled: state !== 'draft' && state !== 'scheduled' })) });

  return (
    <Card title={t('home.recent_campaigns')} flush>
      {campaigns.isPending && (
        <Stack p="md" gap="xs">
          {[0, 1, 2].map((row) => (
            <Skeleton key={row} h={28} />
          ))}
        </Stack>
      )}
      {campaigns.isError && <ErrorState error={campaigns.error} retry={() => void campaigns.refetch()} />}
      {campaigns.isSuccess && rows.length === 0 && (
        <EmptyState icon={<IconMail size={22} />} title={t('home.no_campaigns')}>
          {t('home.no_campaigns_text')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('home.campaign')}</Table.Th>
              <Table.Th>{t('home.state')}</Table.Th>
              <Table.Th ta="end">{t('home.opened')}</Table.Th>
              <Table.Th ta="end">{t('home.clicked')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((campaign, index) => (
              <Row key={campaign.id} campaign={campaign} report={reports[index]?.data} />
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Card>
  );
}

function Row({ campaign, report }: { campaign: Campaign; report?: { open_rate: number; click_rate: number; sent: number } }) {
  const format = useFormats();
  const rate = (share: number | undefined) => (share === undefined || report?.sent === 0 ? '–' : format.percent(share));
  return (
    <Table.Tr>
      <Table.Td>
        <TextLink to="/campaigns/$id" params={{ id: campaign.id }} className={classes.name} c="var(--text)">
          {campaign.name}
        </TextLink>
      </Table.Td>
      <Table.Td>
        <CampaignStatus state={campaign.state} />
      </Table.Td>
      <Table.Td ta="end" className="tabular">
        {rate(report?.open_rate)}
      </Table.Td>
      <Table.Td ta="end" className="tabular">
        {rate(report?.click_rate)}
      </Table.Td>
    </Table.Tr>
  );
}
