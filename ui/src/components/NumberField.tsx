import { NumberInput, type NumberInputProps } from '@mantine/core';
import { readNumber, useTyped } from './typed';

interface Props extends Omit<NumberInputProps, 'value' | 'defaultValue' | 'onChange' | 'onBlur'> {
  value: number | undefined;
  onChange: (value: number | undefined) => void;
  /** What it may not be without: while it is empty, the number before stays. */
  always?: boolean;
}

/** A number. What is none yet, such as a minus sign, may stand in the field while somebody types. */
export function NumberField({ value, onChange, always, ...input }: Props) {
  const typed = useTyped<number | undefined>({
    value,
    write: (number) => (number === undefined ? '' : String(number)),
    read: (text) => readNumber(text) ?? (always || text.trim() !== '' ? value : undefined),
    onChange,
  });
  const number = readNumber(typed.text);
  return <NumberInput {...input} value={String(number) === typed.text ? number : typed.text} onChange={(text) => typed.type(String(text))} onBlur={typed.leave} />;
}
