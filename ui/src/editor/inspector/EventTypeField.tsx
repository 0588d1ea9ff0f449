import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { eventTypesQuery } from '~/api/bookings';
import { Select } from '~/components';

interface Props {
  label: string;
  value: string;
  onChange: (value: string) => void;
  error?: string;
}

/** What a booking block leads to. */
export function EventTypeField({ label, value, onChange, error }: Props) {
  const { t } = useTranslation();
  const types = useQuery(eventTypesQuery);
  const all = types.data;
  const known = (all ?? []).map(({ id, title, enabled }) => ({ value: id, label: enabled ? title : t('editor.event_type_off', { title }) }));
  // One that is gone still has to be shown, so that it can be changed.
  const gone = all !== undefined && value !== '' && !known.some((one) => one.value === value);
  const off = all?.some(({ id, enabled }) => id === value && !enabled);
  return (
    <Select
      label={label}
      size="xs"
      searchable
      allowDeselect={false}
      placeholder={t('picker.choose')}
      nothingFoundMessage={t('editor.no_event_types')}
      description={t('editor.event_type_hint')}
      data={gone ? [...known, { value, label: t('booking.deleted_type') }] : known}
      value={value === '' ? null : value}
      error={error ?? (gone ? t('editor.event_type_gone') : off ? t('editor.event_type_closed') : undefined)}
      onChange={(chosen) => chosen && onChange(chosen)}
    />
  );
}
