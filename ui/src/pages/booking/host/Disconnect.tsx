import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { calendarActions, type CalendarCopies } from '~/api/calendars';
import type { CalendarConnection } from '~/api/schema';
import { ConfirmModal, FormError, Radio, Stack, Text, toast } from '~/components';

const COPIES: readonly CalendarCopies[] = ['keep', 'remove'];

/** Asks what becomes of what was put there. */
export function Disconnect({ of: { id, name }, receives, onClose }: { host: string; of: CalendarConnection; receives: boolean; onClose: () => void }) {
  const { t } = useTranslation();
  const queries = useQueryClient();
  const [copies, setCopies] = useState<CalendarCopies>('keep');
  const disconnect = useMutation({
    mutationFn: () => calendarActions.disconnect(id, copies),
    onSuccess: async () => {
      await queries.invalidateQueries({ queryKey: ['bookings'] });
      toast.done(t('calendars.disconnected', { name }));
      onClose();
    },
  });
  return (
    <ConfirmModal opened onClose={onClose} title={t('calendars.disconnect_title', { name })} confirm={t('calendars.disconnect')} busy={disconnect.isPending} onConfirm={() => disconnect.mutate()}>
      <Stack gap="md">
        <FormError error={disconnect.error} />
        <Text size="sm">{t('calendars.disconnect_text')}</Text>
        {receives && (
          <Radio.Group label={t('calendars.copies')} value={copies} onChange={(value) => setCopies(value as CalendarCopies)}>
            <Stack gap="xs" mt={6}>
              {COPIES.map((value) => (
                <Radio key={value} value={value} label={t(`calendars.copies_${value}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
      </Stack>
    </ConfirmModal>
  );
}
