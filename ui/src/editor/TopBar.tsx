import { useEffect, useSyncExternalStore, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ActionIcon, Button, describeError, SegmentedControl, Title, Tooltip } from '~/components';
import { useFormats } from '~/i18n/format';
import { IconArrowBackUp, IconArrowForwardUp, IconArrowLeft, IconHistory, IconSend } from '~/icons';
import type { Autosave, SaveState } from './autosave';
import classes from './Editor.module.css';
import { useActions, useEditor, type Draft } from './store';

export const VIEWS = ['build', 'preview', 'text'] as const;
export type View = (typeof VIEWS)[number];

interface Props {
  title: string;
  back: { label: string; go: () => void };
  view: View;
  onView: (view: View) => void;
  autosave: Autosave<Draft>;
  onTest?: () => void;
  onHistory?: () => void;
  primary: ReactNode;
}

export function TopBar({ title, back, view, onView, autosave, onTest, onHistory, primary }: Props) {
  const { t } = useTranslation();
  const actions = useActions();
  const past = useEditor((state) => state.history.past.length > 0);
  const future = useEditor((state) => state.history.future.length > 0);
  const saving = useSyncExternalStore(autosave.subscribe, autosave.get);

  useEffect(() => {
    document.title = `${title} · Sendero`;
  }, [title]);

  return (
    <header className={classes.bar}>
      <Tooltip label={back.label}>
        <ActionIcon size="lg" aria-label={back.label} onClick={back.go}>
          <IconArrowLeft size={18} />
        </ActionIcon>
      </Tooltip>
      <div className={classes.heading}>
        <Title order={1} tabIndex={-1}>
          {title}
        </Title>
        <Saved saving={saving} />
      </div>
      <SegmentedControl
        className={classes.views}
        aria-label={t('editor.view')}
        value={view}
        onChange={(value) => onView(value as View)}
        data={VIEWS.map((value) => ({ value, label: t(`editor.view_${value}`) }))}
      />
      <div className={classes.right}>
        <Tooltip label={t('editor.undo')}>
          <ActionIcon size="lg" aria-label={t('editor.undo')} disabled={!past} onClick={() => actions.undo()}>
            <IconArrowBackUp size={18} />
          </ActionIcon>
        </Tooltip>
        <Tooltip label={t('editor.redo')}>
          <ActionIcon size="lg" aria-label={t('editor.redo')} disabled={!future} onClick={() => actions.redo()}>
            <IconArrowForwardUp size={18} />
          </ActionIcon>
        </Tooltip>
        {onHistory && (
          <Tooltip label={t('editor.history')}>
            <ActionIcon size="lg" aria-label={t('editor.history')} onClick={onHistory}>
              <IconHistory size={18} />
            </ActionIcon>
          </Tooltip>
        )}
        {onTest && (
          <>
            <Button className={classes.words} variant="default" leftSection={<IconSend size={15} />} onClick={onTest}>
              {t('editor.test')}
            </Button>
            <ActionIcon className={classes.icon} size="lg" aria-label={t('editor.test')} onClick={onTest}>
              <IconSend size={18} />
            </ActionIcon>
          </>
        )}
      </div>
      <div className={classes.primary}>{primary}</div>
    </header>
  );
}

function Saved({ saving }: { saving: SaveState }) {
  const { t } = useTranslation();
  const format = useFormats();
  const words = {
    saved: saving.savedAt ? t('edit.saved_at', { time: format.time(saving.savedAt) }) : t('edit.saved'),
    waiting: t('edit.unsaved'),
    saving: t('edit.saving'),
    refused: Object.keys(saving.faults).length > 0 ? t('edit.refused') : describeError(saving.error, t),
    overtaken: t('editor.overtaken'),
    failed: t('edit.failed'),
  };
  const bad = saving.state === 'refused' || saving.state === 'overtaken' || saving.state === 'failed';
  return (
    <div role="status" className={classes.saved} data-bad={bad || undefined} data-saved={saving.state}>
      {words[saving.state]}
    </div>
  );
}
