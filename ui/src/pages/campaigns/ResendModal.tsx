import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { campaignActions } from '~/api/sending';
import type { Campaign, NotReacted } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, Radio, Stack, Text, TextInput, useForm } from '~/components';

/** Makes a draft for those who got a campaign and did nothing with it. */
export function ResendModal({ campaign, onClose }: { campaign: Campaign; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { to: 'non_clickers' as NotReacted, subject: '' } });
  const make = useMutation({
    mutationFn: ({ to, subject }: typeof form.values) => campaignActions.resend(campaign.id, to, subject.trim() || null),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (draft) => {
      await queries.invalidateQueries({ queryKey: ['campaigns'] });
      onClose();
      void navigate({ to: '/campaigns/$id/edit', params: { id: draft.id }, search: { step: 'review' } });
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('resend.title', { name: campaign.name })} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => make.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={make.error} fields={['to', 'subject']} />
          <Text size="sm">{t('resend.text')}</Text>
          <Radio.Group label={t('resend.to')} {...form.getInputProps('to')}>
            <Stack gap="xs" mt={8}>
              <Radio value="non_clickers" label={t('resend.non_clickers')} />
              <Radio value="non_openers" label={t('resend.non_openers')} description={t('resend.opens_hint')} />
            </Stack>
          </Radio.Group>
          <TextInput label={t('resend.subject')} description={t('resend.subject_hint')} {...form.getInputProps('subject')} />
          <FormActions onCancel={onClose} pending={make.isPending} label={t('resend.create')} />
        </Stack>
      </form>
    </Modal>
  );
}
