import { useMutation } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { mjmlOf } from '~/api/content';
import { Button, Card, ConfirmModal, Group, Stack, Text, toast, useDisclosure } from '~/components';
import { IconCode, IconEdit } from '~/icons';
import classes from './CampaignEdit.module.css';
import { CodePane } from './CodePane';
import { useEditing } from './context';
import { bodyOf, written } from './draft';
import { MjmlPane } from './MjmlPane';
import { PreviewPane } from './PreviewPane';
import { StartChoices } from './StartChoices';

export function ContentStep() {
  const { draft } = useEditing();
  const [begun, setBegun] = useState(() => written(draft) || draft.text.trim() !== '');
  if (!begun) return <StartChoices onBegun={() => setBegun(true)} />;
  if (draft.kind === 'html' || draft.kind === 'text') return <CodePane onRestart={() => setBegun(false)} />;
  if (draft.kind === 'mjml') return <MjmlPane onRestart={() => setBegun(false)} />;
  return (
    <div className={classes.two}>
      <BlocksCard onRestart={() => setBegun(false)} />
      <PreviewPane />
    </div>
  );
}

/** The mail is made in the editor, which needs the whole window. */
function BlocksCard({ onRestart }: { onRestart: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { campaign, draft, change, flush } = useEditing();
  const [asking, ask] = useDisclosure(false);
  const [converting, convertModal] = useDisclosure(false);
  const convert = useMutation({
    mutationFn: () => mjmlOf({ subject: draft.subject, preheader: draft.preheader.trim() || null, body: bodyOf(draft) }),
    onError: toast.failed,
    onSuccess: async (mjml) => {
      // A plain text that somebody wrote by hand stays.
      change({ kind: 'mjml', body: { kind: 'mjml', mjml, text: draft.body.text ?? null } });
      if (await flush()) toast.done(t('content.converted'));
      else toast.problem(t('edit.refused'));
    },
    onSettled: convertModal.close,
  });
  const open = async () => {
    if (await flush()) await navigate({ to: '/campaigns/$id/design', params: { id: campaign.id } });
    else toast.problem(t('edit.refused'));
  };
  return (
    <Card title={t('content.message')}>
      <Stack gap="md" align="flex-start">
        <Text size="sm">{t('content.blocks_text')}</Text>
        <Group gap="xs">
          <Button leftSection={<IconEdit size={16} />} onClick={() => void open()}>
            {t('content.open_editor')}
          </Button>
          <Button variant="default" onClick={ask.open}>
            {t('content.restart')}
          </Button>
          <Button variant="subtle" leftSection={<IconCode size={16} />} onClick={convertModal.open}>
            {t('content.convert')}
          </Button>
        </Group>
      </Stack>
      <ConfirmModal
        opened={asking}
        onClose={ask.close}
        title={t('content.restart_sure')}
        confirm={t('content.restart')}
        onConfirm={() => {
          ask.close();
          onRestart();
        }}
      >
        {t('content.restart_text')}
      </ConfirmModal>
      <ConfirmModal
        opened={converting}
        onClose={convertModal.close}
        title={t('content.convert_sure')}
        confirm={t('content.convert')}
        onConfirm={() => convert.mutate()}
        busy={convert.isPending}
        danger={false}
      >
        {t('content.convert_text')}
      </ConfirmModal>
    </Card>
  );
}
