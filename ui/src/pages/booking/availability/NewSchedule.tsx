import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { scheduleActions } from '~/api/bookings';
import type { Host } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, ownTimeZone, Select, Stack, TextInput, TimeZoneSelect, toast, useForm } from '~/components';

const SHARED = 'shared';

/** Another schedule. Its hours are set on the page. */
export function NewSchedule({ hosts, onClose, onDone }: { hosts: Host[]; onClose: () => void; onDone: (id: string) => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { name: '', host_id: hosts[0]?.id ?? SHARED, time_zone: hosts[0]?.time_zone ?? ownTimeZone() } });
  const add = useMutation({
    mutationFn: ({ name, host_id, time_zone }: typeof form.values) => scheduleActions.create({ name: name.trim(), time_zone, ...(host_id === SHARED ? {} : { host_id }) }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async ({ id, name }) => {
      await queries.invalidateQueries({ queryKey: ['schedules'], exact: true });
      toast.done(t('named.added', { name }));
      onClose();
      onDone(id);
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('booking.new_schedule')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={add.error} fields={['name', 'host_id', 'time_zone']} />
          <TextInput label={t('named.name')} placeholder={t('booking.schedule_example')} data-autofocus {...form.getInputProps('name')} />
          <Select
            label={t('booking.schedule_of')}
            description={t('booking.schedule_of_hint')}
            data={[{ value: SHARED, label: t('booking.shared') }, ...hosts.map(({ id, name }) => ({ value: id, label: name }))]}
            allowDeselect={false}
            {...form.getInputProps('host_id')}
          />
          <TimeZoneSelect label={t('setup.time_zone')} {...form.getInputProps('time_zone')} />
          <FormActions onCancel={onClose} pending={add.isPending} label={t('automations.create')} />
        </Stack>
      </form>
    </Modal>
  );
}
