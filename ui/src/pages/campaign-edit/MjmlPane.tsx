import { useRef } from 'react';
import { useTranslation } from 'react-i18next';
import { Button, Card, CodeField, type CodeHandle, Group, Stack } from '~/components';
import { MergeMenu } from '~/editor/MergeMenu';
import classes from './CampaignEdit.module.css';
import { useEditing } from './context';
import { PreviewPane } from './PreviewPane';

/** MJML of one's own; the server makes HTML of it. */
export function MjmlPane({ onRestart }: { onRestart: () => void }) {
  const { t } = useTranslation();
  const { draft, change, fault } = useEditing();
  const code = useRef<CodeHandle>(null);
  const { body } = draft;
  if (body.kind !== 'mjml') return null;
  return (
    <div className={classes.two}>
      <Card
        title={t('content.message')}
        aside={
          <Button variant="subtle" size="compact-sm" onClick={onRestart}>
            {t('content.other_start')}
          </Button>
        }
      >
        <Stack gap="md">
          <CodeField
            ref={code}
            label={t('content.mjml_source')}
            value={body.mjml}
            onChange={(mjml) => change({ body: { ...body, mjml } })}
            error={fault('content.body.mjml')}
          />
          <Group justify="flex-end">
            <MergeMenu words field={t('content.mjml_source')} onPick={(put) => code.current?.insert(put)} />
          </Group>
        </Stack>
      </Card>
      <PreviewPane onFinding={(_, line, column) => code.current?.go(line, column)} />
    </div>
  );
}
