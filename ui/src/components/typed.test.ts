import { expect, it } from 'vitest';
import { readNumber, shownText, type Typed } from './typed';

const write = (value: number | undefined) => (value === undefined ? '' : String(value));

it('keeps what is being typed as long as it stands for the value', () => {
  const typed = (text: string, over?: number): Typed<number | undefined> => ({ text, over, value: readNumber(text) ?? over });
  expect(shownText(typed('1.'), 1, write)).toBe('1.');
  expect(shownText(typed('1.0'), 1, write)).toBe('1.0');
  expect(shownText(typed('-'), undefined, write)).toBe('-');
  // Nothing came of it yet: the number before it stays the value.
  expect(shownText(typed('-', 5), 5, write)).toBe('-');
  // Somebody took the change back.
  expect(shownText(typed('12', 3), 7, write)).toBe('7');
  expect(shownText(null, 7, write)).toBe('7');
});

it('reads numbers only', () => {
  expect(['1.', '-0.5', '-', '.', '', ' ', 'x', 'Infinity'].map(readNumber)).toEqual([1, -0.5, undefined, undefined, undefined, undefined, undefined, undefined]);
});
