import { expect, test } from 'vitest';
import { sorted } from './entries';

test('what is pasted is sorted by what it is, each once', () => {
  const md5 = 'd41d8cd98f00b204e9800998ecf8427e';
  expect(sorted(`ada@example.com, example.org; @example.net\n${md5}\n  ada@example.com`)).toEqual({
    emails: ['ada@example.com'],
    domains: ['example.org', 'example.net'],
    hashes: [md5],
  });
  expect(sorted(' \n ')).toEqual({ emails: [], domains: [], hashes: [] });
});
