import { defineConfig } from '@playwright/test';

/** Against the real program (`SENDERO_BIN`) and the browser of the system (`CHROMIUM`). */
export default defineConfig({
  testDir: 'e2e',
  outputDir: process.env.E2E_OUTPUT ?? 'node_modules/.e2e',
  // One after the other in one file: they share a server. Files run beside each other.
  fullyParallel: false,
  workers: Number(process.env.E2E_WORKERS ?? 2),
  // Generous: what is slow on a busy machine is not a fault.
  timeout: 240_000,
  expect: { timeout: 20_000 },
  reporter: process.env.CI ? 'line' : 'list',
  use: {
    viewport: { width: 1280, height: 860 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--no-sandbox',
        '--disable-gpu',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
    trace: 'off',
  },
});
