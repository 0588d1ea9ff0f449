import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { renderQuery } from '~/api/content';
import { ErrorState, MailFrame, ScrollRegion, SegmentedControl, Skeleton, Switch, Text, useDebouncedValue } from '~/components';
import { IconCircleCheck } from '~/icons';
import { documentOf } from '../document';
import { pathsOf, placeOfFault } from '../faults';
import { useActions, useEditor } from '../store';
import { Findings } from './Findings';
import { PersonPicker } from './PersonPicker';
import classes from './Preview.module.css';

const TYPING_MS = 400;

/** What the server makes of the mail as it is now, saved or not, for anybody. */
export function PreviewView({ onBlock }: { onBlock: (block: string) => void }) {
  const { t } = useTranslation();
  const draft = useEditor((state) => state.history.present);
  const actions = useActions();
  const [person, setPerson] = useState<string | null>(null);
  const [device, setDevice] = useState<'desktop' | 'phone'>('desktop');
  const [dark, setDark] = useState(false);
  const [hidden, setHidden] = useState(false);
  const [settled] = useDebouncedValue(draft, TYPING_MS);
  const preview = useQuery({ ...renderQuery(documentOf(settled), person ?? undefined, hidden, settled.variables), placeholderData: keepPreviousData });
  const data = preview.data;

  const open = (field: string) => {
    const place = placeOfFault(pathsOf(actions.document), field);
    if (place) onBlock(place.block);
  };

  return (
    <div className={classes.preview} data-main>
      <ScrollRegion className={classes.stage} label={t('editor.view_preview')}>
          {preview.isPending && <Skeleton h="100%" />}
          {preview.isError && !data && <ErrorState error={preview.error} retry={() => void preview.refetch()} />}
          {data && (
            <>
              <div className={classes.inbox} data-stale={preview.isPlaceholderData || undefined}>
                <Text size="sm" fw={600} truncate>
                  {data.subject || t('preview.no_subject')}
                </Text>
                <Text size="xs" c="dimmed" truncate>
                  {data.preheader || '–'}
                </Text>
              </div>
              {data.html === null ? (
                <Text size="sm">{t('editor.not_rendered')}</Text>
              ) : (
                <MailFrame fill html={data.html} device={device} dark={dark} title={t('preview.frame')} />
              )}
            </>
          )}
      </ScrollRegion>
      <aside className={classes.side} aria-label={t('editor.preview_settings')}>
        <PersonPicker value={person} onChange={setPerson} />
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('preview.view')}
          value={device}
          onChange={(value) => setDevice(value as typeof device)}
          data={[
            { value: 'desktop', label: t('mail.desktop') },
            { value: 'phone', label: t('mail.phone') },
          ]}
        />
        <SegmentedControl
          size="xs"
          fullWidth
          aria-label={t('editor.scheme')}
          value={dark ? 'dark' : 'light'}
          onChange={(value) => setDark(value === 'dark')}
          data={[
            { value: 'light', label: t('editor.light') },
            { value: 'dark', label: t('editor.dark') },
          ]}
        />
        <Switch label={t('editor.show_hidden')} checked={hidden} onChange={(event) => setHidden(event.currentTarget.checked)} />
        <section aria-label={t('editor.checks')}>
          <h2 className={classes.title}>{t('editor.checks')}</h2>
          {data && (data.findings?.length ?? 0) === 0 && (
            <Text size="sm" className={classes.good}>
              <IconCircleCheck size={16} aria-hidden /> {t('editor.no_findings')}
            </Text>
          )}
          {data && <Findings findings={data.findings ?? []} onFinding={open} />}
        </section>
      </aside>
    </div>
  );
}
