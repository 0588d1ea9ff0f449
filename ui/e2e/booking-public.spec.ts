import { AxeBuilder } from '@axe-core/playwright';
import { createServer, type Server as Http } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from '@playwright/test';
import { expect, test, watch } from './world';

test.use({ world: 'booking-public' });

/** No violation of WCAG in light and in dark. */
async function accessible(page: Page) {
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']).analyze();
    expect(violations.map(({ id, nodes }) => `${colorScheme} ${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`)).toEqual([]);
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

/** Somebody who can be met for half an hour, in Berlin. */
async function desk(api: { call<T>(method: string, path: string, data?: unknown): Promise<T> }) {
  const known = await api.call<{ data: { slug: string }[] } | { slug: string }[]>('GET', '/api/event-types');
  const list = Array.isArray(known) ? known : known.data;
  if (list.some((one) => one.slug === 'intro')) return;
  await api.call('PUT', '/api/booking-settings', { page: 'northwind' });
  const users = await api.call<{ data: { id: string }[] }>('GET', '/api/users');
  const host = await api.call<{ id: string }>('POST', '/api/hosts', { user_id: users.data[0]!.id, time_zone: 'Europe/Berlin', slug: 'ada' });
  await api.call('POST', '/api/event-types', {
    title: 'Intro call',
    slug: 'intro',
    hosts: [{ host_id: host.id }],
    settings: {
      description: 'Half an hour to get to know each other.\nBring your questions.',
      durations: [30, 60],
      locations: [{ kind: 'link', url: 'https://meet.example.com/ada' }],
      notice_minutes: 0,
      questions: [
        { key: 'company', label: 'Which company are you from?', kind: 'text', required: true, help: 'As on your card.' },
        { key: 'topic', label: 'What is it about?', kind: 'choice', options: ['Price', 'Something else'] },
      ],
    },
  });
}

/** A page of another site: `localhost` is another one than `127.0.0.1`. */
async function foreign(html: string): Promise<{ url: string; stop(): void }> {
  const server: Http = createServer((_, answer) => {
    answer.setHeader('content-type', 'text/html; charset=utf-8');
    answer.end(`<!doctype html><html lang="en"><head><title>Shop</title><meta name="viewport" content="width=device-width"></head><body><main><h1>Shop</h1>${html}</main></body></html>`);
  });
  await new Promise<void>((done) => server.listen(0, 'localhost', done));
  return { url: `http://localhost:${(server.address() as AddressInfo).port}/?utm_source=spring`, stop: () => void server.close() };
}

async function fill(page: Pick<Page, 'getByLabel' | 'getByRole'>) {
  await page.getByLabel('Your name').fill('Grace Hopper');
  await page.getByLabel('Email').fill('grace@example.com');
  await page.getByLabel('Which company are you from?').fill('Navy');
  await page.getByLabel('Something else').check();
}

test.describe('on a phone in another zone', () => {
  test.use({ viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true, timezoneId: 'America/New_York', locale: 'en-US' });

  test('a visitor books, moves and cancels by touch', async ({ page, server, api }) => {
    await desk(api);
    const complaints = watch(page);
    await page.goto(`${server.url}/book/northwind`);
    await accessible(page);
    await page.getByRole('link', { name: /Intro call/ }).tap();
    // The page finds out where the visitor is.
    await expect(page.getByText('Times are in America/New_York')).toBeVisible();
    await accessible(page);
    const time = page.locator('.slot').first();
    await expect(time).toHaveText(/^\d+:\d\d (am|pm)$/);
    const chosen = await time.textContent();
    await time.tap();
    await expect(page.getByRole('heading', { name: 'Your details' })).toBeVisible();
    await expect(page.locator('.about')).toContainText(chosen!);
    // The time is kept while the form is filled in.
    await expect(page.locator('input[name=hold]')).not.toHaveValue('');
    await accessible(page);

    await page.getByRole('button', { name: 'Confirm booking' }).tap();
    await expect(page.getByRole('alert')).toHaveText('Please look at what is marked.');
    await accessible(page);
    await fill(page);
    await page.getByRole('button', { name: 'Confirm booking' }).tap();
    await expect(page.getByRole('heading', { name: 'Your meeting is booked' })).toBeVisible();
    await expect(page.getByText('America/New_York')).toBeVisible();
    await accessible(page);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide).toBeLessThanOrEqual(390);

    await page.getByRole('link', { name: 'Choose another time' }).tap();
    await page.locator('.slot').nth(1).tap();
    await accessible(page);
    await page.getByRole('button', { name: 'Move the meeting' }).tap();
    await expect(page.getByRole('heading', { name: 'Your meeting is booked' })).toBeVisible();
    await page.getByRole('link', { name: 'Cancel meeting' }).tap();
    await accessible(page);
    await page.getByLabel(/Would you say why/).fill('Ill');
    await page.getByRole('button', { name: 'Cancel meeting' }).tap();
    await expect(page.getByRole('heading', { name: 'This meeting is cancelled' })).toBeVisible();
    const rows = await api.call<{ data: { status: string; time_zone: string }[] }>('GET', '/api/bookings');
    expect(rows.data.map((row) => [row.status, row.time_zone])).toEqual([['cancelled', 'America/New_York']]);
    expect(complaints).toEqual([]);
  });
});

test('and by keyboard alone', async ({ page, server, api }) => {
  await desk(api);
  // A month with many days, whatever day it is.
  await page.goto(`${server.url}/book/northwind/intro`);
  await expect(page.getByText('Times are in Europe/Berlin')).toBeVisible();
  const month = await page.locator('#month').textContent();
  await page.getByRole('link', { name: 'Next month' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.locator('#month')).not.toHaveText(month!);
  await expect(page.locator('#month')).toBeFocused();
  const day = page.locator('.days a').first();
  await day.focus();
  await page.keyboard.press('ArrowRight');
  await expect(page.locator('.days a').nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#times-of')).toBeFocused();
  await page.keyboard.press('Tab');
  await page.keyboard.press('ArrowDown');
  await expect(page.locator('.slot').nth(1)).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.locator('#form-title')).toBeFocused();
  for (const text of ['Grace Hopper', 'grace@example.com', 'Navy']) {
    await page.keyboard.press('Tab');
    await page.keyboard.type(text);
  }
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Your meeting is booked' })).toBeVisible();
  await page.getByRole('link', { name: 'Cancel meeting' }).focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Cancel meeting' }).focus();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'This meeting is cancelled' })).toBeVisible();
});

test('without a script', async ({ browser, server, api }) => {
  await desk(api);
  const context = await browser.newContext({ javaScriptEnabled: false, locale: 'de-DE' });
  const page = await context.newPage();
  await page.goto(`${server.url}/book/northwind/intro`);
  await page.getByRole('link', { name: 'Zeitzone ändern' }).click();
  await page.getByLabel('Zeitzone').selectOption('Asia/Tokyo');
  await page.getByRole('button', { name: 'Diese Zeitzone verwenden' }).click();
  await expect(page.getByText('Zeiten in Asia/Tokyo')).toBeVisible();
  await page.locator('.slot').first().click();
  await page.getByLabel('Ihr Name').fill('Grace Hopper');
  await page.getByLabel('E-Mail-Adresse').fill('grace@example.com');
  await page.getByLabel('Which company are you from?').fill('Navy');
  await page.getByRole('button', { name: 'Termin buchen' }).click();
  await expect(page.getByRole('heading', { name: 'Ihr Termin ist gebucht' })).toBeVisible();
  await context.close();
});

test('who finds every seat taken waits for one', async ({ browser, server, api }) => {
  await desk(api);
  const hosts = await api.call<{ data: { id: string }[] } | { id: string }[]>('GET', '/api/hosts');
  const host = (Array.isArray(hosts) ? hosts : hosts.data)[0]!;
  await api.call('POST', '/api/event-types', {
    title: 'Tasting',
    slug: 'tasting',
    hosts: [{ host_id: host.id }],
    settings: { durations: [60], capacity: 3, notice_minutes: 0, waiting_list: true, window: { kind: 'days', days: 14 } },
  });
  const context = await browser.newContext({ javaScriptEnabled: false, viewport: { width: 390, height: 844 }, locale: 'en-US' });
  const page = await context.newPage();
  await page.goto(`${server.url}/book/northwind/tasting?tz=Europe%2FBerlin`);
  const slot = page.locator('.slot').first();
  await expect(slot).toContainText('3 left');
  await slot.click();
  // Three come at once, and no more than are left.
  const seats = page.getByLabel('Seats');
  await expect(seats).toHaveAttribute('max', '3');
  await seats.fill('3');
  await page.getByLabel('Your name').fill('Grace Hopper');
  await page.getByLabel('Email').fill('grace@example.com');
  await page.getByRole('button', { name: 'Confirm booking' }).click();
  await expect(page.getByText('3 seats')).toBeVisible();

  await page.goto(`${server.url}/book/northwind/tasting?tz=Europe%2FBerlin`);
  const full = page.getByRole('link', { name: 'Full: wait' });
  await expect(full).toHaveCount(1);
  await full.click();
  await expect(page.getByRole('heading', { name: 'Wait for a place' })).toBeVisible();
  await page.getByRole('button', { name: 'Join the waiting list' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel('Your name').fill('Ada Lovelace');
  await page.getByLabel('Email').fill('ada@example.com');
  await page.getByRole('button', { name: 'Join the waiting list' }).click();
  await expect(page.getByRole('heading', { name: 'You are on the waiting list' })).toBeVisible();
  await context.close();

  const seen = await (await browser.newContext({ viewport: { width: 390, height: 844 }, hasTouch: true })).newPage();
  await seen.goto(`${server.url}/book/northwind/tasting?tz=Europe%2FBerlin`);
  await accessible(seen);
  await seen.getByRole('link', { name: 'Full: wait' }).tap();
  await expect(seen.getByRole('heading', { name: 'Wait for a place' })).toBeVisible();
  await accessible(seen);
  await seen.context().close();
});

test('the page is shown inside of others: inline, as a pop-up, behind a button', async ({ page, server, api }) => {
  await desk(api);
  const complaints = watch(page);
  const shop = await foreign(`
    <script src="${server.url}/embed.js" async></script>
    <sendero-booking link="northwind/intro" config='{"name":"Grace Hopper"}'></sendero-booking>
    <button type="button" data-sendero-book="northwind/intro">Talk to us</button>
    <sendero-booking mode="button" link="northwind/intro">Book a call</sendero-booking>
    <script>window.heard = []; addEventListener('load', () => Sendero.on('*', (event) => heard.push(event)));</script>`);
  await page.goto(shop.url);
  const inline = page.locator('sendero-booking iframe');
  await expect(inline).toBeVisible();
  const frame = page.frameLocator('sendero-booking iframe');
  await expect(frame.getByText('Times are in Europe/Berlin')).toBeVisible();
  // As high as what is in it, which is little on the last day of a month and much on the first.
  const inside = () => frame.locator('body').evaluate((body) => Math.ceil(body.getBoundingClientRect().height));
  await expect.poll(async () => (await inline.boundingBox())!.height - (await inside())).toBe(0);
  await frame.locator('.slot').first().click();
  await expect(frame.getByLabel('Your name')).toHaveValue('Grace Hopper');
  await fill(frame);
  await frame.getByRole('button', { name: 'Confirm booking' }).click();
  await expect(frame.getByRole('heading', { name: 'Your meeting is booked' })).toBeVisible();
  const heard = () => page.evaluate(() => (window as unknown as { heard: { type: string; data: { status?: string } }[] }).heard);
  await expect.poll(async () => (await heard()).filter((one) => one.type === 'booked').map((one) => one.data.status)).toEqual(['ACCEPTED']);

  await page.getByRole('button', { name: 'Talk to us' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.frameLocator('iframe').getByRole('heading', { name: 'Intro call' })).toBeVisible();
  await page.getByRole('button', { name: 'Close' }).click();
  await expect(dialog).toHaveCount(0);
  await expect(page.getByRole('button', { name: 'Talk to us' })).toBeFocused();

  await page.getByRole('button', { name: 'Book a call' }).last().click();
  await expect(page.getByRole('dialog').frameLocator('iframe').locator('.slot').first()).toBeVisible();
  await accessible(page);
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);

  // What another window says is not believed.
  const before = (await heard()).length;
  await page.evaluate(() => window.postMessage({ sendero: 1, type: 'booked', data: {} }, '*'));
  await page.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  expect((await heard()).length).toBe(before);
  shop.stop();
  expect(complaints).toEqual([]);
});

test('a snippet of Cal.com works with another address', async ({ page, server, api }) => {
  await desk(api);
  const shop = await foreign(`
    <div id="my-cal-inline" style="width:100%"></div>
    <button type="button" data-cal-link="northwind/intro" data-cal-namespace="intro" data-cal-config='{"layout":"month_view","name":"Grace"}'>Meet</button>
    <script>
      (function (C, A, L) { let p = function (a, ar) { a.q.push(ar); }; let d = C.document; C.Cal = C.Cal || function () { let cal = C.Cal; let ar = arguments; if (!cal.loaded) { cal.ns = {}; cal.q = cal.q || []; d.head.appendChild(d.createElement("script")).src = A; cal.loaded = true; } if (ar[0] === L) { const api = function () { p(api, arguments); }; const namespace = ar[1]; api.q = api.q || []; if (typeof namespace === "string") { cal.ns[namespace] = cal.ns[namespace] || api; p(cal.ns[namespace], ar); p(cal, ["initNamespace", namespace]); } else p(cal, ar); return; } p(cal, ar); }; })(window, "${server.url}/embed/embed.js", "init");
      Cal("init", "intro", { origin: "${server.url}" });
      Cal.ns.intro("inline", { elementOrSelector: "#my-cal-inline", config: { layout: "month_view", email: "grace@example.com" }, calLink: "northwind/intro" });
      Cal.ns.intro("ui", { theme: "dark", hideEventTypeDetails: false, layout: "month_view" });
      window.heard = [];
      for (const action of ["linkReady", "__dimensionChanged", "bookingSuccessfulV2"]) Cal.ns.intro("on", { action, callback: (event) => heard.push(event.detail) });
    </script>`);
  await page.goto(shop.url);
  const frame = page.frameLocator('#my-cal-inline iframe');
  await expect(frame.locator('.slot').first()).toBeVisible();
  await expect(frame.locator('html')).toHaveAttribute('data-theme', 'dark');
  await frame.locator('.slot').first().click();
  await expect(frame.getByLabel('Email')).toHaveValue('grace@example.com');
  await fill(frame);
  await frame.getByRole('button', { name: 'Confirm booking' }).click();
  await expect(frame.getByRole('heading', { name: 'Your meeting is booked' })).toBeVisible();
  type Heard = { type: string; namespace: string; fullType: string; data: { title?: string; iframeHeight?: number } };
  const heard = () => page.evaluate(() => (window as unknown as { heard: Heard[] }).heard);
  await expect.poll(async () => (await heard()).find((one) => one.type === 'bookingSuccessfulV2')).toMatchObject({ namespace: 'intro', fullType: 'CAL:intro:bookingSuccessfulV2', data: { title: 'Intro call' } });
  expect((await heard()).map((one) => one.type)).toContain('linkReady');
  await page.getByRole('button', { name: 'Meet' }).click();
  await expect(page.getByRole('dialog').frameLocator('iframe').locator('.slot').first()).toBeVisible();
  shop.stop();
});
