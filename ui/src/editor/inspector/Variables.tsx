import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { TagsInput } from '~/components';
import { MOST_VARIABLES, refusedName } from '../model/variables';

interface Props {
  value: readonly string[];
  onChange: (names: string[]) => void;
}

/** The names of a template that programs give values to. */
export function Variables({ value, onChange }: Props) {
  const { t } = useTranslation();
  const [refused, setRefused] = useState<string | null>(null);
  return (
    <TagsInput
      size="xs"
      label={t('editor.variables')}
      description={t('editor.variables_hint')}
      placeholder={value.length === 0 ? 'order' : undefined}
      value={[...value]}
      maxTags={MOST_VARIABLES}
      error={refused}
      clearable={false}
      onChange={(names) => {
        const wrong = names.find((name) => refusedName(name) !== undefined);
        setRefused(wrong === undefined ? null : t(`editor.variable_${refusedName(wrong)!}`, { name: wrong }));
        const fit = names.filter((name) => refusedName(name) === undefined);
        if (fit.join() !== value.join()) onChange(fit);
      }}
    />
  );
}
