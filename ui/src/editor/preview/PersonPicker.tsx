import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { peopleQuery } from '~/api/sending';
import { Select, useDebouncedValue } from '~/components';
import { useFrame } from '~/frame/context';

/** As whom a preview is made. */
export function PersonPicker({ value, onChange }: { value: string | null; onChange: (id: string | null) => void }) {
  const { t } = useTranslation();
  const { can } = useFrame();
  const [search, setSearch] = useState('');
  const [settled] = useDebouncedValue(search, 200);
  const [chosenLabel, setChosenLabel] = useState('');
  // What stands in the field after a choice is no search.
  const people = useQuery({ ...peopleQuery(settled === chosenLabel ? '' : settled), enabled: can('audience:read') });
  if (!can('audience:read')) return null;
  const options = (people.data?.data ?? []).map(({ id, email, first_name, last_name }) => {
    const name = [first_name, last_name].filter(Boolean).join(' ');
    return { value: id, label: name ? `${name} <${email}>` : email };
  });
  if (value && !options.some((option) => option.value === value)) options.unshift({ value, label: chosenLabel });
  return (
    <Select
      label={t('preview.as')}
      placeholder={t('preview.as_nobody')}
      data={options}
      value={value}
      onChange={(id, option) => {
        setChosenLabel(option?.label ?? '');
        onChange(id);
      }}
      searchValue={search}
      onSearchChange={setSearch}
      filter={({ options: all }) => all}
      searchable
      clearable
      clearButtonProps={{ 'aria-label': t('preview.as_nobody') }}
      nothingFoundMessage={t('preview.nobody_found')}
    />
  );
}
