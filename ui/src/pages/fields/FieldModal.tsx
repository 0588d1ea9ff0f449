import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api, body } from '~/api/client';
import type { Field, FieldKind, Visibility } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, Select, Stack, TagsInput, TextInput, toast, useForm } from '~/components';

const KINDS: FieldKind[] = ['text', 'number', 'date', 'boolean', 'dropdown'];
const VISIBILITIES: Visibility[] = ['visible', 'hidden', 'api_only'];

/** As a key is written: lower-case letters, digits and underscores. */
function keyOf(name: string): string {
  return name
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '_')
    .replaceAll(/^_+|_+$/g, '')
    .replace(/^(\d)/, 'f_$1');
}

export function FieldModal({ of, onClose }: { of: Field | null; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({
    initialValues: {
      name: of?.name ?? '',
      key: of?.key ?? '',
      kind: of?.kind ?? ('text' as FieldKind),
      visibility: of?.visibility ?? ('visible' as Visibility),
      options: of?.options ?? [],
    },
  });
  const { kind } = form.values;
  const save = useMutation({
    mutationFn: (entries: typeof form.values) => {
      const { name, visibility } = entries;
      const options = kind === 'dropdown' ? entries.options : [];
      return of
        ? body(
            api.PATCH('/api/fields/{id}', {
              params: { path: { id: of.id } },
              body: { name, visibility, ...(kind === 'dropdown' ? { options } : {}) },
            }),
          )
        : body(api.POST('/api/fields', { body: { name, key: entries.key || keyOf(name), kind, visibility, options } }));
    },
    onError: (error) => applyFaults(error, form),
    onSuccess: async (field) => {
      await queries.invalidateQueries({ queryKey: ['fields'] });
      toast.done(of ? t('named.saved', { name: field.name }) : t('named.added', { name: field.name }));
      onClose();
    },
  });

  return (
    <Modal opened onClose={onClose} title={of ? t('fields.edit') : t('fields.add')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['name', 'key', 'kind', 'options', 'visibility']} />
          <TextInput label={t('named.name')} data-autofocus {...form.getInputProps('name')} />
          {!of && (
            <>
              <Select
                label={t('fields.kind')}
                description={t('fields.kind_hint')}
                data={KINDS.map((value) => ({ value, label: t(`fields.kind_${value}`) }))}
                allowDeselect={false}
                {...form.getInputProps('kind')}
              />
              <TextInput
                label={t('fields.key')}
                description={t('fields.key_hint')}
                placeholder={keyOf(form.values.name)}
                {...form.getInputProps('key')}
              />
            </>
          )}
          {kind === 'dropdown' && <TagsInput label={t('fields.options')} description={t('fields.options_hint')} {...form.getInputProps('options')} />}
          <Select
            label={t('fields.visibility')}
            data={VISIBILITIES.map((value) => ({ value, label: t(`fields.visibility_${value}`) }))}
            allowDeselect={false}
            {...form.getInputProps('visibility')}
          />
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
