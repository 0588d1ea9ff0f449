import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { applyFaults, Button, FormError, Group, Modal, Stack, Textarea, TextInput, toast, useForm } from '~/components';
import { useFormats } from '~/i18n/format';
import { sorted } from './entries';

/** Addresses, domains and hashes, pasted as they come. */
export function AddSuppressions({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const format = useFormats();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { entries: '', reason: '' } });
  const add = useMutation({
    mutationFn: ({ entries, reason }: typeof form.values) =>
      body(api.POST('/api/suppressions', { body: { ...sorted(entries), reason: reason.trim() || null } })),
    onError: (error) => applyFaults(error, form),
    onSuccess: async ({ added }) => {
      await queries.invalidateQueries({ queryKey: ['suppressions'] });
      toast.done(t('suppressions.imported', { count: added, shown: format.number(added) }));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('suppressions.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={add.error} fields={['reason']} />
          <Textarea
            label={t('suppressions.entries')}
            description={t('suppressions.entries_hint')}
            placeholder={'ada@example.com\nexample.org'}
            autosize
            minRows={4}
            maxRows={12}
            data-autofocus
            {...form.getInputProps('entries')}
          />
          <TextInput label={t('suppressions.reason')} description={t('suppressions.reason_hint')} {...form.getInputProps('reason')} />
          <Group justify="flex-end" gap="xs">
            <Button variant="default" onClick={onClose}>
              {t('action.cancel')}
            </Button>
            <Button type="submit" loading={add.isPending} disabled={form.values.entries.trim() === ''}>
              {t('suppressions.add')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
