import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { renderQuery } from '~/api/content';
import { Group, Skeleton, Switch, Textarea, useDebouncedValue } from '~/components';
import { documentOf } from '../document';
import { insertAt, MergeMenu } from '../MergeMenu';
import { useActions, useEditor } from '../store';
import classes from './Preview.module.css';
import { useState } from 'react';

const TYPING_MS = 400;

/** The mail without HTML: made from the blocks, or written by hand. */
export function TextView() {
  const { t } = useTranslation();
  const actions = useActions();
  const draft = useEditor((state) => state.history.present);
  const [own, setOwn] = useState(draft.text !== '');
  const [field, setField] = useState<HTMLTextAreaElement | null>(null);
  const [settled] = useDebouncedValue(draft, TYPING_MS);
  const preview = useQuery({ ...renderQuery({ ...documentOf({ ...settled, text: '' }) }, undefined, false, settled.variables), placeholderData: keepPreviousData });
  const set = (text: string) => actions.change({ text }, 'text');
  return (
    <div className={classes.text} data-main>
      <Switch
        label={t('editor.own_text')}
        description={t('editor.own_text_hint')}
        checked={own}
        onChange={(event) => {
          const chosen = event.currentTarget.checked;
          setOwn(chosen);
          set(chosen ? (preview.data?.text ?? '') : '');
        }}
      />
      {own ? (
        <>
          <Textarea ref={setField} aria-label={t('mail.text')} autosize minRows={16} value={draft.text} onChange={(event) => set(event.currentTarget.value)} />
          <Group justify="flex-end">
            <MergeMenu words field={t('mail.text')} onPick={(put) => insertAt(field, draft.text, put, set)} />
          </Group>
        </>
      ) : preview.data ? (
        <pre className={classes.plain}>{preview.data.text}</pre>
      ) : (
        <Skeleton h={300} />
      )}
    </div>
  );
}
