import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { hookActions, hooksQuery, NEW_PEOPLE } from '~/api/hooks';
import type { Hook, HookNewPeople } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, Radio, Stack, Text, TextInput, useForm } from '~/components';
import { HookAddress } from './HookAddress';

const FIELDS = ['name', 'email_at', 'new_people'];

/** Makes a hook, and shows its address once. */
export function NewHookModal({ onMade, onClose }: { onMade?: (hook: Hook) => void; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: '', email_at: 'email', new_people: 'unconfirmed' as HookNewPeople } });
  const make = useMutation({
    mutationFn: (entries: typeof form.values) => hookActions.make({ ...entries, email_at: entries.email_at.trim() }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (hook) => {
      await queries.invalidateQueries({ queryKey: hooksQuery.queryKey });
      onMade?.(hook);
    },
  });
  return (
    <Modal
      opened
      onClose={onClose}
      size="lg"
      title={make.data ? t('hooks.made', { name: make.data.name }) : t('hooks.new')}
      // What is shown once does not go by a slip of the hand.
      closeOnClickOutside={!make.data}
      closeButtonProps={{ 'aria-label': t('action.close') }}
    >
      {make.data ? (
        <HookAddress hook={make.data} onClose={onClose} />
      ) : (
        <form onSubmit={form.onSubmit((entries) => make.mutate(entries))} noValidate>
          <Stack gap="md">
            <Text size="sm" c="dimmed">
              {t('hooks.about')}
            </Text>
            <FormError error={make.error} fields={FIELDS} />
            <TextInput label={t('named.name')} description={t('hooks.name_hint')} data-autofocus {...form.getInputProps('name')} />
            <TextInput label={t('hooks.email_at')} description={t('hooks.email_at_hint')} autoComplete="off" spellCheck={false} {...form.getInputProps('email_at')} />
            <Radio.Group label={t('hooks.new_people')} {...form.getInputProps('new_people')}>
              <Stack gap="xs" mt={6}>
                {NEW_PEOPLE.map((value) => (
                  <Radio key={value} value={value} label={t(`hooks.new_${value}`)} description={t(`hooks.new_${value}_hint`)} />
                ))}
              </Stack>
            </Radio.Group>
            <FormActions onCancel={onClose} pending={make.isPending} label={t('hooks.make')} />
          </Stack>
        </form>
      )}
    </Modal>
  );
}
