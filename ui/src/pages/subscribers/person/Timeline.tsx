import { useInfiniteQuery } from '@tanstack/react-query';
import { useState, type ComponentType } from 'react';
import { useTranslation } from 'react-i18next';
import { timelineQuery } from '~/api/subscribers';
import { Button, Card, ErrorState, SegmentedControl, Skeleton, Stack, Text } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconBan, IconCalendarEvent, IconClick, IconFilter, IconHistory, IconMail, IconMailOpened, IconTag, IconUser, IconUserMinus, IconUsersGroup } from '~/icons';
import classes from './Person.module.css';

const KINDS = { all: undefined, messages: 'message.*', lists: 'group.*,tag.*,segment.*', bookings: 'booking.*', person: 'subscriber.*,consent.*' } as const;
type Kind = keyof typeof KINDS;

const ICONS: [string, ComponentType<{ size?: number }>][] = [
  ['message.clicked', IconClick],
  ['message.opened', IconMailOpened],
  ['message.unsubscribed', IconUserMinus],
  ['message.bounced', IconBan],
  ['message.failed', IconBan],
  ['message.', IconMail],
  ['group.', IconUsersGroup],
  ['tag.', IconTag],
  ['segment.', IconFilter],
  ['booking.', IconCalendarEvent],
  ['subscriber.', IconUser],
];

/** What happened with a person, newest first. */
export function Timeline({ id }: { id: string }) {
  const { t } = useTranslation();
  const format = useFormats();
  const [kind, setKind] = useState<Kind>('all');
  const timeline = useInfiniteQuery(timelineQuery(id, KINDS[kind]));
  const entries = (timeline.data?.pages ?? []).flatMap((page) => page.data);

  return (
    <Card
      title={t('person.timeline')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('person.timeline_kind')}
          value={kind}
          onChange={(value) => setKind(value as Kind)}
          data={(Object.keys(KINDS) as Kind[]).map((value) => ({ value, label: t(`person.kind_${value}`) }))}
        />
      }
    >
      {timeline.isPending && (
        <Stack gap="sm">
          {[0, 1, 2, 3].map((row) => (
            <Skeleton key={row} h={28} />
          ))}
        </Stack>
      )}
      {timeline.isError && <ErrorState error={timeline.error} retry={() => void timeline.refetch()} />}
      {timeline.isSuccess && entries.length === 0 && (
        <Text size="sm" c="dimmed">
          {t('person.nothing_happened')}
        </Text>
      )}
      <ol className={classes.entries}>
        {entries.map((entry) => {
          const Icon = ICONS.find(([beginning]) => entry.kind.startsWith(beginning))?.[1] ?? IconHistory;
          return (
            <li key={entry.id} className={classes.entry}>
              <span className={classes.mark} aria-hidden>
                <Icon size={15} />
              </span>
              <div className={classes.sentence}>
                {entry.sentence}
                <Text component="time" dateTime={entry.at} display="block" size="xs" c="dimmed">
                  {format.dateTime(entry.at)}
                </Text>
              </div>
            </li>
          );
        })}
      </ol>
      {timeline.hasNextPage && (
        <Button variant="default" loading={timeline.isFetchingNextPage} onClick={() => void timeline.fetchNextPage()}>
          {t('action.more')}
        </Button>
      )}
    </Card>
  );
}
