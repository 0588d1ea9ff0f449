import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { groupsQuery, segmentsQuery, tagsQuery } from '~/api/audience';

export type NamedKind = 'group' | 'tag' | 'segment';

/** The groups, tags or segments of the account by id, for pickers. */
export function useNamed(kind: NamedKind): { value: string; label: string }[] {
  const groups = useQuery({ ...groupsQuery, enabled: kind === 'group' });
  const tags = useQuery({ ...tagsQuery, enabled: kind === 'tag' });
  const segments = useQuery({ ...segmentsQuery, enabled: kind === 'segment' });
  const rows = { group: groups.data, tag: tags.data, segment: segments.data }[kind] ?? [];
  return rows.map(({ id, name }) => ({ value: id, label: name }));
}

interface Props {
  kind: NamedKind;
  value: string | null;
  onChange: (id: string | null) => void;
  label: string;
  hideLabel?: boolean;
}

export function NamePicker({ kind, value, onChange, label, hideLabel }: Props) {
  const { t } = useTranslation();
  const data = useNamed(kind);
  return (
    <Select
      label={hideLabel ? undefined : label}
      aria-label={hideLabel ? label : undefined}
      placeholder={t('picker.choose')}
      data={data}
      value={value}
      onChange={onChange}
      searchable
      nothingFoundMessage={t('picker.nothing')}
    />
  );
}
