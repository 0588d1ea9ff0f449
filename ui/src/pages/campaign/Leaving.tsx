import { useInfiniteQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { leaversQuery } from '~/api/sending';
import type { Campaign, Report } from '~/api/schema';
import { Button, Card, Modal, Skeleton, Stack, Text, TextLink } from '~/components';
import { useFormats } from '~/i18n/format';
import classes from './Campaign.module.css';

const REASONS = ['too_many', 'not_interesting', 'never_signed_up', 'spam', 'one_click', 'other'] as const;

function useReasons(): (reason: string) => string {
  const { t } = useTranslation();
  return (reason) => {
    const known = REASONS.find((one) => one === reason);
    return known ? t(`reason.${known}`) : reason;
  };
}

/** Why people left. */
export function Leaving({ campaign, report }: { campaign: Campaign; report: Report }) {
  const { t } = useTranslation();
  const format = useFormats();
  const words = useReasons();
  const [listed, setListed] = useState(false);
  const rows = Object.entries(report.unsubscribe_reasons).sort(([, a], [, b]) => b - a);
  return (
    <Card title={t('report.reasons')}>
      {rows.length === 0 ? (
        <Text size="sm" c="dimmed">
          {t('report.nobody_left')}
        </Text>
      ) : (
        <Stack gap="sm" align="flex-start">
          <dl className={classes.reasons} style={{ alignSelf: 'stretch' }}>
            {rows.map(([reason, count]) => (
              <div key={reason} style={{ display: 'contents' }}>
                <dt>{words(reason)}</dt>
                <dd className="tabular">{format.number(count)}</dd>
              </div>
            ))}
          </dl>
          <Button variant="default" size="compact-sm" onClick={() => setListed(true)}>
            {t('report.who_left')}
          </Button>
        </Stack>
      )}
      {listed && <Leavers campaign={campaign} onClose={() => setListed(false)} />}
    </Card>
  );
}

/** Who left, with what they said. */
function Leavers({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormats();
  const words = useReasons();
  const leavers = useInfiniteQuery(leaversQuery(campaign.id));
  const rows = leavers.data?.pages.flatMap((page) => page.data) ?? [];
  return (
    <Modal opened onClose={onClose} size="lg" title={t('report.who_left')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Stack gap="sm">
        {leavers.isPending && <Skeleton h={120} />}
        {rows.map((row) => (
          <div key={row.message_id}>
            <TextLink to="/subscribers/$id" params={{ id: row.subscriber_id }}>
              {words(row.reason)}
            </TextLink>
            <Text span size="xs" c="dimmed" className="tabular">
              {' '}
              {format.dateTime(row.at)}
            </Text>
            {row.comment && (
              <Text size="sm" style={{ overflowWrap: 'anywhere' }}>
                {row.comment}
              </Text>
            )}
          </div>
        ))}
        {leavers.hasNextPage && (
          <Button variant="default" loading={leavers.isFetchingNextPage} onClick={() => void leavers.fetchNextPage()}>
            {t('list.more')}
          </Button>
        )}
      </Stack>
    </Modal>
  );
}
