// Takes the pictures of docs/images from the demo account:
//
//   cargo run -- demo --data-dir ./demo --listen 127.0.0.1:8090
//   cd ui && node scripts/pictures.mjs http://127.0.0.1:8090 [NAME ...]
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from '@playwright/test';

const [url, ...only] = process.argv.slice(2);
const out = resolve(import.meta.dirname, '../../docs/images');
mkdirSync(out, { recursive: true });

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});
const context = await browser.newContext({ baseURL: url, locale: 'en-GB', timezoneId: 'Europe/Berlin' });
const page = await context.newPage();

/** The first of a list of the API, for a page about one of it. */
async function first(path) {
  const { data } = await (await page.request.get(path)).json();
  return data[0].id;
}

await page.goto('/app/sign-in');
const pictures = { 'sign-in': '/sign-in' };
await take(pictures);
await page.request.post('/api/session', { data: { email: 'demo@example.com', password: 'birchwood-coffee' } });
await take({
  home: '/',
  subscribers: '/subscribers',
  subscriber: `/subscribers/${await first('/api/subscribers?sort=last_activity&limit=1')}`,
  import: '/subscribers/import',
  groups: '/groups',
  tags: '/tags',
  fields: '/fields',
  segments: '/segments',
  segment: `/segments/${await first('/api/segments?limit=1')}`,
  'settings-profile': '/settings',
  'settings-account': '/settings/account',
  'settings-members': '/settings/members',
  'settings-sending': '/settings/sending',
  'settings-tokens': '/settings/tokens',
});
await browser.close();

async function take(pages) {
  for (const [name, path] of Object.entries(pages)) {
    if (only.length > 0 && !only.includes(name)) continue;
    for (const width of [1280, 390]) {
      for (const scheme of ['light', 'dark']) {
        await page.setViewportSize({ width, height: width === 390 ? 780 : 800 });
        await page.evaluate((value) => localStorage.setItem('mantine-color-scheme-value', value), scheme);
        await page.goto(`/app${path}`);
        await page.locator('h1').waitFor();
        await page.waitForLoadState('networkidle');
        // Charts draw themselves in.
        await page.waitForTimeout(name === 'home' ? 1800 : 300);
        await page.screenshot({ path: `${out}/${name}-${width}-${scheme}.jpg`, type: 'jpeg', quality: 55 });
      }
    }
  }
}
