import { useInfiniteQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { MESSAGE_STATUSES, messagesQuery } from '~/api/messages';
import type { Message, MessageStatus } from '~/api/schema';
import { Button, Card, Chip, EmptyState, ErrorState, FilterChip, Group, LinkButton, Page, ScrollRegion, Skeleton, Stack, Table, Text, TextInput, TextLink } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconMailForward } from '~/icons';
import classes from '../campaign/Campaign.module.css';
import { MessageBadge } from './MessageBadge';

const route = getRouteApi('/_app/messages/');

/** What programs sent to one person each: receipts, passwords, reminders. */
export default function Messages() {
  const { t } = useTranslation();
  const { can } = useFrame();
  const { status, tag } = route.useSearch();
  const navigate = route.useNavigate();
  const messages = useInfiniteQuery(messagesQuery(status, tag));
  const rows = messages.data?.pages.flatMap((page) => page.data) ?? [];
  const filtered = status !== undefined || tag !== undefined;
  return (
    <Page title={t('messages.title')}>
      <Stack gap="md">
        {/* Below each other: beside each other they would not fit in every font, and jump when it comes. */}
        <Stack gap="xs" align="flex-start">
          <Chip.Group
            value={status ?? 'all'}
            onChange={(value) => void navigate({ search: { tag, status: value === 'all' ? undefined : (value as MessageStatus) }, replace: true })}
          >
            <Group gap={6} role="radiogroup" aria-label={t('messages.filter')}>
              {(['all', ...MESSAGE_STATUSES] as const).map((value) => (
                <Chip key={value} value={value} size="xs" variant="light">
                  {value === 'all' ? t('messages.all') : t(`message_status.${value}`)}
                </Chip>
              ))}
            </Group>
          </Chip.Group>
          <FilterChip label={t('messages.tag')} value={tag ?? null} onClear={() => void navigate({ search: { status }, replace: true })}>
            {(close) => (
              <TagForm
                onDone={(next) => {
                  close();
                  void navigate({ search: { status, tag: next || undefined }, replace: true });
                }}
              />
            )}
          </FilterChip>
        </Stack>
        {messages.isPending && <Skeleton h={320} />}
        {messages.isError && rows.length === 0 && <ErrorState error={messages.error} retry={() => void messages.refetch()} />}
        {messages.isSuccess && rows.length === 0 && filtered && (
          <EmptyState
            icon={<IconMailForward size={22} />}
            title={t('messages.none_such')}
            actions={
              <Button variant="default" onClick={() => void navigate({ search: {} })}>
                {t('messages.show_all')}
              </Button>
            }
          />
        )}
        {messages.isSuccess && rows.length === 0 && !filtered && (
          <EmptyState
            icon={<IconMailForward size={22} />}
            title={t('messages.none')}
            actions={can('tokens:manage') && <LinkButton to="/settings/tokens">{t('messages.to_tokens')}</LinkButton>}
          >
            {t('messages.none_text')}
          </EmptyState>
        )}
        {rows.length > 0 && <Rows rows={rows} dimmed={messages.isPlaceholderData} />}
        {messages.hasNextPage && (
          <Group justify="center">
            <Button variant="default" loading={messages.isFetchingNextPage} onClick={() => void messages.fetchNextPage()}>
              {t('list.more')}
            </Button>
          </Group>
        )}
      </Stack>
    </Page>
  );
}

function TagForm({ onDone }: { onDone: (tag: string) => void }) {
  const { t } = useTranslation();
  const [tag, setTag] = useState('');
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        onDone(tag.trim());
      }}
    >
      <Stack gap="xs">
        <TextInput data-autofocus label={t('messages.tag')} description={t('messages.tag_hint')} autoComplete="off" value={tag} onChange={(event) => setTag(event.currentTarget.value)} />
        <Button type="submit" size="compact-sm">
          {t('messages.apply')}
        </Button>
      </Stack>
    </form>
  );
}

function Rows({ rows, dimmed }: { rows: Message[]; dimmed: boolean }) {
  const { t } = useTranslation();
  const format = useFormats();
  return (
    <Card flush>
      <ScrollRegion label={t('messages.title')}>
        <Table className={classes.table} style={{ opacity: dimmed ? 0.6 : 1 }}>
          <Table.Thead>
            <Table.Tr>
              <Table.Th>{t('messages.to')}</Table.Th>
              <Table.Th>{t('campaigns.status')}</Table.Th>
              <Table.Th>{t('messages.tag')}</Table.Th>
              <Table.Th>{t('campaigns.clicked')}</Table.Th>
              <Table.Th>{t('campaigns.opened')}</Table.Th>
              <Table.Th>{t('messages.when')}</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map((row) => (
              <Table.Tr key={row.id}>
                <Table.Td miw={190}>
                  <TextLink to="/messages/$id" params={{ id: row.id }} c="var(--text)" className={classes.address}>
                    {row.to}
                  </TextLink>
                </Table.Td>
                <Table.Td miw={130}>
                  <MessageBadge status={row.status} />
                </Table.Td>
                <Table.Td>
                  {row.tag ? (
                    <TextLink to="/messages" search={{ tag: row.tag }} aria-label={t('messages.only_tag', { tag: row.tag })}>
                      {row.tag}
                    </TextLink>
                  ) : (
                    <Text span c="dimmed">
                      –
                    </Text>
                  )}
                </Table.Td>
                <Table.Td>{row.clicked ? t('recipients.yes') : '–'}</Table.Td>
                <Table.Td>{row.opened ? t('recipients.yes') : '–'}</Table.Td>
                <Table.Td className="tabular" style={{ whiteSpace: 'nowrap' }}>
                  {format.dateTime(row.sent_at ?? row.created_at)}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollRegion>
    </Card>
  );
}
