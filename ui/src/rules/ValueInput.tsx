import { useTranslation } from 'react-i18next';
import { MultiSelect, NumberField, Select, TagsInput, TextInput } from '~/components';
import { CHOICES, entryOf, WEEKDAYS, type Op, type ValueType } from './model';
import classes from './RuleBuilder.module.css';

interface Props {
  type: ValueType;
  op: Op;
  field: string;
  /** What a dropdown field offers. */
  options: string[];
  value: unknown;
  onChange: (value: unknown) => void;
}

/** What a field is compared with, as its type and the comparison want it. */
export function ValueInput({ type, op, field, options, value, onChange }: Props) {
  const { t } = useTranslation();
  const label = t('rule.value');
  const choices =
    field === 'status'
      ? CHOICES.status.map((word) => ({ value: word as string, label: t(`status.${word}`) }))
      : field === 'source'
        ? CHOICES.source.map((word) => ({ value: word as string, label: t(`source.${word}`) }))
        : options.map((word) => ({ value: word, label: word }));
  const list = Array.isArray(value) ? value.map(String) : [];

  switch (entryOf(op)) {
    case 'none':
      return null;
    case 'days':
      return (
        <NumberField
          size="xs"
          w={130}
          aria-label={t('rule.days')}
          min={0}
          max={36_525}
          allowDecimal={false}
          suffix={` ${t('rule.days')}`}
          value={typeof value === 'number' ? value : undefined}
          onChange={(days) => onChange(days ?? null)}
        />
      );
    case 'weekdays':
      return (
        <MultiSelect
          size="xs"
          className={classes.grow}
          aria-label={label}
          data={WEEKDAYS.map((day) => ({ value: day as string, label: t(`weekday.${day}`) }))}
          value={list}
          onChange={onChange}
        />
      );
    case 'list':
      if (type === 'choice') return <MultiSelect size="xs" className={classes.grow} aria-label={label} data={choices} value={list} onChange={onChange} />;
      return (
        <TagsInput
          size="xs"
          className={classes.grow}
          aria-label={label}
          placeholder={list.length === 0 ? t('rule.list_hint') : undefined}
          value={list}
          onChange={(words) => onChange(type === 'number' ? words.map(Number).filter((number) => !Number.isNaN(number)) : words)}
        />
      );
    case 'pair': {
      const [from, to] = Array.isArray(value) ? (value as unknown[]) : ['', ''];
      return (
        <>
          <Single type={type} label={t('rule.from')} value={from} choices={choices} onChange={(end) => onChange([end, to])} />
          <span className={classes.word}>{t('rule.and')}</span>
          <Single type={type} label={t('rule.to')} value={to} choices={choices} onChange={(end) => onChange([from, end])} />
        </>
      );
    }
    case 'one':
      return <Single type={type} label={label} value={value} choices={choices} onChange={onChange} />;
  }
}

interface SingleProps {
  type: ValueType;
  label: string;
  value: unknown;
  choices: { value: string; label: string }[];
  onChange: (value: unknown) => void;
}

function Single({ type, label, value, choices, onChange }: SingleProps) {
  const { t } = useTranslation();
  const text = value === null || value === undefined ? '' : String(value);
  switch (type) {
    case 'number':
      return <NumberField size="xs" w={120} aria-label={label} value={typeof value === 'number' ? value : undefined} onChange={(number) => onChange(number ?? '')} />;
    case 'boolean':
      return (
        <Select
          size="xs"
          w={110}
          aria-label={label}
          allowDeselect={false}
          data={[
            { value: 'true', label: t('value.yes') },
            { value: 'false', label: t('value.no') },
          ]}
          value={text}
          onChange={(chosen) => onChange(chosen === 'true')}
        />
      );
    case 'choice':
      return <Select size="xs" w={170} aria-label={label} placeholder={t('picker.choose')} data={choices} value={text || null} onChange={(chosen) => onChange(chosen ?? '')} />;
    case 'date':
    case 'time':
      // A day serves both; for a time it is the day in the account's time zone.
      return <TextInput type="date" size="xs" w={150} aria-label={label} value={text.slice(0, 10)} onChange={(event) => onChange(event.currentTarget.value)} />;
    case 'text':
      return <TextInput size="xs" className={classes.grow} aria-label={label} value={text} onChange={(event) => onChange(event.currentTarget.value)} />;
  }
}
