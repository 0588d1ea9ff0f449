import { resolve } from 'node:path';
import { defineConfig } from 'vitest/config';
import { texts } from './vite.config.ts';

export default defineConfig({
  plugins: [texts()],
  resolve: { alias: { '@i18n': resolve(import.meta.dirname, '../i18n'), '~': resolve(import.meta.dirname, 'src') } },
  test: { include: ['src/**/*.test.ts'] },
});
