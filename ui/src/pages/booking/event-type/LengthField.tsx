import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { NumberField, Select } from '~/components';
import classes from './EventType.module.css';

const UNITS = { minutes: 1, hours: 60, days: 1440 } as const;
type Unit = keyof typeof UNITS;

const unitOf = (minutes: number): Unit => (minutes === 0 ? 'minutes' : minutes % 1440 === 0 ? 'days' : minutes % 60 === 0 ? 'hours' : 'minutes');

interface Props {
  label: string;
  description?: string;
  /** Minutes. */
  value: number;
  onChange: (minutes: number) => void;
  error?: string;
  disabled?: boolean;
}

/** A length of time in the unit that suits it. */
export function LengthField({ label, description, value, onChange, error, disabled }: Props) {
  const { t } = useTranslation();
  const [unit, setUnit] = useState<Unit>(() => unitOf(value));
  return (
    <div className={classes.length}>
      <NumberField
        size="sm"
        flex={1}
        classNames={{ label: classes.words, description: classes.words, error: classes.words }}
        label={label}
        description={description}
        error={error}
        min={0}
        allowNegative={false}
        always
        disabled={disabled}
        value={value / UNITS[unit]}
        onChange={(count = 0) => onChange(Math.round(count * UNITS[unit]))}
      />
      <Select
        w={112}
        aria-label={t('booking.unit_of', { what: label })}
        data={(Object.keys(UNITS) as Unit[]).map((one) => ({ value: one, label: t(`booking.unit_${one}`) }))}
        value={unit}
        allowDeselect={false}
        disabled={disabled}
        onChange={(chosen) => {
          const next = chosen as Unit;
          // The number stays, what it means changes.
          onChange(Math.round((value / UNITS[unit]) * UNITS[next]));
          setUnit(next);
        }}
      />
    </div>
  );
}
