import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { getRouteApi } from '@tanstack/react-router';
import { Fragment, type ComponentType, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { messageEventsQuery, messageQuery } from '~/api/messages';
import type { Message, MessageEvent } from '~/api/schema';
import { Button, Card, ErrorState, Page, Skeleton, Text, TextLink } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconBan, IconCheck, IconClick, IconClock, IconHistory, IconMailOpened } from '~/icons';
import { MessageBadge } from '../messages/MessageBadge';
import classes from '../subscribers/person/Person.module.css';

const route = getRouteApi('/_app/messages/$id');

/** A message to one person, and what became of it. */
export default function MessagePage() {
  const { t } = useTranslation();
  const { id } = route.useParams();
  const message = useQuery(messageQuery(id));
  const back = { to: '/messages', label: t('messages.title') };
  if (!message.data) {
    return (
      <Page title={t('messages.one')} subtitle=" " back={back}>
        {message.isError ? <ErrorState error={message.error} retry={() => void message.refetch()} /> : <Skeleton h={320} />}
      </Page>
    );
  }
  const { to, status, tag } = message.data;
  return (
    <Page title={to} badge={<MessageBadge status={status} />} subtitle={tag ? t('messages.tagged', { tag }) : t('messages.one')} back={back}>
      <div className={classes.columns}>
        <History id={id} />
        <Facts message={message.data} />
      </div>
    </Page>
  );
}

function Facts({ message }: { message: Message }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const time = (at: string | null) => at && format.dateTime(at);
  const person = message.subscriber_id && can('audience:read') && (
    <TextLink to="/subscribers/$id" params={{ id: message.subscriber_id }}>
      {message.to}
    </TextLink>
  );
  const entries: [string, ReactNode][] = [
    [t('messages.to'), person || message.to],
    [t('messages.from'), message.sender_email],
    [t('messages.detail'), message.detail],
    [t('messages.created'), time(message.created_at)],
    [t('messages.sent'), time(message.sent_at)],
    [t('messages.attempts'), format.number(message.attempts)],
    [t('messages.attachments'), format.number(message.attachments)],
    [t('campaigns.clicked'), message.clicked ? t('recipients.yes') : null],
    [t('campaigns.opened'), message.opened ? t('recipients.yes') : null],
    [t('message_status.bounced'), time(message.bounced_at)],
    [t('message_status.complained'), time(message.complained_at)],
    [t('messages.id'), message.id],
  ];
  return (
    <Card title={t('person.details')}>
      <dl className={classes.list}>
        {entries.map(([label, value]) => (
          <Fragment key={label}>
            <dt>{label}</dt>
            <dd>{value || '–'}</dd>
          </Fragment>
        ))}
      </dl>
    </Card>
  );
}

const KINDS = ['queued', 'sent', 'deferred', 'failed', 'skipped', 'bounced', 'complained', 'opened', 'opened_by_machine', 'clicked', 'clicked_by_machine'] as const;
type Kind = (typeof KINDS)[number];

const ICONS: Record<Kind, ComponentType<{ size?: number }>> = {
  queued: IconClock,
  sent: IconCheck,
  deferred: IconClock,
  failed: IconBan,
  skipped: IconBan,
  bounced: IconBan,
  complained: IconAlertTriangle,
  opened: IconMailOpened,
  opened_by_machine: IconMailOpened,
  clicked: IconClick,
  clicked_by_machine: IconClick,
};

/** What happened to it, oldest first. */
function History({ id }: { id: string }) {
  const { t } = useTranslation();
  const events = useInfiniteQuery(messageEventsQuery(id));
  const entries = events.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Card title={t('messages.history')}>
      {events.isPending && <Skeleton h={160} />}
      {events.isError && entries.length === 0 && <ErrorState error={events.error} retry={() => void events.refetch()} />}
      {events.isSuccess && entries.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('messages.no_history')}
        </Text>
      )}
      <ol className={classes.entries}>
        {entries.map((entry) => (
          <Entry key={entry.id} entry={entry} />
        ))}
      </ol>
      {events.hasNextPage && (
        <Button variant="default" loading={events.isFetchingNextPage} onClick={() => void events.fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </Card>
  );
}

function Entry({ entry }: { entry: MessageEvent }) {
  const { t } = useTranslation();
  const format = useFormats();
  const kind = KINDS.find((one) => `message.${one}` === entry.kind);
  const Icon = kind ? ICONS[kind] : IconHistory;
  const { text } = (entry.body ?? {}) as { text?: unknown };
  return (
    <li className={classes.entry}>
      <span className={classes.mark} aria-hidden>
        <Icon size={15} />
      </span>
      <div className={classes.sentence}>
        {kind ? t(`message_event.${kind}`) : entry.kind}
        {typeof text === 'string' && (
          <Text size="xs" ff="monospace">
            {text}
          </Text>
        )}
        <Text component="time" dateTime={entry.at} display="block" size="xs" c="dimmed">
          {format.dateTime(entry.at)}
        </Text>
      </div>
    </li>
  );
}
