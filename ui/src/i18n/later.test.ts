import english from '@i18n/en.json';
import i18next from 'i18next';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it, vi } from 'vitest';
import { loadTexts } from '.';
import { LATER } from './later';

const src = join(import.meta.dirname, '..');

function resolved(from: string, path: string): string | undefined {
  if (!/^(~|\.)/.test(path)) return undefined;
  const whole = path.startsWith('~') ? join(src, path.slice(1)) : join(dirname(from), path);
  return ['.ts', '.tsx', '/index.ts', '/index.tsx', ''].map((end) => whole + end).find((file) => /\.tsx?$/.test(file) && existsSync(file));
}

/** Every module that is shown before somebody signs in, and what these bring along. */
function shownFirst(): Map<string, string> {
  const found = new Map<string, string>();
  const open = ['main.tsx', 'routes/__root.tsx', 'routes/sign-in.tsx', 'routes/setup.tsx'].map((file) => join(src, file));
  for (let file = open.pop(); file; file = open.pop()) {
    // The tree of routes names all of them, which come when they are gone to.
    if (found.has(file) || file.endsWith('routeTree.gen.ts')) continue;
    const code = readFileSync(file, 'utf8');
    found.set(file, code);
    for (const [, path] of code.matchAll(/(?:from |import\(?)'([^']+)'/g)) {
      const next = resolved(file, path!);
      if (next) open.push(next);
    }
  }
  return found;
}

it('uses texts that come later only on pages that come later', () => {
  const later = Object.keys(english).filter((key) => LATER.test(key));
  const stems = new Set([...later, ...later.map((key) => key.replace(/_(zero|one|two|few|many|other)$/, ''))]);
  const modules = shownFirst();
  expect(modules.size).toBeGreaterThan(30);
  expect([...modules.keys()].some((file) => file.endsWith('pages/sign-in/index.tsx'))).toBe(true);
  const wrong = [...modules].flatMap(([file, code]) => {
    const whole = [...code.matchAll(/'([a-z_]+\.[\w.]+)'/g)].map(([, key]) => key!).filter((key) => stems.has(key));
    const built = [...code.matchAll(/`([a-z_]+\.[\w.]*)\$\{/g)].map(([, key]) => key!).filter((key) => LATER.test(key));
    return [...whole, ...built].map((key) => `${file.slice(src.length)}: ${key}`);
  });
  expect(wrong).toEqual([]);
});

it('loads them once', async () => {
  await i18next.init({ lng: 'en', resources: {} });
  const add = vi.spyOn(i18next, 'addResourceBundle').mockReturnValue(i18next);
  await Promise.all([loadTexts(), loadTexts()]);
  await loadTexts();
  expect(add).toHaveBeenCalledTimes(1);
});
