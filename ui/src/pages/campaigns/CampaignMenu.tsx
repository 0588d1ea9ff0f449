import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { campaignActions } from '~/api/sending';
import type { Campaign } from '~/api/schema';
import { ActionIcon, ConfirmModal, Menu, toast, useUndoable } from '~/components';
import { useFrame } from '~/frame/context';
import { IconBan, IconChartLine, IconCopy, IconDots, IconEdit, IconSend, IconTrash, IconWorld } from '~/icons';
import { ArchiveModal } from './ArchiveModal';
import { ResendModal } from './ResendModal';

/** What can be done with a campaign wherever it is shown. `here` leaves out the way to where one is. */
export function CampaignMenu({ campaign, here }: { campaign: Campaign; here?: 'page' | 'edit' }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const { later } = useUndoable();
  const [asking, setAsking] = useState(false);
  const [resending, setResending] = useState(false);
  const [archiving, setArchiving] = useState(false);
  const { id, name, state } = campaign;
  const changed = () => queries.invalidateQueries({ queryKey: ['campaigns'] });

  const duplicate = useMutation({
    mutationFn: () => campaignActions.duplicate(id),
    onError: toast.failed,
    onSuccess: (copy) => {
      void changed();
      toast.done(t('campaigns.duplicated', { name: copy.name }));
      void navigate({ to: '/campaigns/$id/edit', params: { id: copy.id } });
    },
  });
  const cancel = useMutation({
    mutationFn: () => campaignActions.cancel(id),
    onError: toast.failed,
    onSuccess: async () => {
      setAsking(false);
      await changed();
      toast.done(t('campaigns.cancelled', { name }));
    },
  });
  const remove = () => {
    later(`campaign:${id}`, t('campaigns.deleted', { name }), async () => {
      await campaignActions.remove(id);
      await changed();
    });
    if (here) void navigate({ to: '/campaigns' });
  };

  const editable = (state === 'draft' || state === 'scheduled') && can('campaigns:write');
  const stoppable = (state === 'scheduled' || state === 'sending' || state === 'paused') && can('campaigns:send');
  // What has begun has sent something.
  const begun = campaign.started_at !== null;
  const removable = editable && !begun;

  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <ActionIcon size="lg" aria-label={t('campaigns.more', { name })}>
            <IconDots size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {editable && here !== 'edit' && (
            <Menu.Item leftSection={<IconEdit size={16} />} onClick={() => void navigate({ to: '/campaigns/$id/edit', params: { id } })}>
              {t('campaigns.edit')}
            </Menu.Item>
          )}
          {state !== 'draft' && here !== 'page' && (
            <Menu.Item leftSection={<IconChartLine size={16} />} onClick={() => void navigate({ to: '/campaigns/$id', params: { id } })}>
              {t('campaigns.report')}
            </Menu.Item>
          )}
          {can('campaigns:write') && (
            <Menu.Item leftSection={<IconCopy size={16} />} onClick={() => duplicate.mutate()}>
              {t('campaigns.duplicate')}
            </Menu.Item>
          )}
          {state === 'sent' && can('campaigns:write') && (
            <Menu.Item leftSection={<IconSend size={16} />} onClick={() => setResending(true)}>
              {t('resend.action')}
            </Menu.Item>
          )}
          {begun && (
            <Menu.Item leftSection={<IconWorld size={16} />} onClick={() => setArchiving(true)}>
              {t('archive.action')}
            </Menu.Item>
          )}
          {stoppable && (
            <Menu.Item leftSection={<IconBan size={16} />} onClick={() => setAsking(true)}>
              {t('campaigns.cancel')}
            </Menu.Item>
          )}
          {removable && (
            <Menu.Item leftSection={<IconTrash size={16} />} onClick={remove}>
              {t('campaigns.delete')}
            </Menu.Item>
          )}
        </Menu.Dropdown>
      </Menu>
      {archiving && <ArchiveModal campaign={campaign} onClose={() => setArchiving(false)} />}
      {resending && <ResendModal campaign={campaign} onClose={() => setResending(false)} />}
      <ConfirmModal
        opened={asking}
        onClose={() => setAsking(false)}
        title={t('campaigns.cancel_title', { name })}
        confirm={t('campaigns.cancel')}
        onConfirm={() => cancel.mutate()}
        busy={cancel.isPending}
        keep={t('campaigns.cancel_keep')}
      >
        {t('campaigns.cancel_text')}
      </ConfirmModal>
    </>
  );
}
