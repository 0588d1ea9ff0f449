import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { fieldsQuery } from '~/api/audience';
import { api, body } from '~/api/client';
import type { Field, Subscriber } from '~/api/schema';
import { subscriberQuery } from '~/api/subscribers';
import { applyFaults, FormActions, FormError, Modal, NumberInput, Select, SimpleGrid, Stack, TextInput, toast, useForm } from '~/components';

const TEXTS = ['first_name', 'last_name', 'phone', 'language', 'time_zone'] as const;

/** Changes who a person is; only what differs is sent. */
export function EditPerson({ person, onClose }: { person: Subscriber; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const fields = (useQuery(fieldsQuery).data ?? []).filter(({ visibility }) => visibility !== 'api_only');
  const before = person.fields as Record<string, unknown>;
  const form = useForm({
    initialValues: {
      email: person.email,
      ...Object.fromEntries(TEXTS.map((name) => [name, person[name] ?? ''])),
      fields: { ...before },
    } as { email: string; fields: Record<string, unknown> } & Record<(typeof TEXTS)[number], string>,
  });
  const save = useMutation({
    mutationFn: (entries: typeof form.values) => {
      const changed = Object.fromEntries(
        fields.map(({ key }) => [key, entries.fields[key] === '' ? null : (entries.fields[key] ?? null)]).filter(([key, value]) => value !== (before[key as string] ?? null)),
      );
      return body(
        api.PATCH('/api/subscribers/{id}', {
          params: { path: { id: person.id } },
          body: {
            ...(entries.email.trim() === person.email ? {} : { email: entries.email.trim() }),
            ...Object.fromEntries(TEXTS.map((name) => [name, entries[name].trim() || null])),
            fields: changed,
          },
        }),
      );
    },
    onError: (error) => applyFaults(error, form),
    onSuccess: async (changed) => {
      queries.setQueryData(subscriberQuery(person.id).queryKey, changed);
      await queries.invalidateQueries({ queryKey: ['subscribers'] });
      toast.done(t('person.saved'));
      onClose();
    },
  });

  return (
    <Modal opened onClose={onClose} title={t('person.edit')} size="lg" closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['email', ...TEXTS, ...fields.map(({ key }) => `fields.${key}`)]} />
          <TextInput label={t('subscriber.email')} type="email" data-autofocus {...form.getInputProps('email')} />
          <SimpleGrid cols={{ base: 1, xs: 2 }}>
            {TEXTS.map((name) => (
              <TextInput key={name} label={t(`subscriber.${name}`)} {...form.getInputProps(name)} />
            ))}
            {fields.map((field) => (
              <FieldInput
                key={field.id}
                field={field}
                value={form.values.fields[field.key] ?? null}
                error={form.errors[`fields.${field.key}`] as string | undefined}
                onChange={(value) => form.setFieldValue(`fields.${field.key}`, value)}
              />
            ))}
          </SimpleGrid>
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}

function FieldInput({ field, value, error, onChange }: { field: Field; value: unknown; error: string | undefined; onChange: (value: unknown) => void }) {
  const { t } = useTranslation();
  switch (field.kind) {
    case 'number':
      return <NumberInput size="sm" label={field.name} error={error} value={typeof value === 'number' ? value : ''} onChange={(number) => onChange(number === '' ? null : number)} />;
    case 'boolean':
      return (
        <Select
          label={field.name}
          error={error}
          clearable
          clearButtonProps={{ 'aria-label': t('action.clear') }}
          data={[
            { value: 'true', label: t('value.yes') },
            { value: 'false', label: t('value.no') },
          ]}
          value={value === null ? null : String(value)}
          onChange={(chosen) => onChange(chosen === null ? null : chosen === 'true')}
        />
      );
    case 'dropdown':
      return <Select label={field.name} error={error} clearable clearButtonProps={{ 'aria-label': t('action.clear') }} data={field.options} value={value === null ? null : String(value)} onChange={onChange} />;
    default:
      return (
        <TextInput
          type={field.kind === 'date' ? 'date' : 'text'}
          label={field.name}
          error={error}
          value={value === null ? '' : String(value)}
          onChange={(event) => onChange(event.currentTarget.value || null)}
        />
      );
  }
}
