import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { feedPreviewQuery } from '~/api/planning';
import type { Feed, FeedMessage } from '~/api/schema';
import { Anchor, Button, ErrorState, MailFrame, Modal, Skeleton, Stack, Text, Title } from '~/components';
import { useFormats } from '~/i18n/format';
import classes from './Next.module.css';

/** What a feed sends next: it is asked now, and nothing is remembered. */
export function Next({ of, onClose }: { of: Feed | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={of !== null}
      onClose={onClose}
      size="44rem"
      title={of && t('feeds.next_of', { name: of.name })}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {of && <Coming feed={of} />}
    </Modal>
  );
}

function Coming({ feed }: { feed: Feed }) {
  const { t } = useTranslation();
  const format = useFormats();
  const coming = useQuery(feedPreviewQuery(feed.id));
  if (coming.isError) return <ErrorState error={coming.error} retry={() => void coming.refetch()} />;
  if (!coming.data) return <Skeleton h={240} />;
  const { at, messages, more, note } = coming.data;
  return (
    <Stack gap="md">
      <Text size="sm" className="tabular">
        {at === null ? t('feeds.next_paused') : t('feeds.next_at', { time: format.dateTime(at) })}
      </Text>
      {note && (
        <Text size="sm" c="var(--warn)">
          {note}
        </Text>
      )}
      {at !== null && messages.length === 0 && <Text size="sm">{t('feeds.next_nothing')}</Text>}
      {messages.map((message) => (
        <Message key={`${message.subject} ${message.items[0]?.link ?? ''}`} message={message} />
      ))}
      {more > 0 && (
        <Text size="sm" c="dimmed">
          {t(feed.mode === 'each' ? 'feeds.next_later' : 'feeds.next_left_out', { count: more })}
        </Text>
      )}
    </Stack>
  );
}

function Message({ message }: { message: FeedMessage }) {
  const { t } = useTranslation();
  const [shown, show] = useState(false);
  const { subject, preheader, html, text, items } = message;
  const title = subject || t('preview.no_subject');
  return (
    <section className={classes.message} aria-label={title}>
      <Title order={3}>{title}</Title>
      {preheader && (
        <Text size="xs" c="dimmed">
          {preheader}
        </Text>
      )}
      <ul className={classes.items}>
        {items.map((item, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- two items of a feed can be the same
          <li key={index}>
            {item.link ? (
              <Anchor href={item.link} target="_blank" rel="noopener noreferrer" size="sm">
                {item.title || item.link}
              </Anchor>
            ) : (
              <Text size="sm">{item.title}</Text>
            )}
          </li>
        ))}
      </ul>
      <Button variant="default" size="xs" aria-expanded={shown} aria-label={t(shown ? 'feeds.hide_mail_of' : 'feeds.show_mail_of', { subject: title })} onClick={() => show(!shown)}>
        {t(shown ? 'feeds.hide_mail' : 'feeds.show_mail')}
      </Button>
      {shown && html && <MailFrame html={html} device="desktop" title={t('preview.frame')} height={420} />}
      {shown && !html && (
        <Text component="pre" size="sm" m={0} className={classes.plain}>
          {text}
        </Text>
      )}
    </section>
  );
}
