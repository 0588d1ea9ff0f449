import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { NAMED } from '~/api/named';
import { applyFaults, FormActions, FormError, Modal, Stack, TextInput, toast, useForm } from '~/components';

interface Props {
  kind: keyof typeof NAMED;
  of: { id: string; name: string } | null;
  onClose: () => void;
}

/** Names a new group or tag, or renames one. */
export function NameModal({ kind, of, onClose }: Props) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: of?.name ?? '' } });
  const save = useMutation<unknown, Error, string>({
    mutationFn: (name) => (of ? NAMED[kind].rename(of.id, name) : NAMED[kind].create(name)),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (_, name) => {
      await queries.invalidateQueries({ queryKey: [NAMED[kind].key] });
      toast.done(of ? t('named.renamed', { name }) : t('named.added', { name }));
      onClose();
    },
  });
  const title = of ? t('named.rename') : t(`named.add_${kind}`);
  return (
    <Modal opened onClose={onClose} title={title} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit(({ name }) => save.mutate(name.trim()))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['name']} />
          <TextInput label={t('named.name')} data-autofocus {...form.getInputProps('name')} />
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
