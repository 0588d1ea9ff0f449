import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { seriesListQuery } from '~/api/planning';
import type { CampaignSeries } from '~/api/schema';
import { Button, Card, EmptyState, ErrorState, Menu, Page, RowMenu, Skeleton, Stack, StatusBadge, Text, TextLink, toast, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconEdit, IconPlayerPause, IconPlayerPlay, IconPlus, IconRepeat, IconTrash } from '~/icons';
import classes from './Series.module.css';
import { SeriesModal } from './SeriesModal';
import { useRuleWords } from './words';

/** Campaigns that are sent again and again. */
export default function Series() {
  const { t } = useTranslation();
  const format = useFormats();
  const words = useRuleWords();
  const queries = useQueryClient();
  const { can } = useFrame();
  const maySend = can('campaigns:send');
  const { hidden, later } = useUndoable();
  const series = useQuery(seriesListQuery);
  const [editing, setEditing] = useState<CampaignSeries | 'new' | null>(null);
  const shown = (series.data ?? []).filter(({ id }) => !hidden.has(`series ${id}`));
  const change = useMutation({
    mutationFn: ({ id, state }: CampaignSeries) =>
      body(api.PATCH('/api/campaign-series/{id}', { params: { path: { id } }, body: { state: state === 'active' ? 'paused' : 'active' } })),
    onError: toast.failed,
    onSuccess: () => queries.invalidateQueries({ queryKey: ['series'] }),
  });
  const add = maySend && (
    <Button leftSection={<IconPlus size={15} />} onClick={() => setEditing('new')}>
      {t('series_page.add')}
    </Button>
  );
  return (
    <Page title={t('series_page.title')} back={{ to: '/campaigns', label: t('nav.campaigns') }} actions={add}>
      <Stack gap="md">
        {series.isPending && <Skeleton h={160} />}
        {series.isError && <ErrorState error={series.error} retry={() => void series.refetch()} />}
        {series.isSuccess && shown.length === 0 && (
          <EmptyState icon={<IconRepeat size={22} />} title={t('series_page.none')} actions={add}>
            {t('series_page.none_text')}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <Card flush>
            {shown.map((one) => (
              <div key={one.id} className={classes.row}>
                <div>
                  <Text size="sm" fw={500}>
                    {one.name}
                  </Text>
                  <Text size="xs" c="dimmed">
                    {words(one.rule)} · {one.time_zone.replaceAll('_', ' ')}
                  </Text>
                  {one.note && (
                    <Text size="xs" c="var(--warn)">
                      {one.note}
                    </Text>
                  )}
                  <TextLink to="/campaigns/$id/edit" params={{ id: one.campaign_id }} size="xs">
                    {t('series_page.to_draft')}
                  </TextLink>
                </div>
                <Text size="xs" c="dimmed" className="tabular">
                  {one.state === 'active' ? t('series_page.next', { time: format.dateTime(one.next_at) }) : ''}
                </Text>
                <StatusBadge tone={one.state === 'active' ? 'good' : 'quiet'}>{t(`series_page.state_${one.state}`)}</StatusBadge>
                {maySend && (
                  <RowMenu of={one.name}>
                    <Menu.Item leftSection={<IconEdit size={15} />} onClick={() => setEditing(one)}>
                      {t('action.edit')}
                    </Menu.Item>
                    <Menu.Item leftSection={one.state === 'active' ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} onClick={() => change.mutate(one)}>
                      {one.state === 'active' ? t('campaign.pause') : t('campaign.resume')}
                    </Menu.Item>
                    <Menu.Item
                      color="red"
                      leftSection={<IconTrash size={15} />}
                      onClick={() =>
                        later(`series ${one.id}`, t('named.deleted', { name: one.name }), async () => {
                          await api.DELETE('/api/campaign-series/{id}', { params: { path: { id: one.id } } });
                          await queries.invalidateQueries({ queryKey: ['series'] });
                        })
                      }
                    >
                      {t('action.delete')}
                    </Menu.Item>
                  </RowMenu>
                )}
              </div>
            ))}
          </Card>
        )}
      </Stack>
      {editing && <SeriesModal of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}
