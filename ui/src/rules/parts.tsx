import { useTranslation } from 'react-i18next';
import type { Rule } from '~/api/schema';
import { NumberField } from '~/components';

/** A rule with some of its parts changed, and others taken out of it. */
export function changed(rule: Rule, change: Partial<Rule>, without: (keyof Rule)[] = []): Rule {
  const next = { ...rule };
  for (const key of without) delete next[key];
  return { ...next, ...change };
}

/** Within how many days. */
export function DaysField({ value, onChange }: { value: number | undefined; onChange: (days: number) => void }) {
  const { t } = useTranslation();
  return (
    <NumberField
      size="xs"
      w={130}
      aria-label={t('rule.days')}
      min={1}
      max={36_525}
      allowDecimal={false}
      suffix={` ${t('rule.days')}`}
      value={value}
      always
      onChange={(days = 1) => onChange(days)}
    />
  );
}
