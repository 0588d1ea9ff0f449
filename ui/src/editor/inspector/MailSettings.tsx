import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { brandQuery } from '~/api/brand';
import { Button, Group, TextInput } from '~/components';
import { useFrame } from '~/frame/context';
import { IconPalette } from '~/icons';
import { inBrand } from '../brand';
import { EmojiMenu } from '../EmojiMenu';
import { insertAt, MergeMenu } from '../MergeMenu';
import { settingsOf } from '../model/settings';
import { useActions, useEditor } from '../store';
import { Part } from './Part';
import { StyleFields } from './StyleFields';
import { Variables } from './Variables';

/** The mail itself: its subject, colors, fonts and sizes. */
export function MailSettings() {
  const { t } = useTranslation();
  const actions = useActions();
  const { subject, preheader, document, variables } = useEditor((state) => state.history.present);
  const settings = settingsOf(document.settings);
  return (
    <>
      <Part title={t('editor.inbox')}>
        <Line label={t('editor.subject')} value={subject} onChange={(value) => actions.change({ subject: value }, 'subject')} />
        <Line label={t('editor.preheader')} hint={t('editor.preheader_hint')} value={preheader} onChange={(value) => actions.change({ preheader: value }, 'preheader')} />
      </Part>
      {variables && (
        <Part title={t('editor.variables_title')}>
          <Variables value={variables} onChange={(names) => actions.change({ variables: names }, 'variables')} />
        </Part>
      )}
      <BrandButton />
      <StyleFields settings={settings} onChange={(change) => actions.setSettings({ ...change })} />
      <TextInput
        size="xs"
        label={t('setting.language')}
        description={t('setting.language_hint')}
        value={settings.language}
        onChange={(event) => actions.setSettings({ language: event.currentTarget.value })}
      />
    </>
  );
}

function Line({ label, hint, value, onChange }: { label: string; hint?: string; value: string; onChange: (value: string) => void }) {
  const [field, setField] = useState<HTMLInputElement | null>(null);
  return (
    <Group gap={4} align="flex-end" wrap="nowrap">
      <TextInput ref={setField} flex={1} size="xs" label={label} description={hint} value={value} onChange={(event) => onChange(event.currentTarget.value)} autoComplete="off" />
      <EmojiMenu field={label} onPick={(put) => insertAt(field, value, put, onChange)} />
      <MergeMenu field={label} onPick={(put) => insertAt(field, value, put, onChange)} />
    </Group>
  );
}

function BrandButton() {
  const { t } = useTranslation();
  const actions = useActions();
  const { can } = useFrame();
  const brand = useQuery({ ...brandQuery, enabled: can('settings:read') }).data;
  if (!brand || brand.version === 0) return null;
  return (
    <Group>
      <Button variant="default" leftSection={<IconPalette size={15} />} onClick={() => actions.change({ document: inBrand(actions.document, brand) })}>
        {t('editor.use_brand')}
      </Button>
    </Group>
  );
}
