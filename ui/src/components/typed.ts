import { useState } from 'react';

/** What somebody typed, which value it was typed over, and which one came of it. */
export interface Typed<T> {
  text: string;
  over: T;
  value: T;
}

export function same(one: unknown, other: unknown): boolean {
  return Object.is(one, other) || JSON.stringify(one) === JSON.stringify(other);
}

/** What a field shows: what was typed as long as it stands for the value; `1.` stays until it is `1.5`. */
export function shownText<T>(typed: Typed<T> | null | undefined, value: T, write: (value: T) => string): string {
  return typed && (same(typed.value, value) || same(typed.over, value)) ? typed.text : write(value);
}

/** A number, if it is one already. */
export function readNumber(text: string): number | undefined {
  const number = Number(text);
  return text.trim() === '' || !Number.isFinite(number) ? undefined : number;
}

interface Options<T> {
  value: T;
  write: (value: T) => string;
  read: (text: string) => T;
  onChange: (value: T) => void;
}

/** A field whose text is not the value itself: what is typed stays as it is until the field is left. */
export function useTyped<T>({ value, write, read, onChange }: Options<T>) {
  const [typed, setTyped] = useState<Typed<T> | null>(null);
  return {
    text: shownText(typed, value, write),
    type: (text: string) => {
      const changed = read(text);
      setTyped({ text, over: value, value: changed });
      if (!same(changed, value)) onChange(changed);
    },
    leave: () => setTyped(null),
  };
}
