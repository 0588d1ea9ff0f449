import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { MessageState } from '~/api/schema';
import { RECIPIENT_ACTIVITIES, recipientsQuery, type RecipientActivity } from '~/api/sending';
import type { Campaign, Report } from '~/api/schema';
import { Button, Card, Chip, EmptyState, ErrorState, Group, ScrollRegion, Select, Skeleton, Stack, StatusBadge, Table, TextLink, type BadgeTone } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconDownload, IconUsers } from '~/icons';
import classes from './Campaign.module.css';

const route = getRouteApi('/_app/campaigns/$id/');

const TONES: Record<MessageState, BadgeTone> = {
  queued: 'quiet',
  leased: 'active',
  wire: 'active',
  sent: 'good',
  failed: 'bad',
  skipped: 'quiet',
  cancelled: 'quiet',
  unknown: 'warn',
};

/** What became of each message. */
export function RecipientsTab({ campaign, report }: { campaign: Campaign; report: Report | undefined }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { state, activity } = route.useSearch();
  const navigate = route.useNavigate();
  const recipients = useInfiniteQuery(recipientsQuery(campaign.id, state, activity));
  const rows = recipients.data?.pages.flatMap((page) => page.data) ?? [];
  const states = (['sent', 'failed', 'skipped', 'unknown', 'cancelled', 'queued'] as const).filter(
    (one) => one === state || one === 'sent' || (report?.[one] ?? 0) > 0,
  );

  return (
    <Stack gap="md">
      <Chip.Group
        value={state ?? 'all'}
        onChange={(value) =>
          void navigate({ search: { tab: 'recipients', activity, state: value === 'all' ? undefined : (value as MessageState) }, replace: true })
        }
      >
        <Group gap={6} role="radiogroup" aria-label={t('recipients.filter')}>
          <Chip value="all" size="xs" variant="light">
            {t('recipients.all', { n: format.number(report?.recipients ?? 0) })}
          </Chip>
          {states.map((one) => (
            <Chip key={one} value={one} size="xs" variant="light">
              {t(`message_state.${one}`)} {format.number(report?.[one] ?? 0)}
            </Chip>
          ))}
        </Group>
      </Chip.Group>
      <Group gap="xs" justify="space-between">
        <Select
          size="xs"
          w={230}
          aria-label={t('recipients.activity')}
          placeholder={t('recipients.any_activity')}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={RECIPIENT_ACTIVITIES.map((value) => ({ value, label: t(`recipients.activity_${value}`) }))}
          value={activity ?? null}
          onChange={(value) => void navigate({ search: (now) => ({ ...now, activity: (value as RecipientActivity | null) ?? undefined }), replace: true })}
        />
        <Button
          component="a"
          variant="default"
          leftSection={<IconDownload size={15} />}
          href={`/api/campaigns/${campaign.id}/recipients/export?${new URLSearchParams({ ...(state ? { state } : {}), ...(activity ? { activity } : {}) }).toString()}`}
          download
        >
          {t('recipients.download')}
        </Button>
      </Group>
      <Card flush>
        {recipients.isPending && <Skeleton h={240} m="md" />}
        {recipients.isError && rows.length === 0 && <ErrorState error={recipients.error} retry={() => void recipients.refetch()} />}
        {recipients.isSuccess && rows.length === 0 && <EmptyState icon={<IconUsers size={22} />} title={t('recipients.none')} />}
        {rows.length > 0 && (
          <ScrollRegion label={t('campaign.tab_recipients')}>
            <Table className={classes.table} style={{ opacity: recipients.isPlaceholderData ? 0.6 : 1 }}>
              <Table.Thead>
                <Table.Tr>
                  <Table.Th>{t('recipients.person')}</Table.Th>
                  <Table.Th>{t('campaigns.status')}</Table.Th>
                  <Table.Th>{t('campaigns.clicked')}</Table.Th>
                  <Table.Th>{t('campaigns.opened')}</Table.Th>
                  <Table.Th>{t('campaigns.when')}</Table.Th>
                </Table.Tr>
              </Table.Thead>
              <Table.Tbody>
                {rows.map((row) => (
                  <Table.Tr key={row.message_id}>
                    <Table.Td miw={190}>
                      <TextLink to="/subscribers/$id" params={{ id: row.subscriber_id }} c="var(--text)" className={classes.address}>
                        {row.address}
                      </TextLink>
                    </Table.Td>
                    <Table.Td miw={130}>
                      <Stack gap={2} align="flex-start">
                        <StatusBadge tone={TONES[row.state]}>{t(`message_state.${row.state}`)}</StatusBadge>
                        {row.bounce && <StatusBadge tone="bad">{t(`recipients.bounce_${row.bounce === 'hard' ? 'hard' : 'soft'}`)}</StatusBadge>}
                        {row.complained_at && <StatusBadge tone="bad">{t('recipients.complained')}</StatusBadge>}
                        {row.unsubscribed && <StatusBadge tone="quiet">{t('recipients.unsubscribed')}</StatusBadge>}
                        {row.detail && <span className={classes.address}>{row.detail}</span>}
                      </Stack>
                    </Table.Td>
                    <Table.Td>{row.clicked ? t('recipients.yes') : '–'}</Table.Td>
                    <Table.Td>{row.opened ? t('recipients.yes') : '–'}</Table.Td>
                    <Table.Td className="tabular" style={{ whiteSpace: 'nowrap' }}>
                      {row.sent_at ? format.dateTime(row.sent_at) : '–'}
                    </Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </ScrollRegion>
        )}
      </Card>
      {recipients.hasNextPage && (
        <Group justify="center">
          <Button variant="default" loading={recipients.isFetchingNextPage} onClick={() => void recipients.fetchNextPage()}>
            {t('list.more')}
          </Button>
        </Group>
      )}
    </Stack>
  );
}
