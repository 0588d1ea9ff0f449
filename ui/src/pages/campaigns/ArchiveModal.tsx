import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { archiveQuery, campaignActions } from '~/api/sending';
import type { Campaign } from '~/api/schema';
import { Anchor, Button, CopyButton, ErrorState, Group, Modal, Skeleton, Stack, Switch, Text, TextInput, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';

/** Whether anybody may read a campaign on the web, and where. */
export function ArchiveModal({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t('archive.title', { name: campaign.name })} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Published campaign={campaign} />
    </Modal>
  );
}

function Published({ campaign: { id } }: { campaign: Campaign }) {
  const { t } = useTranslation();
  const format = useFormats();
  const { can } = useFrame();
  const queries = useQueryClient();
  const archive = useQuery(archiveQuery(id));
  const publish = useMutation({
    mutationFn: (wanted: boolean) => campaignActions.publish(id, wanted),
    onError: toast.failed,
    onSuccess: (now) => queries.setQueryData(archiveQuery(id).queryKey, now),
  });
  if (archive.isError && !archive.data) return <ErrorState error={archive.error} retry={() => void archive.refetch()} />;
  if (!archive.data) return <Skeleton h={200} />;
  const { public: shown, url, archive_url, published_at } = archive.data;
  return (
    <Stack gap="md">
      <Text size="sm">{t('archive.text')}</Text>
      <Switch
        label={t('archive.public')}
        description={shown && published_at ? t('archive.since', { time: format.dateTime(published_at) }) : t('archive.not_public')}
        checked={shown}
        disabled={!can('campaigns:send') || publish.isPending}
        onChange={({ currentTarget: { checked } }) => publish.mutate(checked)}
      />
      {url && <Address label={t('archive.url')} url={url} />}
      <Address label={t('archive.list_url')} url={archive_url} hint={t('archive.list_hint')} />
      <Text size="xs" c="dimmed">
        {t('archive.web_version')}
      </Text>
    </Stack>
  );
}

function Address({ label, url, hint }: { label: string; url: string; hint?: string }) {
  const { t } = useTranslation();
  return (
    <div>
      <TextInput readOnly label={label} description={hint} value={url} onFocus={({ currentTarget }) => currentTarget.select()} />
      <Group gap="xs" mt={8}>
        <CopyButton value={url}>
          {({ copied, copy }) => (
            <Button variant="default" size="compact-sm" onClick={copy} aria-label={copied ? undefined : t('archive.copy', { what: label })}>
              {t(copied ? 'tokens.copied' : 'dkim.copy')}
            </Button>
          )}
        </CopyButton>
        <Anchor href={url} target="_blank" rel="noopener noreferrer" size="sm" aria-label={t('archive.open', { what: label })}>
          {t('archive.look')}
        </Anchor>
      </Group>
    </div>
  );
}
