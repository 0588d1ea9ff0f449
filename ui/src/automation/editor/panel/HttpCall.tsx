import { useTranslation } from 'react-i18next';
import { Select, shownText, Textarea, TextInput } from '~/components';
import { readJson, readPairs, writeJson, writePairs, type Read } from '../../model/texts';
import { useEditor, useEditorStore } from '../../state';
import type { PartProps } from './StepFields';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

export function HttpCall({ step, put, disabled }: PartProps) {
  const { t } = useTranslation();
  const w = step.with ?? {};
  return (
    <>
      <Select label={t('automation.method')} data={METHODS} value={(w.method as string | undefined) ?? 'POST'} allowDeselect={false} disabled={disabled} onChange={(method) => put({ method: method ?? undefined })} />
      <TextInput type="url" label={t('automation.url')} value={(w.url as string | undefined) ?? ''} disabled={disabled} onChange={({ currentTarget }) => put({ url: currentTarget.value })} />
      <KeptText of={step.id} part="body" label={t('automation.body')} rows={3} value={w.body} write={writeJson} read={readJson} disabled={disabled} onChange={(body) => put({ body })} />
      <KeptText
        of={step.id}
        part="save"
        label={t('automation.save_answer')}
        description={t('automation.save_answer_hint')}
        placeholder="score = /data/score"
        rows={2}
        value={w.save}
        write={writePairs}
        read={readPairs}
        disabled={disabled}
        onChange={(save) => put({ save })}
      />
    </>
  );
}

interface KeptTextProps {
  of: string;
  part: string;
  label: string;
  description?: string;
  placeholder?: string;
  rows: number;
  value: unknown;
  write: (value: unknown) => string;
  read: (text: string) => Read;
  disabled: boolean;
  onChange: (value: unknown) => void;
}

/** A text that stands for a value. As long as it says none, it is kept by the editor: whoever looks elsewhere finds it again. */
function KeptText({ of, part, label, description, placeholder, rows, value, write, read, disabled, onChange }: KeptTextProps) {
  const { t } = useTranslation();
  const store = useEditorStore();
  const typed = useEditor((state) => state.texts.find((one) => one.step === of && one.part === part));
  const text = shownText(typed, value, write);
  const now = read(text);
  return (
    <Textarea
      label={label}
      description={description}
      placeholder={placeholder}
      autosize
      minRows={rows}
      value={text}
      disabled={disabled}
      error={'fault' in now ? t(`automation.unread_${now.fault}`) : undefined}
      onChange={({ currentTarget }) => {
        const said = read(currentTarget.value);
        const unread = 'fault' in said;
        store.type({ step: of, part, text: currentTarget.value, over: value, value: unread ? value : said.value, unread });
        if (!unread) onChange(said.value);
      }}
      onBlur={() => {
        if (!('fault' in now)) store.type({ step: of, part, text: null });
      }}
    />
  );
}
