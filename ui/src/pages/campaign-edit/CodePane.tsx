import { useQuery } from '@tanstack/react-query';
import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { accountQuery } from '~/api/session';
import { Alert, Button, Card, CodeField, type CodeHandle, Group, SegmentedControl, Stack, Text, Textarea } from '~/components';
import { IconFileText } from '~/icons';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';
import { insertAt, MergeMenu } from '~/editor/MergeMenu';
import { PreviewPane } from './PreviewPane';
import { letter } from './letter';

/** The place of a line and column in a text. */
function placeOf(text: string, line: number, column: number): number {
  const lines = text.split('\n');
  const before = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  return before + Math.min(column - 1, lines[line - 1]?.length ?? 0);
}

/** HTML or plain text as it is sent. */
export function CodePane({ onRestart }: { onRestart: () => void }) {
  const { t } = useTranslation();
  const { draft, change, fault } = useEditing();
  const account = useQuery(accountQuery).data;
  const html = useRef<CodeHandle>(null);
  const text = useRef<HTMLTextAreaElement>(null);
  const empty = draft.html.trim() === '';

  const go = (field: string, line: number, column: number) => {
    if (field !== 'body.text') {
      html.current?.go(line, column);
      return;
    }
    const place = placeOf(draft.text, line, column);
    text.current?.focus();
    text.current?.setSelectionRange(place, place + 1);
  };

  return (
    <div className={classes.two}>
      <Card
        title={t('content.message')}
        aside={
          <Group gap="xs">
            <SegmentedControl
              size="xs"
              aria-label={t('content.kind')}
              value={draft.kind}
              onChange={(kind) => change({ kind: kind as 'html' | 'text' })}
              data={[
                { value: 'html', label: t('content.html') },
                { value: 'text', label: t('content.text_only') },
              ]}
            />
            <Button variant="subtle" size="compact-sm" onClick={onRestart}>
              {t('content.other_start')}
            </Button>
          </Group>
        }
      >
        <Stack gap="md">
          {draft.kind === 'html' && (
            <>
              {empty && (
                <Alert variant="light" icon={<IconFileText size={18} />}>
                  <Stack gap="xs" align="flex-start">
                    <Text size="sm">{t('content.empty_text')}</Text>
                    <Button variant="default" onClick={() => change({ html: letter(t, account?.language ?? 'en') })}>
                      {t('content.start_letter')}
                    </Button>
                  </Stack>
                </Alert>
              )}
              <CodeField
                ref={html}
                label={t('content.html_source')}
                value={draft.html}
                onChange={(value) => change({ html: value })}
                error={fault('content.body.html')}
              />
              <Group justify="flex-end">
                <MergeMenu words field={t('content.html_source')} onPick={(put) => html.current?.insert(put)} />
              </Group>
            </>
          )}
          <Textarea
            ref={text}
            className={classes.code}
            label={t('content.plain_text')}
            description={draft.kind === 'html' ? t('content.plain_text_hint') : undefined}
            value={draft.text}
            onChange={(event) => change({ text: event.currentTarget.value })}
            error={fault('content.body.text')}
            rows={draft.kind === 'html' ? 6 : 22}
          />
          <Group justify="flex-end">
            <MergeMenu
              words
              field={t('content.plain_text')}
              onPick={(put) => insertAt(text.current, draft.text, put, (value) => change({ text: value }))}
            />
          </Group>
        </Stack>
      </Card>
      <PreviewPane onFinding={go} />
    </div>
  );
}
