import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { previewQuery } from '~/api/sending';
import type { Campaign } from '~/api/schema';
import { Card, EmptyState, ErrorState, MailFrame, SegmentedControl, Skeleton, Stack, Text } from '~/components';
import { IconEye } from '~/icons';

/** The mail as it went out, for somebody of whom only the address is known; with `actions` where there is none yet. */
export function MessageTab({ campaign, actions }: { campaign: Campaign; actions?: ReactNode }) {
  const { t } = useTranslation();
  const [view, setView] = useState<'desktop' | 'phone' | 'text'>('desktop');
  const preview = useQuery({ ...previewQuery(campaign.id, campaign.version, undefined), retry: false });
  const data = preview.data;
  const shown = data?.html === null ? 'text' : view;
  if (isProblem(preview.error, 'no_content')) {
    return (
      <EmptyState icon={<IconEye size={22} />} title={t('preview.nothing')} actions={actions}>
        {t('preview.nothing_text')}
      </EmptyState>
    );
  }
  if (preview.isError && !data) return <ErrorState error={preview.error} retry={() => void preview.refetch()} />;
  if (!data) return <Skeleton h={420} />;
  return (
    <Card
      title={data.subject || t('preview.no_subject')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('preview.view')}
          value={shown}
          onChange={(value) => setView(value as typeof view)}
          data={[
            { value: 'desktop', label: t('mail.desktop'), disabled: data.html === null },
            { value: 'phone', label: t('mail.phone'), disabled: data.html === null },
            { value: 'text', label: t('mail.text') },
          ]}
        />
      }
    >
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          {t('campaign.from', { name: campaign.sender_name, email: campaign.sender_email })}
          {data.preheader ? ` · ${data.preheader}` : ''}
        </Text>
        {shown === 'text' || data.html === null ? (
          <Text component="pre" size="sm" m={0} style={{ whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' }}>
            {data.text}
          </Text>
        ) : (
          <MailFrame html={data.html} device={shown} title={t('preview.frame')} />
        )}
      </Stack>
    </Card>
  );
}
