import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { timeActions } from '~/api/bookings';
import type { Host } from '~/api/schema';
import { applyFaults, FormActions, FormError, Modal, Stack, Textarea, TextInput, toast, useForm } from '~/components';
import classes from '../Booking.module.css';

/** Dates on which a host is not there, whatever their hours are. */
export function TimeOffModal({ host, first, onClose }: { host: Host; first: string; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const form = useForm({ initialValues: { first, last: first, note: '' } });
  const add = useMutation({
    mutationFn: ({ note, ...dates }: typeof form.values) => timeActions.away(host.id, { ...dates, note: note.trim() || null }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['hosts', host.id, 'time-off'] });
      toast.done(t('booking.away_added'));
      onClose();
    },
  });
  return (
    <Modal opened onClose={onClose} title={t('booking.time_off_of', { name: host.name })} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => add.mutate(entries))} noValidate>
        <Stack gap="md">
          <FormError error={add.error} fields={['first', 'last', 'note']} />
          <div className={classes.pair}>
            <TextInput type="date" label={t('booking.first_day')} data-autofocus {...form.getInputProps('first')} />
            <TextInput type="date" label={t('booking.last_day')} min={form.values.first} {...form.getInputProps('last')} />
          </div>
          <Textarea label={t('booking.note')} description={t('booking.away_note_hint')} autosize minRows={2} {...form.getInputProps('note')} />
          <FormActions onCancel={onClose} pending={add.isPending} />
        </Stack>
      </form>
    </Modal>
  );
}
