// Takes the pictures of docs/images from the demo account, which may read calendars on this machine:
//
//   SENDERO_NETWORK_ALLOW_PRIVATE=127.0.0.1 cargo run -- demo --data-dir ./demo --listen 127.0.0.1:8090
//   cd ui && node scripts/pictures.mjs http://127.0.0.1:8090 [NAME ...]
import { mkdirSync } from 'node:fs';
import { resolve } from 'node:path';
import { chromium } from '@playwright/test';
import * as bookings from './bookings.mjs';

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
const { csrf_token } = await (await page.request.get('/api/session')).json();
const headers = { 'x-csrf-token': csrf_token };
const ready = (await (await page.request.get('/api/built-in-templates')).json()).data;
const wanted = ['editor', 'editor-preview', 'templates', 'files', 'settings-brand', 'ab-test', 'feeds', 'series'];
let letter = '';
if (only.length === 0 || only.some((name) => wanted.includes(name))) {
  const { content } = ready.find(({ key }) => key === 'newsletter');
  const made = await page.request.post('/api/campaigns', { data: { name: 'October letter', audience: { everyone: true }, content }, headers });
  letter = (await made.json()).id;
}
const asked = (name) => only.length === 0 || only.includes(name);
const add = async (path, data) => {
  const made = await page.request.post(path, { data, headers });
  if (!made.ok()) throw new Error(`${path}: ${await made.text()}`);
  return (await made.json()).id;
};
let feed = '';
if (asked('feeds')) {
  const rule = { every: 'week', at: '09:00', weekdays: [1] };
  feed = await add('/api/feeds', { name: 'News of the shop', url: 'https://birchwood.example/feed.xml', campaign_id: letter, mode: 'digest', rule });
}
let series = '';
if (asked('series')) {
  const rule = { every: 'month', at: '09:00', day: 1 };
  series = await add('/api/campaign-series', { name: 'First of the month', campaign_id: letter, rule });
}
const sent = (await (await page.request.get('/api/campaigns?state=sent&limit=1')).json()).data[0].id;
const openArchive = async () => {
  await page.getByRole('button', { name: /^More for/ }).click();
  await page.getByRole('menuitem', { name: 'Public archive' }).click();
};
if (asked('ab-test')) {
  const variants = [{ subject: 'October at Birchwood' }, { subject: 'Three new roasts, and a walk in the woods', delay_minutes: 120 }];
  const ab = { share_percent: 20, winner_by: 'clicks', test_minutes: 240, variants };
  await page.request.patch(`/api/campaigns/${letter}`, { data: { ab }, headers });
}
let message = '';
if (asked('messages') || asked('message')) {
  const content = { subject: 'Your order', body: { kind: 'html', html: '<p>Thank you.</p>' } };
  for (const [to, tag] of [['grace@example.com', 'receipt'], ['ada@example.com', 'password'], ['linus@example.com', 'receipt']]) {
    message = await add('/api/messages', { to, tag, sender_email: 'shop@birchwood.example', content });
  }
  await page.waitForTimeout(3000);
}
const automations = ['automations', 'automation', 'automation-people', 'automation-edit'];
let automation = '';
let greeting = '';
if (automations.some(asked)) {
  const { content } = ready.find(({ key }) => key === 'newsletter');
  greeting = await add('/api/templates', { name: 'Welcome to Birchwood', content });
  const start = 'welcome';
  const clicked = { event: 'message.clicked', with: { step: 'welcome' } };
  const draft = {
    version: 1,
    triggers: [
      { id: 'joined', on: { event: 'group.joined', with: { group: await first('/api/groups?limit=1') } }, start },
      { id: 'by-hand', on: { event: 'automation.started' }, start },
    ],
    steps: [
      { id: 'welcome', name: 'Welcome', kind: 'send_email', with: { template: greeting }, next: 'kind' },
      { id: 'kind', name: 'Half of them', kind: 'random_split', with: { arms: [{ id: 'a', weight: 50, next: 'race' }, { id: 'b', weight: 50, next: 'score' }] } },
      { id: 'race', name: 'Does somebody click?', kind: 'wait_for_any', with: { paths: [{ id: 'clicked', on: clicked, next: 'score' }], timeout: { days: 3 } }, next: 'reminder' },
      { id: 'reminder', name: 'Reminder', kind: 'send_email', with: { template: greeting, subject: 'Have you seen this?' }, next: 'done' },
      { id: 'score', kind: 'increment_field', with: { field: 'score', by: 5 }, next: 'rest' },
      { id: 'rest', kind: 'wait', with: { days: 1, at: '09:00' }, next: 'done' },
      { id: 'done', kind: 'end' },
    ],
  };
  automation = await add('/api/automations', { name: 'Welcome', draft });
  const published = await page.request.post(`/api/automations/${automation}/publish`, { data: {}, headers });
  if (!published.ok()) throw new Error(await published.text());
  const { data: people } = await (await page.request.get('/api/subscribers?limit=40')).json();
  for (const { id } of people) await page.request.post(`/api/automations/${automation}/trigger`, { data: { subscriber_id: id }, headers });
  await page.waitForTimeout(4000);
}
const send = async (method, path, data) => {
  const answer = await page.request.fetch(path, { method, data, headers });
  if (!answer.ok()) throw new Error(`${method} ${path}: ${await answer.text()}`);
  const text = await answer.text();
  return text ? JSON.parse(text) : undefined;
};
if (bookings.NAMES.some(asked)) {
  const { pages, visited, clear } = await bookings.prepare({ page, get: (path) => send('GET', path), send });
  await page.goto('/app/');
  await take(pages);
  await take(visited, '');
  await clear();
}
let hooks = [];
if (asked('hooks')) {
  const shop = await send('POST', '/api/hooks', { name: 'Shop', email_at: 'customer.email', new_people: 'active' });
  await page.request.post(new URL(shop.url).pathname, { data: { customer: { email: 'grace@example.com' } } });
  hooks = [shop.id, await add('/api/hooks', { name: 'Till' })];
}
const onCanvas = () => page.getByText('Canvas', { exact: true }).click();
await take({
  home: '/',
  automations: '/automations',
  automation: [`/automations/${automation}`, async () => page.viewportSize().width > 900 && onCanvas()],
  'automation-people': `/automations/${automation}?tab=people`,
  'automation-edit': [
    `/automations/${automation}/edit`,
    async () => {
      if (page.viewportSize().width < 900) return;
      await onCanvas();
      await page.locator('[data-card="race"]').click();
    },
  ],
  'ab-test': [`/campaigns/${letter}/edit`, () => page.getByRole('heading', { level: 2, name: 'A/B test' }).scrollIntoViewIfNeeded()],
  hooks: '/automations/hooks',
  feeds: '/campaigns/feeds',
  messages: '/messages',
  message: `/messages/${message}`,
  editor: [`/campaigns/${letter}/design`, () => page.locator('[data-type="text"]').first().click({ position: { x: 20, y: 20 } })],
  'editor-preview': [`/campaigns/${letter}/design`, () => page.getByText('Preview', { exact: true }).click()],
  templates: ['/templates', () => page.getByRole('tab').nth(1).click()],
  files: '/files',
  'settings-brand': '/settings/brand',
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
  'settings-senders': '/settings/senders',
  'settings-dkim': '/settings/dkim',
  'settings-limits': '/settings/limits',
  'settings-privacy': '/settings/privacy',
  'settings-suppressions': '/settings/suppressions',
  'settings-audit': '/settings/audit',
  campaigns: '/campaigns',
  campaign: `/campaigns/${sent}`,
  calendar: '/campaigns/calendar',
  series: '/campaigns/series',
  archive: [`/campaigns/${sent}`, openArchive],
  sandbox: ['/sandbox', () => page.getByRole('link').filter({ hasText: '@' }).first().click()],
});
for (const id of hooks) await page.request.delete(`/api/hooks/${id}`, { headers });
if (automation) await page.request.delete(`/api/automations/${automation}`, { headers });
if (greeting) await page.request.delete(`/api/templates/${greeting}`, { headers });
if (series) await page.request.delete(`/api/campaign-series/${series}`, { headers });
if (feed) await page.request.delete(`/api/feeds/${feed}`, { headers });
if (letter) await page.request.delete(`/api/campaigns/${letter}`, { headers });
await browser.close();

/** `base` is where the paths begin: of the app, or of what visitors see. */
async function take(pages, base = '/app') {
  for (const [name, entry] of Object.entries(pages)) {
    const [path, act] = Array.isArray(entry) ? entry : [entry];
    if (only.length > 0 && !only.includes(name)) continue;
    for (const width of [1280, 390]) {
      for (const scheme of ['light', 'dark']) {
        await page.setViewportSize({ width, height: width === 390 ? 780 : 800 });
        await page.evaluate((value) => localStorage.setItem('mantine-color-scheme-value', value), scheme);
        await page.emulateMedia({ colorScheme: scheme });
        await page.goto(path.startsWith('http') ? path : `${base}${path}`);
        await page.locator('h1').waitFor();
        await page.waitForLoadState('networkidle');
        if (act) {
          await act();
          await page.waitForTimeout(1500);
        }
        // Charts draw themselves in.
        await page.waitForTimeout(name === 'home' ? 1800 : 300);
        await page.screenshot({ path: `${out}/${name}-${width}-${scheme}.jpg`, type: 'jpeg', quality: 55 });
      }
    }
  }
}
