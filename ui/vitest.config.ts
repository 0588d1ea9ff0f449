import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  resolve: { alias: { '@i18n': resolve(import.meta.dirname, '../i18n'), '~': resolve(import.meta.dirname, 'src') } },
  test: { include: ['src/**/*.test.ts'] },
});
