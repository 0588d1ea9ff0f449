import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import type { Revision } from '~/api/schema';
import { membersQuery } from '~/api/settings';
import { restoreRevision, revisionPreviewQuery, revisionsQuery, type RevisionOwner } from '~/api/templates';
import { Alert, Button, ErrorState, Group, MailFrame, Skeleton, Stack, StatusBadge, Text, toast } from '~/components';
import { useFrame } from '~/frame/context';
import { useFormats } from '~/i18n/format';
import { IconAlertTriangle, IconArrowLeft } from '~/icons';
import classes from './Editor.module.css';

interface Props {
  owner: RevisionOwner;
  /** Saves what is not saved yet; gives the version to restore onto. */
  settle: () => Promise<number>;
  onRestored: () => void;
}

/** What the mail was before, who saved it and when; any of it can be looked at and brought back. */
export function Revisions({ owner, settle, onRestored }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const who = useWho();
  const revisions = useQuery(revisionsQuery(owner));
  const [open, setOpen] = useState<Revision | null>(null);
  const restore = useMutation({
    mutationFn: async (revision: string) => restoreRevision(owner, revision, await settle()),
    onError: toast.failed,
    onSuccess: () => {
      toast.done(t('revisions.restored'));
      onRestored();
    },
  });
  if (revisions.isPending) return <Skeleton h={240} />;
  if (revisions.isError) return <ErrorState error={revisions.error} retry={() => void revisions.refetch()} />;
  if (open) {
    return (
      <Stack gap="sm">
        <Group justify="space-between">
          <Button variant="subtle" color="gray" leftSection={<IconArrowLeft size={15} />} onClick={() => setOpen(null)}>
            {t('revisions.all')}
          </Button>
          {!open.is_current && (
            <Button loading={restore.isPending} onClick={() => restore.mutate(open.id)}>
              {t('revisions.restore')}
            </Button>
          )}
        </Group>
        <Text size="sm" fw={600}>
          {format.dateTime(open.saved_at)} · {who(open.saved_by)}
        </Text>
        <Shown owner={owner} revision={open.id} />
      </Stack>
    );
  }
  return (
    <ul className={classes.revisions}>
      {revisions.data.map((revision) => (
        <li key={revision.id}>
          <button type="button" className={classes.revision} onClick={() => setOpen(revision)}>
            <span className={classes.revisionTime}>{format.dateTime(revision.saved_at)}</span>
            <span className={classes.revisionWho}>
              {who(revision.saved_by)}
              {revision.restored_from && ` · ${t('revisions.was_restored')}`}
            </span>
            {revision.is_current && <StatusBadge tone="active">{t('revisions.current')}</StatusBadge>}
          </button>
        </li>
      ))}
    </ul>
  );
}

function Shown({ owner, revision }: { owner: RevisionOwner; revision: string }) {
  const { t } = useTranslation();
  const preview = useQuery(revisionPreviewQuery(owner, revision));
  if (preview.isError) return <ErrorState error={preview.error} retry={() => void preview.refetch()} />;
  if (!preview.data) return <Skeleton h={420} />;
  return (
    <>
      <Text size="sm">{preview.data.subject || t('preview.no_subject')}</Text>
      {preview.data.html ? (
        <MailFrame html={preview.data.html} device="phone" title={t('preview.frame')} />
      ) : (
        <pre className={classes.plainRevision}>{preview.data.text}</pre>
      )}
    </>
  );
}

/** That somebody else saved meanwhile, and who. */
export function Overtaken({ owner, reload }: { owner: RevisionOwner | undefined; reload: () => void }) {
  const { t } = useTranslation();
  return (
    <Alert color="orange" icon={<IconAlertTriangle size={18} />} role="alert" title={t('editor.overtaken')}>
      <Stack gap="xs" align="flex-start">
        {owner && <ByWhom owner={owner} />}
        <Text size="sm">{t('edit.overtaken_text')}</Text>
        <Button variant="default" onClick={reload}>
          {t('edit.load_newer')}
        </Button>
      </Stack>
    </Alert>
  );
}

function ByWhom({ owner }: { owner: RevisionOwner }) {
  const { t } = useTranslation();
  const format = useFormats();
  const who = useWho();
  const latest = useQuery(revisionsQuery(owner)).data?.find(({ is_current }) => is_current);
  return latest && <Text size="sm">{t('editor.overtaken_by', { who: who(latest.saved_by), time: format.time(latest.saved_at) })}</Text>;
}

/** Who `user:7` is. */
function useWho(): (actor: string) => string {
  const { t } = useTranslation();
  const { can, session } = useFrame();
  const members = useQuery({ ...membersQuery, enabled: can('users:manage') });
  return (actor) => {
    const [kind, id] = actor.split(':');
    if (kind !== 'user') return kind === 'token' ? t('revisions.by_token') : t('revisions.by_system');
    if (id === session.user.id) return t('revisions.by_you');
    return members.data?.find((member) => member.id === id)?.name ?? t('revisions.by_somebody');
  };
}
