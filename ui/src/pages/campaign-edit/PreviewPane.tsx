import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { isProblem } from '~/api/problem';
import { previewQuery } from '~/api/sending';
import { Card, EmptyState, ErrorState, MailFrame, ScrollRegion, SegmentedControl, Skeleton, Stack, Text } from '~/components';
import { Findings } from '~/editor/preview/Findings';
import { PersonPicker } from '~/editor/preview/PersonPicker';
import { IconEye } from '~/icons';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';
import { written } from './draft';

interface Props {
  /** Goes to where a finding is; without, findings are only shown. */
  onFinding?: (field: string, line: number, column: number) => void;
}

/** What the server makes of the saved content for one person. */
export function PreviewPane({ onFinding }: Props) {
  const { t } = useTranslation();
  const { campaign, saving, draft } = useEditing();
  const [person, setPerson] = useState<string | null>(null);
  const [view, setView] = useState<'desktop' | 'phone' | 'text'>('desktop');
  const preview = useQuery({ ...previewQuery(campaign.id, saving.version, person ?? undefined), retry: false });
  const data = preview.data;
  const nothing = isProblem(preview.error, 'no_content') || !written(draft);
  const shown = view !== 'text' && data && data.html === null ? 'text' : view;

  return (
    <Card
      title={t('preview.title')}
      aside={
        <SegmentedControl
          size="xs"
          aria-label={t('preview.view')}
          value={shown}
          onChange={(value) => setView(value as typeof view)}
          data={[
            { value: 'desktop', label: t('mail.desktop'), disabled: data?.html === null },
            { value: 'phone', label: t('mail.phone'), disabled: data?.html === null },
            { value: 'text', label: t('mail.text') },
          ]}
        />
      }
    >
      <Stack gap="sm">
        <PersonPicker value={person} onChange={setPerson} />
        {nothing ? (
          <EmptyState icon={<IconEye size={22} />} title={t('preview.nothing')}>
            {t('preview.nothing_text')}
          </EmptyState>
        ) : (
          <>
            {preview.isError && !data && <ErrorState error={preview.error} retry={() => void preview.refetch()} />}
            {preview.isPending && <Skeleton h={480} />}
            {data && (
              <>
                <Findings findings={data.findings ?? []} onFinding={onFinding} />
                <div className={classes.inbox}>
                  <Text size="sm" fw={600} truncate>
                    {data.subject || t('preview.no_subject')}
                  </Text>
                  <Text size="xs" c="dimmed" truncate>
                    {data.preheader || '–'}
                  </Text>
                </div>
                {shown === 'text' || data.html === null ? (
                  <ScrollRegion label={t('mail.text')} maxHeight={640}>
                    <pre className={classes.plain}>{data.text}</pre>
                  </ScrollRegion>
                ) : (
                  <MailFrame html={data.html} device={shown} title={t('preview.frame')} />
                )}
              </>
            )}
          </>
        )}
      </Stack>
    </Card>
  );
}
