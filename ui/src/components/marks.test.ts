import { expect, test } from 'vitest';
import { matched } from './marks';

test('links of a mail are those of its document, in order', () => {
  const urls = ['https://example.com/a', 'https://example.com/b', 'https://example.com/a'];
  expect(matched(['https://example.com/a', 'https://example.com/b', 'https://example.com/a'], urls)).toEqual([0, 1, 2]);
});

test('merge fields are any text, and what is not there is left out', () => {
  const urls = ['https://example.com/?name={{ first_name | default("x") }}&a=1', 'https://example.com/only-members', 'https://example.com/end.html'];
  expect(matched(['https://example.com/?name=Ann&a=1', 'mailto:ann@example.com', 'https://example.com/end.html'], urls)).toEqual([0, null, 2]);
  expect(matched(['https://example.com/endXhtml'], urls)).toEqual([null]);
  expect(matched(['https://example.com/'], ['https://example.com'])).toEqual([0]);
});
