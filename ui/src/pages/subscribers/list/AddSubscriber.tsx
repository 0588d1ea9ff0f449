import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import { displayName } from '~/api/subscribers';
import { applyFaults, FormActions, FormError, Modal, MultiSelect, SimpleGrid, Stack, TextInput, toast, useForm, useNamed } from '~/components';

const FIELDS = ['email', 'first_name', 'last_name', 'groups', 'tags'];

export function AddSubscriber({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const groups = useNamed('group');
  const tags = useNamed('tag');
  const form = useForm({ initialValues: { email: '', first_name: '', last_name: '', groups: [] as string[], tags: [] as string[] } });
  const add = useMutation({
    mutationFn: (entries: typeof form.values) =>
      body(
        api.POST('/api/subscribers', {
          body: {
            ...entries,
            email: entries.email.trim(),
            first_name: entries.first_name.trim() || null,
            last_name: entries.last_name.trim() || null,
          },
        }),
      ),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (person) => {
      await queries.invalidateQueries({ queryKey: ['subscribers'] });
      void queries.invalidateQueries({ queryKey: ['segments'] });
      toast.done(t('subscribers.added', { name: displayName(person) }));
      form.reset();
      void navigate({ to: '/subscribers/$id', params: { id: person.id } });
    },
  });

  return (
    <Modal opened={opened} onClose={onClose} title={t('subscribers.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={add.error} fields={FIELDS} />
          <TextInput label={t('subscriber.email')} type="email" data-autofocus {...form.getInputProps('email')} />
          <SimpleGrid cols={2}>
            <TextInput label={t('subscriber.first_name')} {...form.getInputProps('first_name')} />
            <TextInput label={t('subscriber.last_name')} {...form.getInputProps('last_name')} />
          </SimpleGrid>
          <MultiSelect label={t('nav.groups')} data={groups} searchable {...form.getInputProps('groups')} />
          <MultiSelect label={t('nav.tags')} data={tags} searchable {...form.getInputProps('tags')} />
          <FormActions onCancel={onClose} pending={add.isPending} label={t('subscribers.add')} />
        </Stack>
      </form>
    </Modal>
  );
}
