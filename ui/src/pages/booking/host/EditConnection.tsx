import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { calendarActions, calendarsQuery } from '~/api/calendars';
import type { CalendarConnection } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, PasswordInput, Stack, Text, TextInput, toast, useForm } from '~/components';

/** What a connection is called, and how to get in. A new password or address is tried before it is kept. */
export function EditConnection({ host, of, onClose }: { host: string; of: CalendarConnection; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: of.name, password: '', url: '' } });
  const save = useMutation({
    mutationFn: ({ name, password, url }: typeof form.values) => calendarActions.change(of.id, { name: name.trim(), ...(password ? { password } : {}), ...(url.trim() ? { url: url.trim() } : {}) }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (saved) => {
      await queries.invalidateQueries({ queryKey: calendarsQuery(host).queryKey });
      toast.done(t('named.saved', { name: saved.connection.name }));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={of.name} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => save.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={save.error} fields={['name', 'password', 'url']} />
          <TextInput label={t('named.name')} {...form.getInputProps('name')} />
          {of.kind === 'caldav' && (
            <PasswordInput
              label={t('calendars.new_password')}
              description={t('calendars.keep_secret')}
              autoComplete="off"
              data-autofocus
              visibilityToggleButtonProps={{ 'aria-label': t('calendars.show_password') }}
              aria-invalid={form.errors.password !== undefined}
              {...form.getInputProps('password')}
            />
          )}
          {of.kind === 'feed' && <TextInput type="url" label={t('calendars.new_address')} description={t('calendars.keep_secret')} autoComplete="off" data-autofocus {...form.getInputProps('url')} />}
          {save.isPending && (
            <Text size="xs" c="dimmed" role="status">
              {t('calendars.asking')}
            </Text>
          )}
          <FormActions onCancel={onClose} pending={save.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
