import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useMemo, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { linksQuery, liveReportQuery, previewQuery } from '~/api/sending';
import type { Campaign } from '~/api/schema';
import { Card, EmptyState, ErrorState, MailFrame, SegmentedControl, Skeleton, Stack, Switch, Text, type Mark } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconEye } from '~/icons';

/** The mail as it went out, for somebody of whom only the address is known; with `actions` where there is none yet. */
export function MessageTab({ campaign, actions }: { campaign: Campaign; actions?: ReactNode }) {
  const { t } = useTranslation();
  const format = useFormats();
  const [view, setView] = useState<'desktop' | 'phone' | 'text'>('desktop');
  const begun = campaign.state !== 'draft' && campaign.state !== 'scheduled';
  const [marked, setMarked] = useState(true);
  const links = useQuery({ ...linksQuery(campaign.id), enabled: begun });
  const report = useQuery(liveReportQuery(campaign));
  const sent = report.data?.sent ?? 0;
  // The preview is of the campaign's own content; in a test its links are those of a variant, which has the same ones.
  const rows = useMemo(() => {
    const all = links.data?.data ?? [];
    const own = all.filter(({ revision_id }) => revision_id === campaign.revision_id);
    return own.length > 0 ? own : all.filter(({ variant }) => variant === (campaign.ab?.winner ?? 1));
  }, [links.data, campaign]);
  const marks = useMemo((): Mark[] => {
    const most = Math.max(1, ...rows.map(({ unique_clicks }) => unique_clicks));
    return rows.map(({ url, unique_clicks: clicks }) => ({
      url,
      heat: clicks / most,
      text: clicks > 0 && sent > 0 ? `${format.percent(clicks / sent)} · ${format.number(clicks)}` : format.number(clicks),
    }));
  }, [rows, sent, format]);
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
          <>
            {marks.length > 0 && (
              <Switch size="xs" label={t('report.link_map')} description={t('report.link_map_text')} checked={marked} onChange={({ currentTarget: { checked } }) => setMarked(checked)} />
            )}
            <MailFrame html={data.html} device={shown} title={t('preview.frame')} marks={marked && marks.length > 0 ? marks : undefined} />
          </>
        )}
      </Stack>
    </Card>
  );
}
