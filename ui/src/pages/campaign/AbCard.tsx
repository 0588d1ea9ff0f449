import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { abReportQuery } from '~/api/sending';
import type { AbReport, Campaign, Comparison } from '~/api/schema';
import { Button, Card, ConfirmModal, ErrorState, Group, ScrollRegion, Skeleton, Stack, StatusBadge, Table, Text, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import classes from './Campaign.module.css';

/** The variants of a test beside each other, and what their numbers can tell. */
export function AbCard({ campaign }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const queries = useQueryClient();
  const report = useQuery(abReportQuery(campaign));
  const [asking, setAsking] = useState<number | null>(null);
  const choose = useMutation({
    mutationFn: (variant: number) => body(api.POST('/api/campaigns/{id}/winner', { params: { path: { id: campaign.id } }, body: { variant } })),
    onError: toast.failed,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['campaigns'] }),
    onSettled: () => setAsking(null),
  });
  if (report.isError && !report.data) return <ErrorState error={report.error} retry={() => void report.refetch()} />;
  if (!report.data) return <Skeleton h={220} />;
  const { variants, by_opens, by_clicks, winner_by, winner } = report.data;
  // Where a person decides, nothing leads by itself but what is told more reliably.
  const deciding = winner_by === 'opens' ? by_opens : by_clicks;
  const open = winner === null && can('campaigns:send') && ['sending', 'paused'].includes(campaign.state);
  return (
    <Card title={t('ab.title')} flush>
      <Stack gap={10} px={16} py={12}>
        <Said what="clicked" comparison={by_clicks} decides={winner_by === 'clicks'} />
        <Said what="opened" comparison={by_opens} decides={winner_by === 'opens'} />
        <Text size="sm" c="dimmed">
          <Decision campaign={campaign} report={report.data} />
        </Text>
      </Stack>
      <ScrollRegion label={t('ab.title')}>
        <Table className={classes.table}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('setup_step.subject')}</Table.Th>
              <Table.Th ta="end">{t('ab.recipients')}</Table.Th>
              <Table.Th ta="end">{t('campaigns.clicked')}</Table.Th>
              <Table.Th ta="end">{t('campaigns.opened')}</Table.Th>
              {open && <Table.Th />}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {variants.map((variant) => (
              <Table.Tr key={variant.number}>
                <Table.Td miw={200}>
                  <Group gap={6}>
                    <Text size="sm" fw={500} className={classes.address}>
                      {variant.subject ?? t('ab.variant', { n: variant.number })}
                    </Text>
                    {winner === variant.number && <StatusBadge tone="good">{t('ab.winner')}</StatusBadge>}
                    {winner === null && deciding.leader === variant.number && <StatusBadge tone="active">{t('ab.leads')}</StatusBadge>}
                  </Group>
                  <Text size="xs" c="dimmed">
                    {[
                      variant.subject ? t('ab.variant', { n: variant.number }) : null,
                      variant.sender_email,
                      campaign.ab?.variants[variant.number - 1]?.content_revision_id ? t('ab.content_of_own') : null,
                      variant.delay_minutes > 0 ? t('ab.after_minutes', { count: variant.delay_minutes }) : null,
                    ]
                      .filter(Boolean)
                      .join(' · ')}
                  </Text>
                </Table.Td>
                <Table.Td ta="end" className="tabular">
                  {format.number(variant.recipients)}
                </Table.Td>
                <Table.Td ta="end" className="tabular">
                  {variant.sent > 0 ? `${format.percent(variant.click_rate)} · ${format.number(variant.unique_clicks)}` : '–'}
                </Table.Td>
                <Table.Td ta="end" className="tabular">
                  {variant.sent > 0 ? `${format.percent(variant.open_rate)} · ${format.number(variant.unique_opens)}` : '–'}
                </Table.Td>
                {open && (
                  <Table.Td ta="end">
                    <Button size="compact-xs" variant="default" onClick={() => setAsking(variant.number)} aria-label={t('ab.choose_title', { n: variant.number })}>
                      {t('ab.choose')}
                    </Button>
                  </Table.Td>
                )}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
      <ConfirmModal
        opened={asking !== null}
        onClose={() => setAsking(null)}
        title={t('ab.choose_title', { n: asking ?? 0 })}
        confirm={t('ab.choose')}
        onConfirm={() => asking !== null && choose.mutate(asking)}
        busy={choose.isPending}
        danger={false}
      >
        {t('ab.choose_text')}
      </ConfirmModal>
    </Card>
  );
}

/** What one kind of numbers can tell, and how sure that is. */
function Said({ what, comparison, decides }: { what: 'clicked' | 'opened'; comparison: Comparison; decides: boolean }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { leader, p_value, significant } = comparison;
  const words = () => {
    if (leader === null) return t(`ab.none_${what}`);
    const lead = t(`ab.lead_${what}`, { n: leader });
    if (p_value === null) return `${lead} ${t('ab.too_few')}`;
    const chance = p_value < 0.01 ? t('ab.chance_rare') : t('ab.chance', { n: format.number(Math.round(p_value * 100)) });
    return `${lead} ${chance}`;
  };
  return (
    <div>
      <Group gap={8}>
        <Text size="sm" fw={600}>
          {t(`ab.by_${what === 'clicked' ? 'clicks' : 'opens'}`)}
        </Text>
        {leader !== null && <StatusBadge tone={significant ? 'good' : 'quiet'}>{t(significant ? 'ab.significant' : 'ab.not_significant')}</StatusBadge>}
        {decides && <StatusBadge tone="active">{t('ab.decides')}</StatusBadge>}
      </Group>
      <Text size="sm">{words()}</Text>
    </div>
  );
}

/** When it is decided who gets what, or that it is. */
function Decision({ campaign, report }: { campaign: Campaign; report: AbReport }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { winner, decided_at, winner_by } = report;
  const { ab, started_at } = campaign;
  if (winner !== null && decided_at) return t('ab.decided', { n: winner, time: format.dateTime(decided_at) });
  if (!ab || ab.share_percent === 100) return t('ab.share_all');
  if (campaign.state === 'cancelled') return t('ab.undecided');
  if (winner_by === 'hand' || ab.test_minutes === null) return t('ab.waits_for_hand');
  const due = started_at && new Date(new Date(started_at).getTime() + ab.test_minutes * 60_000);
  return due ? t('ab.decides_at', { time: format.dateTime(due) }) : t('ab.waits_for_hand');
}
