import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { Document } from '~/api/schema';
import { templateActions } from '~/api/templates';
import { applyFaults, FormActions, FormError, Modal, Stack, TextInput, useForm } from '~/components';
import { useBlankDocument } from '~/editor/blank';
import { documentOf } from '~/editor/document';

/** What a new template is made of: nothing yet, or what another mail says. */
export type Origin = 'new' | { name: string; content: Document; variables?: readonly string[] };

/** Names a template: an empty one, or a copy of another. */
export function NewTemplate({ from, onClose }: { from: Origin | null; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal
      opened={from !== null}
      onClose={onClose}
      title={t(from === 'new' || from === null ? 'templates.new' : 'templates.copy')}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {from && <NameForm from={from === 'new' ? null : from} onClose={onClose} />}
    </Modal>
  );
}

function NameForm({ from, onClose }: { from: Exclude<Origin, 'new'> | null; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const queries = useQueryClient();
  const blank = useBlankDocument();
  const form = useForm({ initialValues: { name: from ? from.name : '' } });
  const create = useMutation({
    mutationFn: ({ name }: { name: string }) =>
      templateActions.create({
        name: name.trim(),
        variables: [...(from?.variables ?? [])],
        content: from?.content ?? documentOf({ subject: name.trim(), preheader: '', text: '', document: blank() }),
      }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (template) => {
      await queries.invalidateQueries({ queryKey: ['templates', 'list'] });
      onClose();
      await navigate({ to: '/templates/$id', params: { id: template.id } });
    },
  });
  return (
    <form onSubmit={form.onSubmit((entries) => create.mutate(entries))} noValidate>
      <Stack gap="md">
        <FormError error={create.error} fields={['name']} />
        <TextInput label={t('templates.name')} data-autofocus autoComplete="off" {...form.getInputProps('name')} />
        <FormActions onCancel={onClose} pending={create.isPending} label={t('templates.create')} />
      </Stack>
    </form>
  );
}
