import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { bookingActions } from '~/api/bookings';
import type { EventType, Question } from '~/api/schema';
import { plus } from '~/bookings/model/dates';
import { SlotPicker } from '~/bookings/SlotPicker';
import { useLength } from '~/bookings/words';
import { applyFaults, Checkbox, FormActions, FormError, Modal, MultiSelect, NumberInput, ownTimeZone, Select, Stack, Textarea, TextInput, TimeZoneSelect, toast, useForm } from '~/components';
import { useFormats } from '~/i18n/format';
import { toZoned } from '~/i18n/zone';

interface Props {
  eventTypes: EventType[];
  onClose: () => void;
  onDone: (id: string) => void;
}

type Answers = Record<string, string | number | boolean | string[]>;

/** Books for somebody, such as on the telephone. */
export function NewBooking({ eventTypes, onClose, onDone }: Props) {
  const { t } = useTranslation();
  const length = useLength();
  const queries = useQueryClient();
  const format = useFormats();
  const [type, setType] = useState(eventTypes[0]!.id);
  const [minutes, setMinutes] = useState<number | undefined>(undefined);
  const [date, setDate] = useState(() => plus(toZoned(new Date(), format.timeZone).slice(0, 10), 1));
  const [start, setStart] = useState<string | null>(null);
  const [answers, setAnswers] = useState<Answers>({});
  const form = useForm({ initialValues: { name: '', email: '', phone: '', time_zone: ownTimeZone() } });
  const eventType = eventTypes.find(({ id }) => id === type)!;
  const durations = eventType.settings.durations ?? [];
  const book = useMutation({
    mutationFn: ({ name, email, phone, time_zone }: typeof form.values) =>
      bookingActions.create({ event_type_id: type, start: start!, duration: minutes ?? null, name: name.trim(), email: email.trim(), phone: phone.trim() || null, time_zone, answers: answers as Record<string, never> }),
    onError: (error) => applyFaults(error, form),
    onSuccess: async (made) => {
      await queries.invalidateQueries({ queryKey: ['bookings'] });
      toast.done(t('booking.booked'));
      onDone(made.booking.id);
    },
  });
  return (
    <Modal opened onClose={onClose} size="lg" title={t('booking.new_booking')} closeButtonProps={{ 'aria-label': t('action.close') }}>
      <form onSubmit={form.onSubmit((entries) => {
          if (start !== null) book.mutate(entries);
        })} noValidate>
        <Stack gap="md">
          <FormError error={book.error} fields={['name', 'email', 'phone', 'time_zone']} />
          <Select
            label={t('booking.event_type')}
            data={eventTypes.map((one) => ({ value: one.id, label: one.title }))}
            value={type}
            allowDeselect={false}
            onChange={(id) => {
              if (!id || id === type) return;
              setType(id);
              setMinutes(undefined);
              setStart(null);
              setAnswers({});
            }}
          />
          {durations.length > 1 && (
            <Select
              label={t('booking.minutes')}
              data={durations.map((one) => ({ value: String(one), label: length(one) }))}
              value={String(minutes ?? durations[0])}
              allowDeselect={false}
              onChange={(value) => {
                setMinutes(Number(value));
                setStart(null);
              }}
            />
          )}
          <SlotPicker type={type} minutes={minutes} date={date} onDate={setDate} value={start} onChange={setStart} />
          <TextInput label={t('named.name')} {...form.getInputProps('name')} />
          <TextInput type="email" label={t('subscriber.email')} {...form.getInputProps('email')} />
          <TextInput type="tel" label={t('booking.phone')} {...form.getInputProps('phone')} />
          <TimeZoneSelect label={t('setup.time_zone')} {...form.getInputProps('time_zone')} />
          {(eventType.settings.questions ?? []).map((question) => (
            <AnswerField key={question.key} question={question} value={answers[question.key]} error={form.errors[`answers.${question.key}`] as string | undefined} onChange={(value) => setAnswers((before) => ({ ...before, [question.key]: value }))} />
          ))}
          <FormActions onCancel={onClose} pending={book.isPending} label={start === null ? t('booking.choose_time') : t('booking.book_at', { time: format.dateTime(start) })} />
        </Stack>
      </form>
    </Modal>
  );
}

interface AnswerProps {
  question: Question;
  value: Answers[string] | undefined;
  error?: string;
  onChange: (value: Answers[string]) => void;
}

function AnswerField({ question, value, error, onChange }: AnswerProps) {
  const { label, kind, help, required, options = [] } = question;
  const shared = { label, description: help ?? undefined, error, withAsterisk: required };
  const text = typeof value === 'string' ? value : '';
  switch (kind) {
    case 'long_text':
      return <Textarea {...shared} autosize minRows={2} value={text} onChange={({ currentTarget }) => onChange(currentTarget.value)} />;
    case 'choice':
      return <Select {...shared} data={options} value={text || null} onChange={(chosen) => onChange(chosen ?? '')} />;
    case 'several':
      return <MultiSelect {...shared} data={options} value={Array.isArray(value) ? value : []} onChange={onChange} />;
    case 'yes_no':
      return <Checkbox label={label} description={help ?? undefined} error={error} checked={value === true} onChange={({ currentTarget }) => onChange(currentTarget.checked)} />;
    case 'number':
      return <NumberInput size="sm" {...shared} value={typeof value === 'number' ? value : ''} onChange={(number) => typeof number === 'number' && onChange(number)} />;
    case 'text':
    case 'phone':
      return <TextInput {...shared} type={kind === 'phone' ? 'tel' : 'text'} value={text} onChange={({ currentTarget }) => onChange(currentTarget.value)} />;
  }
}
