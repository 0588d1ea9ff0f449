import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { groupsQuery, segmentsQuery, tagsQuery } from '~/api/audience';
import type { Audience, Campaign, Report } from '~/api/schema';
import { CampaignStatus, Group, Progress, Stack, Table, Text, TextLink, Tooltip } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { CampaignMenu } from './CampaignMenu';
import classes from './CampaignRows.module.css';

interface Props {
  rows: Campaign[];
  /** In the order of the rows; absent where there is none yet. */
  reports: (Report | undefined)[];
  narrow: boolean;
  dimmed: boolean;
}

export function CampaignRows({ rows, reports, narrow, dimmed }: Props) {
  const { t } = useTranslation();
  if (narrow) {
    return (
      <div className={classes.box} data-dimmed={dimmed || undefined}>
        <ul className={classes.list}>
          {rows.map((campaign, index) => (
            <Item key={campaign.id} campaign={campaign} report={reports[index]} />
          ))}
        </ul>
      </div>
    );
  }
  return (
    <div className={classes.box} data-dimmed={dimmed || undefined}>
      <Table highlightOnHover>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{t('campaigns.campaign')}</Table.Th>
            <Table.Th>{t('campaigns.status')}</Table.Th>
            <Table.Th>{t('campaigns.audience')}</Table.Th>
            <Table.Th>{t('campaigns.when')}</Table.Th>
            <Table.Th ta="end">{t('campaigns.clicked')}</Table.Th>
            <Table.Th ta="end">{t('campaigns.opened')}</Table.Th>
            <Table.Th>
              <span className="visually-hidden">{t('campaigns.actions')}</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {rows.map((campaign, index) => (
            <Row key={campaign.id} campaign={campaign} report={reports[index]} />
          ))}
        </Table.Tbody>
      </Table>
    </div>
  );
}

function Row({ campaign, report }: { campaign: Campaign; report: Report | undefined }) {
  const people = useAudienceNames(campaign.audience);
  return (
    <Table.Tr>
      <Table.Td>
        <Name campaign={campaign} />
      </Table.Td>
      <Table.Td>
        <Status campaign={campaign} report={report} />
      </Table.Td>
      <Table.Td>
        <div className={classes.people} title={people}>
          {people}
        </div>
      </Table.Td>
      <Table.Td className={`tabular ${classes.nowrap}`}>
        <When campaign={campaign} />
      </Table.Td>
      <Table.Td ta="end" className="tabular">
        <Rate share={report?.click_rate} of={report?.sent} count={report?.unique_clicks} />
      </Table.Td>
      <Table.Td ta="end" className="tabular">
        <Rate share={report?.open_rate} of={report?.sent} count={report?.unique_opens} />
      </Table.Td>
      <Table.Td w={48}>
        <CampaignMenu campaign={campaign} />
      </Table.Td>
    </Table.Tr>
  );
}

function Item({ campaign, report }: { campaign: Campaign; report: Report | undefined }) {
  const { t } = useTranslation();
  const format = useFormats();
  return (
    <li className={classes.item}>
      <Stack gap={6} className={classes.main}>
        <Name campaign={campaign} />
        <Group gap="xs">
          <Status campaign={campaign} report={report} />
          <Text size="xs" c="dimmed" className="tabular" component="span">
            <When campaign={campaign} />
          </Text>
        </Group>
        {report && report.sent > 0 && (
          <Text size="xs" c="dimmed" className="tabular">
            {t('campaigns.short_rates', { clicked: format.percent(report.click_rate), opened: format.percent(report.open_rate) })}
          </Text>
        )}
      </Stack>
      <CampaignMenu campaign={campaign} />
    </li>
  );
}

function Name({ campaign }: { campaign: Campaign }) {
  const { can } = useFrame();
  const edits = campaign.state === 'draft' && can('campaigns:write');
  return edits ? (
    <TextLink to="/campaigns/$id/edit" params={{ id: campaign.id }} className={classes.name}>
      {campaign.name}
    </TextLink>
  ) : (
    <TextLink to="/campaigns/$id" params={{ id: campaign.id }} className={classes.name}>
      {campaign.name}
    </TextLink>
  );
}

function Status({ campaign, report }: { campaign: Campaign; report: Report | undefined }) {
  const { t } = useTranslation();
  const format = useFormats();
  const moving = (campaign.state === 'sending' || campaign.state === 'paused') && report && report.recipients > 0;
  return (
    <Group gap="xs" wrap="nowrap">
      <CampaignStatus state={campaign.state} />
      {moving && (
        <Stack gap={2} w={110}>
          <Progress.Root size="sm">
            <Progress.Section
              value={((report.recipients - report.queued) / report.recipients) * 100}
              aria-label={t('campaign.progress')}
            />
          </Progress.Root>
          <Text size="xs" c="dimmed" className="tabular">
            {t('campaigns.of', { done: format.number(report.recipients - report.queued), all: format.number(report.recipients) })}
          </Text>
        </Stack>
      )}
    </Group>
  );
}

function When({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const format = useFormats();
  if (campaign.state === 'scheduled' && campaign.scheduled_at) return <>{t('campaigns.at', { time: format.dateTime(campaign.scheduled_at) })}</>;
  const time = campaign.started_at;
  return <>{time ? format.dateTime(time) : '–'}</>;
}

function Rate({ share, of, count }: { share: number | undefined; of: number | undefined; count: number | undefined }) {
  const { t } = useTranslation();
  const format = useFormats();
  if (share === undefined || !of || count === undefined) return <>–</>;
  return (
    <Tooltip label={t('campaigns.of', { done: format.number(count), all: format.number(of) })}>
      <span>{format.percent(share)}</span>
    </Tooltip>
  );
}

/** Whom an audience names, in words. */
export function useAudienceNames(audience: Audience): string {
  const { t } = useTranslation();
  const { can } = useFrame();
  const enabled = can('audience:read');
  const groups = useQuery({ ...groupsQuery, enabled }).data;
  const segments = useQuery({ ...segmentsQuery, enabled }).data;
  const tags = useQuery({ ...tagsQuery, enabled }).data;
  if (audience.everyone) return t('audience.everyone');
  const names = [
    ...(audience.groups ?? []).map((id) => groups?.find((row) => row.id === id)?.name),
    ...(audience.segments ?? []).map((id) => segments?.find((row) => row.id === id)?.name),
    ...(audience.tags ?? []).map((id) => tags?.find((row) => row.id === id)?.name),
  ].filter((name) => name !== undefined);
  return names.join(', ') || '–';
}
