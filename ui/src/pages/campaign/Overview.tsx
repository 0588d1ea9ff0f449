import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { linksQuery } from '~/api/sending';
import type { Campaign, Report } from '~/api/schema';
import { Anchor, Card, EmptyState, ErrorState, ScrollRegion, Skeleton, Stack, Table, Text } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconLink } from '~/icons';
import classes from './Campaign.module.css';
import { AbCard } from './AbCard';
import { Compare } from './Compare';
import { Devices, Machines } from './Devices';
import { Leaving } from './Leaving';
import { SeriesCard } from './SeriesCard';

export function Overview({ campaign, report }: { campaign: Campaign; report: Report }) {
  return (
    <Stack gap="md">
      <Totals report={report} />
      {campaign.ab && <AbCard campaign={campaign} />}
      <SeriesCard id={campaign.id} moving={campaign.state === 'sending'} />
      <div className={classes.two}>
        <Stack gap="md" miw={0}>
          <Links campaign={campaign} sent={report.sent} />
          <Devices campaign={campaign} />
        </Stack>
        <Stack gap="md">
          <Leaving campaign={campaign} report={report} />
          <Machines campaign={campaign} report={report} />
        </Stack>
      </div>
      <Compare campaign={campaign} />
    </Stack>
  );
}

function Totals({ report }: { report: Report }) {
  const { t } = useTranslation();
  const format = useFormats();
  const n = format.number;
  const of = (count: number) => t('campaigns.of', { done: n(count), all: n(report.sent) });
  const rate = (share: number) => (report.sent > 0 ? format.percent(share) : '–');
  const lost = [
    report.failed > 0 ? t('campaign.n_failed', { n: n(report.failed) }) : null,
    report.skipped > 0 ? t('campaign.n_skipped', { n: n(report.skipped) }) : null,
    report.cancelled > 0 ? t('campaign.n_cancelled', { n: n(report.cancelled) }) : null,
    report.queued > 0 ? t('campaign.n_queued', { n: n(report.queued) }) : null,
  ].filter((line) => line !== null);
  return (
    <div className={classes.totals}>
      <Total
        label={t('report.sent')}
        value={n(report.sent)}
        lines={[t('report.of_recipients', { count: report.recipients, shown: n(report.recipients) }), ...lost]}
      />
      <Total
        label={t('report.clicked')}
        value={rate(report.click_rate)}
        lines={[
          of(report.unique_clicks),
          t('report.clicks', { count: report.clicks, shown: n(report.clicks) }),
        ]}
      />
      <Total
        label={t('report.opened')}
        value={rate(report.open_rate)}
        lines={[
          of(report.unique_opens),
          t('report.unreliable'),
        ]}
      />
      <Total
        label={t('report.bounced')}
        value={report.sent + report.failed > 0 ? format.percent(report.bounce_rate) : '–'}
        lines={[
          t('report.hard_bounces', { n: n(report.hard_bounces) }),
          t('report.soft_bounces', { n: n(report.soft_bounces) }),
          t('report.complaints', { n: n(report.complaints) }),
        ]}
      />
      <Total label={t('report.unsubscribed')} value={rate(report.unsubscribe_rate)} lines={[of(report.unsubscribed)]} />
    </div>
  );
}

function Total({ label, value, lines }: { label: string; value: string; lines: string[] }) {
  return (
    <section className={classes.total} aria-label={label}>
      <Text size="sm" c="dimmed">
        {label}
      </Text>
      <div className={`${classes.value} tabular`}>{value}</div>
      {lines.map((line) => (
        <Text key={line} size="xs" c="dimmed" className="tabular">
          {line}
        </Text>
      ))}
    </section>
  );
}

function Links({ campaign, sent }: { campaign: Campaign; sent: number }) {
  const { t } = useTranslation();
  const format = useFormats();
  const links = useQuery({ ...linksQuery(campaign.id), refetchInterval: campaign.state === 'sending' ? 5000 : false });
  const rows = links.data?.data ?? [];
  return (
    <Card title={t('report.links')} flush>
      {links.isPending && <Skeleton h={120} m="md" />}
      {links.isError && <ErrorState error={links.error} retry={() => void links.refetch()} />}
      {links.isSuccess && rows.length === 0 && (
        <EmptyState icon={<IconLink size={22} />} title={t('report.no_links')}>
          {t('report.no_links_text')}
        </EmptyState>
      )}
      {rows.length > 0 && (
        <ScrollRegion label={t('report.links')}>
          <Table className={classes.table}>
            <Table.Thead>
              <Table.Tr>
                <Table.Th>{t('report.link')}</Table.Th>
                <Table.Th ta="end">{t('report.people')}</Table.Th>
                <Table.Th ta="end">{t('report.share')}</Table.Th>
                <Table.Th ta="end">{t('report.all_clicks')}</Table.Th>
                <Table.Th ta="end">{t('report.scanners')}</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {rows.map(({ revision_id, number, url, unique_clicks, clicks, machine_clicks }) => (
                <Table.Tr key={`${revision_id} ${number}`}>
                  <Table.Td className={classes.address} miw={180}>
                    {/^https?:\/\/[^{}]*$/i.test(url) ? (
                      <Anchor href={url} target="_blank" rel="noopener noreferrer" size="sm">
                        {url}
                      </Anchor>
                    ) : (
                      url
                    )}
                  </Table.Td>
                  <Table.Td ta="end" className="tabular">
                    {format.number(unique_clicks)}
                  </Table.Td>
                  <Table.Td ta="end" className="tabular">
                    {sent > 0 ? format.percent(unique_clicks / sent) : '–'}
                  </Table.Td>
                  <Table.Td ta="end" className="tabular">
                    {format.number(clicks)}
                  </Table.Td>
                  <Table.Td ta="end" className="tabular">
                    {format.number(machine_clicks)}
                  </Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollRegion>
      )}
    </Card>
  );
}
