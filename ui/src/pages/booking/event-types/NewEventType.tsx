import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useNavigate } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { eventTypeActions } from '~/api/bookings';
import type { Host } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, NumberInput, Select, Stack, TextInput, useForm } from '~/components';

/** A title, a length and a host are enough; the rest is set in the editor. */
export function NewEventType({ opened, hosts, onClose }: { opened: boolean; hosts: Host[]; onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened={opened} onClose={onClose} title={t('booking.new_event_type')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      {opened && <Form hosts={hosts} onClose={onClose} />}
    </Modal>
  );
}

function Form({ hosts, onClose }: { hosts: Host[]; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const navigate = useNavigate();
  const form = useForm({ initialValues: { title: '', minutes: 30, host: hosts[0]?.id ?? '' } });
  const add = useMutation({
    mutationFn: ({ title, minutes, host }: typeof form.values) => eventTypeActions.create({ title: title.trim(), hosts: [{ host_id: host }], settings: { durations: [minutes] } }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async ({ id }) => {
      await queries.invalidateQueries({ queryKey: ['event-types'] });
      void navigate({ to: '/bookings/event-types/$id', params: { id } });
    },
  });
  const durations = form.getInputProps('settings.durations').error as string | undefined;
  return (
    <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
      <Stack gap="md">
        <FormError error={add.error} fields={['title', 'settings.durations']} />
        <TextInput label={t('booking.title')} placeholder={t('booking.title_example')} data-autofocus {...form.getInputProps('title')} />
        <NumberInput size="sm" label={t('booking.minutes')} min={1} max={1440} allowDecimal={false} {...form.getInputProps('minutes')} error={durations} />
        {hosts.length > 1 && <Select label={t('booking.host')} data={hosts.map(({ id, name }) => ({ value: id, label: name }))} allowDeselect={false} {...form.getInputProps('host')} />}
        <FormActions onCancel={onClose} pending={add.isPending} label={t('automations.create')} />
      </Stack>
    </form>
  );
}
