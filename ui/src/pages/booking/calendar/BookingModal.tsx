import { useMutation, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bookingActions, hostsQuery } from '~/api/bookings';
import type { Booking, EventType, NoShow } from '~/api/schema';
import { SlotPicker } from '~/bookings/SlotPicker';
import { Button, FormError, Group, Modal, Radio, Select, Stack, Text, Textarea, toast } from '~/components';
import { useFormats } from '~/i18n/format';
import { toZoned } from '~/i18n/zone';

export type Asked = 'decline' | 'cancel' | 'reschedule' | 'reassign' | 'no_show';

interface Props {
  asked: Asked;
  booking: Booking;
  /** What was booked, unless it was deleted. */
  type: EventType | undefined;
  onClose: () => void;
  onDone: () => void;
}

/** What has to be said before something is done with a booking. */
export function BookingModal({ asked, booking, type, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const format = useFormats();
  const { id } = booking;
  const hosts = useQuery({ ...hostsQuery, enabled: asked === 'reassign' });
  const [reason, setReason] = useState('');
  const [date, setDate] = useState(() => toZoned(new Date(booking.start), format.timeZone).slice(0, 10));
  const [start, setStart] = useState<string | null>(null);
  const [host, setHost] = useState<string | null>(null);
  const [by, setBy] = useState<NoShow>('guest');
  const said = reason.trim() || null;
  const act = useMutation({
    mutationFn: () => {
      switch (asked) {
        case 'decline':
          return bookingActions.decline(id, said);
        case 'cancel':
          return bookingActions.cancel(id, said);
        case 'reschedule':
          return bookingActions.reschedule(id, start!, said);
        case 'reassign':
          return bookingActions.reassign(id, host!);
        case 'no_show':
          return bookingActions.noShow(id, by);
      }
    },
    onSuccess: () => {
      toast.done(t('booking.changed'));
      onDone();
      onClose();
    },
  });
  const team = (hosts.data ?? []).filter((one) => !booking.host_ids.includes(one.id) && (type?.hosts.some(({ host_id }) => host_id === one.id) ?? true));
  const ready = asked === 'reschedule' ? start !== null : asked === 'reassign' ? host !== null : true;
  const danger = asked === 'cancel' || asked === 'decline';
  return (
    <Modal opened onClose={onClose} title={t(`booking.ask_${asked}`)} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <Stack gap="md">
        <FormError error={act.error} />
        <Text size="sm">
          {booking.name} · {format.dateTime(booking.start)}
        </Text>
        {asked === 'reschedule' && type && <SlotPicker type={type.id} minutes={booking.minutes} moves={id} date={date} onDate={setDate} value={start} onChange={setStart} />}
        {asked === 'reassign' && (
          <>
            <Select label={t('booking.new_host_of')} placeholder={t('picker.choose')} data={team.map((one) => ({ value: one.id, label: one.name }))} value={host} onChange={setHost} />
            {hosts.isSuccess && team.length === 0 && <Text size="sm">{t('booking.nobody_else')}</Text>}
          </>
        )}
        {asked === 'no_show' && (
          <Radio.Group label={t('booking.who_missed')} value={by} onChange={(value) => setBy(value as NoShow)}>
            <Stack gap="xs" mt={6}>
              {(['guest', 'host'] as const).map((value) => (
                <Radio key={value} value={value} label={t(`booking.no_show_${value}`)} />
              ))}
            </Stack>
          </Radio.Group>
        )}
        {(danger || asked === 'reschedule') && <Textarea label={t('booking.reason_given')} description={t('booking.reason_hint')} autosize minRows={2} value={reason} onChange={({ currentTarget }) => setReason(currentTarget.value)} />}
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={onClose}>
            {t('booking.leave_it')}
          </Button>
          <Button color={danger ? 'red' : undefined} loading={act.isPending} disabled={!ready} onClick={() => act.mutate()}>
            {t(`booking.do_${asked}`)}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
