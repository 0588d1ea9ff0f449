import { useState, type DragEvent } from 'react';
import { useTranslation } from 'react-i18next';
import type { Origin } from '~/api/imports';
import { Button, FileButton, Loader, Stack, Tabs, Text, Textarea } from '~/components';
import { IconUpload } from '~/icons';
import classes from './Import.module.css';

const ACCEPT = '.csv,.tsv,.txt,.xlsx,.xlsm,.xls,.xlsb,.ods,text/csv,text/plain';

/** A file to drop or choose, or text to paste. */
export function SourceStep({ busy, onChosen }: { busy: boolean; onChosen: (origin: Origin) => void }) {
  const { t } = useTranslation();
  const [over, setOver] = useState(false);
  const [text, setText] = useState('');

  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onChosen({ file });
  };

  return (
    <Tabs defaultValue="file">
      <Tabs.List mb="md">
        <Tabs.Tab value="file">{t('import.file')}</Tabs.Tab>
        <Tabs.Tab value="paste">{t('import.paste')}</Tabs.Tab>
      </Tabs.List>
      <Tabs.Panel value="file">
        {/* The button inside does the same for a keyboard. */}
        {/* oxlint-disable-next-line jsx-a11y/no-static-element-interactions */}
        <div
          className={classes.drop}
          data-over={over || undefined}
          onDragOver={(event) => {
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          {busy ? <Loader size="sm" aria-label={t('import.reading')} /> : <IconUpload size={26} aria-hidden />}
          <Text size="sm" fw={500}>
            {t('import.drop')}
          </Text>
          <Text size="xs" c="dimmed">
            {t('import.formats')}
          </Text>
          <FileButton accept={ACCEPT} onChange={(file) => file && onChosen({ file })} inputProps={{ 'aria-label': t('import.choose') }}>
            {(props) => (
              <Button variant="default" mt="xs" disabled={busy} {...props}>
                {t('import.choose')}
              </Button>
            )}
          </FileButton>
        </div>
      </Tabs.Panel>
      <Tabs.Panel value="paste">
        <Stack gap="sm" align="flex-end">
          <Textarea
            w="100%"
            label={t('import.paste_label')}
            description={t('import.paste_hint')}
            autosize
            minRows={8}
            maxRows={16}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)' } }}
            value={text}
            onChange={(event) => setText(event.currentTarget.value)}
          />
          <Button disabled={text.trim() === ''} loading={busy} onClick={() => onChosen({ text })}>
            {t('action.next')}
          </Button>
        </Stack>
      </Tabs.Panel>
    </Tabs>
  );
}
