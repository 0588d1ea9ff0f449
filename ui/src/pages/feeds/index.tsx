import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { feedActions, feedsQuery } from '~/api/planning';
import type { Feed } from '~/api/schema';
import { Anchor, Button, Card, EmptyState, ErrorState, Menu, Page, RowMenu, Skeleton, Stack, StatusBadge, Text, TextLink, toast, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconEdit, IconPlayerPause, IconPlayerPlay, IconPlus, IconRss, IconTrash } from '~/icons';
import classes from '../series/Series.module.css';
import { useRuleWords } from '../series/words';
import { FeedModal } from './FeedModal';
import { Next } from './Next';

/** Campaigns that are sent because there is something new to read. */
export default function Feeds() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const maySend = can('campaigns:send');
  const { hidden } = useUndoable();
  const feeds = useQuery(feedsQuery);
  const [editing, setEditing] = useState<Feed | 'new' | null>(null);
  const [looking, setLooking] = useState<Feed | null>(null);
  const shown = (feeds.data ?? []).filter(({ id }) => !hidden.has(`feed ${id}`));
  const add = maySend && (
    <Button leftSection={<IconPlus size={15} />} onClick={() => setEditing('new')}>
      {t('feeds.add')}
    </Button>
  );
  return (
    <Page title={t('feeds.title')} back={{ to: '/campaigns', label: t('nav.campaigns') }} actions={add}>
      <Stack gap="md">
        {feeds.isPending && <Skeleton h={160} />}
        {feeds.isError && !feeds.data && <ErrorState error={feeds.error} retry={() => void feeds.refetch()} />}
        {feeds.isSuccess && shown.length === 0 && (
          <EmptyState icon={<IconRss size={22} />} title={t('feeds.none')} actions={add}>
            {t('feeds.none_text')}
          </EmptyState>
        )}
        {shown.length > 0 && (
          <Card flush>
            {shown.map((feed) => (
              <Row key={feed.id} feed={feed} onLook={() => setLooking(feed)} onEdit={maySend ? () => setEditing(feed) : undefined} />
            ))}
          </Card>
        )}
      </Stack>
      <Next of={looking} onClose={() => setLooking(null)} />
      {editing && <FeedModal of={editing === 'new' ? null : editing} onClose={() => setEditing(null)} />}
    </Page>
  );
}

function Row({ feed, onLook, onEdit }: { feed: Feed; onLook: () => void; onEdit?: () => void }) {
  const { t } = useTranslation();
  const format = useFormats();
  const rule = useRuleWords();
  const queries = useQueryClient();
  const { later } = useUndoable();
  const changed = () => queries.invalidateQueries({ queryKey: ['feeds'] });
  const { id, name, url, title, mode, state, note } = feed;
  const active = state === 'active';
  const change = useMutation({
    mutationFn: () => feedActions.change(id, { state: active ? 'paused' : 'active' }),
    onError: toast.failed,
    onSuccess: changed,
  });
  return (
    <div className={classes.row}>
      <div>
        <Text size="sm" fw={500}>
          {name}
        </Text>
        <Anchor href={url} target="_blank" rel="noopener noreferrer" size="xs">
          {title || url}
        </Anchor>
        <Text size="xs" c="dimmed">
          {mode === 'digest' && feed.rule
            ? t('feeds.digest_words', { rule: rule(feed.rule), zone: feed.time_zone.replaceAll('_', ' '), most: format.number(feed.most_items) })
            : t('feeds.each_words')}
        </Text>
        {note && (
          <Text size="xs" c="var(--warn)">
            {note}
          </Text>
        )}
        <TextLink to="/campaigns/$id/edit" params={{ id: feed.campaign_id }} size="xs">
          {t('series_page.to_draft')}
        </TextLink>
      </div>
      {active && (
        <div>
          {feed.send_at && (
            <Text size="xs" className="tabular">
              {t('feeds.next_digest', { time: format.dateTime(feed.send_at) })}
            </Text>
          )}
          <Text size="xs" c="dimmed" className="tabular">
            {t('feeds.next_look', { time: format.dateTime(feed.poll_at) })}
          </Text>
        </div>
      )}
      <Button variant="default" size="xs" aria-label={t('feeds.next_of', { name })} onClick={onLook}>
        {t('feeds.next')}
      </Button>
      <StatusBadge tone={active ? 'good' : 'quiet'}>{t(`series_page.state_${state}`)}</StatusBadge>
      {onEdit && (
        <RowMenu of={name}>
          <Menu.Item leftSection={<IconEdit size={15} />} onClick={onEdit}>
            {t('action.edit')}
          </Menu.Item>
          <Menu.Item leftSection={active ? <IconPlayerPause size={15} /> : <IconPlayerPlay size={15} />} onClick={() => change.mutate()}>
            {active ? t('campaign.pause') : t('campaign.resume')}
          </Menu.Item>
          <Menu.Item
            color="red"
            leftSection={<IconTrash size={15} />}
            onClick={() =>
              later(`feed ${id}`, t('named.deleted', { name }), async () => {
                await feedActions.remove(id);
                await changed();
              })
            }
          >
            {t('action.delete')}
          </Menu.Item>
        </RowMenu>
      )}
    </div>
  );
}
