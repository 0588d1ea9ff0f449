import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = join(import.meta.dirname, '../..');
const folder = join(root, '../i18n');
const texts = (name: string) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Record<string, string>;
const english = texts('en.json');
const others = readdirSync(folder).filter((name) => name.endsWith('.json') && name !== 'en.json');

const places = (text: string) => [...text.matchAll(/\{\{\s*(\w+)/g)].map((match) => match[1]).sort();
const stem = (key: string) => key.replace(/_(zero|one|two|few|many|other)$/, '');

function sources(directory: string): string[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return sources(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith('.test.ts') ? [readFileSync(path, 'utf8')] : [];
  });
}

describe.each(others)('%s', (name) => {
  const translated = texts(name);

  it('has only texts that English has', () => {
    const known = new Set(Object.keys(english).map(stem));
    expect(Object.keys(translated).filter((key) => !known.has(stem(key)))).toEqual([]);
  });

  it('has the same places for values', () => {
    const wrong = Object.entries(translated).filter(([key, text]) => {
      const original = english[key] ?? english[`${stem(key)}_other`];
      return original !== undefined && places(text).join() !== places(original).join() && places(text).join() !== 'count';
    });
    expect(wrong).toEqual([]);
  });
});

it('keeps English in order, without texts that nothing uses', () => {
  const keys = Object.keys(english);
  expect(keys).toEqual([...keys].sort());
  const code = sources(join(root, 'src')).join('\n');
  const quoted = new Set([...code.matchAll(/'([\w.]+)'/g)].map((match) => match[1]));
  // A key that is put together, such as `campaign_state.${state}`, is used by its beginning.
  const built = new Set([...code.matchAll(/`([\w.]+[._])\$\{/g)].map((match) => match[1]!));
  const unused = keys.filter((key) => {
    const name = stem(key);
    if (quoted.has(name) || quoted.has(key)) return false;
    // Not every `_other` is a plural.
    return ![...built].some((beginning) => name.startsWith(beginning) || key.startsWith(beginning));
  });
  expect(unused).toEqual([]);
});
