import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { campaignQuery } from '~/api/sending';
import { applyFaults, FormActions, FormError, Modal, Stack, TextInput, useForm } from '~/components';

/** Asks how the team calls it; the rest is asked by the steps. */
export function NewCampaign({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t('campaigns.new')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <NameForm onClose={onClose} />
    </Modal>
  );
}

function NameForm({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: '' } });
  const create = useMutation({
    mutationFn: ({ name }: { name: string }) => body(api.POST('/api/campaigns', { body: { name: name.trim() } })),
    onError: (error) => applyFaults(error, form),
    onSuccess: (campaign) => {
      queries.setQueryData(campaignQuery(campaign.id).queryKey, campaign);
      void queries.invalidateQueries({ queryKey: ['campaigns', 'list'] });
      void navigate({ to: '/campaigns/$id/edit', params: { id: campaign.id } });
    },
  });
  return (
    <form onSubmit={form.onSubmit((entries) => create.mutate(entries))} noValidate>
      <Stack gap="md">
        <FormError error={create.error} fields={['name']} />
        <TextInput
          label={t('campaigns.name')}
          description={t('campaigns.name_hint')}
          data-autofocus
          autoComplete="off"
          {...form.getInputProps('name')}
        />
        <FormActions onCancel={onClose} pending={create.isPending} label={t('campaigns.create')} />
      </Stack>
    </form>
  );
}
