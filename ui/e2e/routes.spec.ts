import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Page } from '@playwright/test';
import { LOGIN, startCalendars } from './calendars';
import { expect, expectGood, test, type Api } from './world';

test.use({ world: 'routes', settings: { SENDERO_NETWORK_ALLOW_PRIVATE: '127.0.0.1' } });

interface Made {
  id: string;
}

/** An account in which every page has something to show, and what the variable parts of addresses are. */
async function furnish(api: Api, dav: string): Promise<Record<string, string>> {
  await api.call('PATCH', '/api/account', { sender_name: 'Northwind', sender_email: 'news@example.com' });
  await api.call('POST', '/api/fields', { key: 'city', name: 'City', kind: 'text' });
  const group = await api.call<Made>('POST', '/api/groups', { name: 'Newsletter' });
  await api.call('POST', '/api/tags', { name: 'vip' });
  const people = Array.from({ length: 60 }, (_, n) => ({
    email: `a.rather.long.address.of.person${n}@mail.department.example.com`,
    first_name: 'Maximiliane-Wilhelmine',
    last_name: `Donaudampfschifffahrtsgesellschaft ${n}`,
    fields: { city: 'Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogoch' },
  }));
  await api.call('POST', '/api/subscribers/batch', { subscribers: people, groups: [group.id] });
  const { data } = await api.call<{ data: Made[] }>('GET', '/api/subscribers?limit=1');
  const segment = await api.call<Made>('POST', '/api/segments', { name: 'Active', rule: { field: 'status', op: 'equals', value: 'active' } });
  await api.call('POST', '/api/senders', { name: 'Ada of Northwind', email: 'ada@example.com', reply_to: 'answers@example.com' });
  await api.call('POST', '/api/send-limits', { scope: 'domain', key: '*', per_hour: 2000, warm_up: { first_day: 200, growth_percent: 50 } });
  await api.call('POST', '/api/dkim-keys', { domain: 'example.com', selector: 'spring', algorithm: 'ed25519' });
  await api.call('POST', '/api/suppressions', { emails: ['gone@example.org'], domains: ['competitor.example'] });
  const imported = await api.call<Made>('POST', '/api/imports', { text: 'email\nnew@example.com\nnot an address\n', options: {} });
  const content = {
    subject: 'The harvest is in',
    body: { kind: 'html', html: '<p><a href="https://example.com/a">Read on</a></p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>' },
  };
  const draft = await api.call<Made>('POST', '/api/campaigns', { name: 'A draft', audience: { everyone: true }, content });
  await api.call('POST', '/api/feeds', { name: 'News of the shop', url: 'https://shop.invalid/a/rather/long/address/of/a/feed.xml', campaign_id: draft.id, mode: 'each' });
  const template = await api.call<Made>('POST', '/api/templates', { name: 'Letter of the month', content });
  const to = 'a.rather.long.address.of.somebody@mail.department.example.com';
  const message = await api.call<Made>('POST', '/api/messages', { to, content, tag: 'order-confirmations-of-the-shop' });
  const steps = [{ id: 'mail', kind: 'send_email', with: { template: template.id }, next: 'rest' }, { id: 'rest', kind: 'wait', with: { days: 3 }, next: 'end' }, { id: 'end', kind: 'end' }];
  const greeting = { triggers: [{ id: 'joined', on: { event: 'group.joined', with: { group: group.id } }, start: 'mail' }], steps };
  const automation = await api.call<Made>('POST', '/api/automations', { name: 'Greetings to whoever joins the newsletter', draft: greeting });
  await api.call('POST', `/api/automations/${automation.id}/publish`, {});
  await api.call('POST', '/api/subscribers/batch', { subscribers: [{ email: 'joins@example.com' }], groups: [group.id] });
  let run = '';
  await expect(async () => {
    run = (await api.call<{ data: Made[] }>('GET', `/api/automations/${automation.id}/runs`)).data[0]!.id;
  }).toPass({ timeout: 60_000 });
  const { data: users } = await api.call<{ data: Made[] }>('GET', '/api/users');
  const host = await api.call<Made>('POST', '/api/hosts', { user_id: users[0]!.id, time_zone: 'America/Argentina/ComodRivadavia' });
  await api.call('POST', `/api/hosts/${host.id}/calendar-connections`, { kind: 'caldav', address: dav, user_name: LOGIN.user, password: LOGIN.password, name: 'donaudampfschifffahrtsgesellschaft@calendars.department.example.com' });
  await api.call('POST', '/api/hooks', { name: 'Shop of the Donaudampfschifffahrtsgesellschaft', email_at: 'order.customer.contact_details.email_address' });
  const eventType = await api.call<Made>('POST', '/api/event-types', {
    title: 'A conversation about the Donaudampfschifffahrtsgesellschaft',
    hosts: [{ host_id: host.id }],
    settings: { durations: [30, 45, 60], limits: [{ scope: 'host', period: 'week', bookings: 40 }], questions: [{ key: 'topic', label: 'What is it about?', kind: 'choice', options: ['Steam', 'Ships'] }] },
  });
  const free = await api.call<{ days: { slots: { start: string }[] }[] }>('GET', `/api/event-types/${eventType.id}/slots?from=${new Date().toISOString()}&to=${new Date(Date.now() + 1_209_600_000).toISOString()}`);
  for (const { slots } of free.days.slice(0, 6)) {
    await api.call('POST', '/api/bookings', { event_type_id: eventType.id, start: slots[1]!.start, name: 'Maximiliane-Wilhelmine Donaudampfschifffahrtsgesellschaft', email: to });
  }
  const sent = await api.call<Made>('POST', '/api/campaigns', { name: 'Harvest letter', audience: { everyone: true }, content });
  await api.call('POST', `/api/campaigns/${sent.id}/send`);
  await expect(async () => {
    expect((await api.call<{ state: string }>('GET', `/api/campaigns/${sent.id}`)).state).toBe('sent');
  }).toPass({ timeout: 60_000 });
  return {
    '/automations/$id/': automation.id,
    '/automations/$id/edit': automation.id,
    '/automations/$id/runs/$run': `${automation.id} ${run}`,
    '/bookings/event-types/$id': eventType.id,
    '/bookings/hosts/$id': host.id,
    '/campaigns/$id/': sent.id,
    '/campaigns/$id/edit': draft.id,
    '/campaigns/$id/design': draft.id,
    '/messages/$id': message.id,
    '/segments/$id': segment.id,
    '/subscribers/$id': data[0]!.id,
    '/subscribers/imports/$id': imported.id,
    '/templates/$id': template.id,
  };
}

/** Every address that the router knows, from its generated list: a page that is added is in this test by itself. */
function addresses(): string[] {
  const tree = readFileSync(join(import.meta.dirname, '../src/routeTree.gen.ts'), 'utf8');
  const all = [...tree.matchAll(/fullPath: '([^']+)'/g)].map((match) => match[1]!);
  // These are for people who are not signed in; the last is of no page.
  return [...new Set(all)].filter((path) => !['/setup', '/sign-in', '/$'].includes(path)).sort();
}

/** Beside what lies below the frame, so that what comes late is seen to push. */
async function measure(page: Page): Promise<void> {
  await page.addInitScript(() => {
    const seen = { shift: 0, from: [] as string[] };
    Object.assign(globalThis, { seen });
    new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { value: number; hadRecentInput: boolean; sources: { node?: Node }[] })[]) {
        if (entry.hadRecentInput) continue;
        seen.shift += entry.value;
        const nodes = entry.sources.map(({ node }) => (node instanceof Element ? `${node.tagName}.${node.className}` : String(node?.nodeName)).slice(0, 60));
        seen.from.push(`${entry.value.toFixed(4)} ${nodes.join(' ')}`);
      }
    }).observe({ type: 'layout-shift', buffered: true });
  });
}

/**
 * Lets each answer come at a time of its own, the same in every run: what a page asks for beside its rows may come before
 * or after them, and must not push in either order.
 */
async function scatter(page: Page): Promise<void> {
  await page.route(/\/api\//, async (route) => {
    const { pathname } = new URL(route.request().url());
    const late = [...pathname.replace(/[0-9a-f-]{20,}/g, '')].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) % 997, 7) % 5;
    await new Promise((done) => setTimeout(done, late * 120));
    await route.continue();
  });
}

/** Half of what counts as good. */
const MOST_SHIFT = 0.05;
/** Generous beside the second that people are promised: this machine does other things meanwhile. */
const SLOWEST_MS = 10_000;

test('every page is good in light and dark, on a telephone, and stands still while it loads', async ({ signedIn: page, api }) => {
  test.setTimeout(900_000);
  const calendars = await startCalendars(new Date(new Date().setUTCHours(10, 0, 0, 0)));
  const ids = await furnish(api, calendars.dav);
  await measure(page);
  await scatter(page);
  const report: string[] = [];
  const moved: string[] = [];
  const bad: string[] = [];
  const size = page.viewportSize()!;
  for (const path of addresses()) {
    const id = ids[path];
    if (path.includes('$id')) expect(id, `say in furnish() what ${path} is about`).toBeDefined();
    const started = Date.now();
    const [first = '', second = ''] = (id ?? '').split(' ');
    await page.goto(`/app${path.replace('$id', first).replace('$run', second)}`);
    await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
    await expect(page.locator('[class*=Skeleton]')).toHaveCount(0);
    const took = Date.now() - started;
    await page.waitForTimeout(800);
    const { shift, from } = await page.evaluate(() => (globalThis as unknown as { seen: { shift: number; from: string[] } }).seen);
    report.push(`${path.padEnd(28)} ${String(took).padStart(5)} ms  shift ${shift.toFixed(4)}`);
    if (shift >= MOST_SHIFT) moved.push(`${path}: ${shift.toFixed(3)}\n  ${from.join('\n  ')}`);
    if (took >= SLOWEST_MS) bad.push(`${path}: ${took} ms`);
    // All of them are told, not just the first.
    await test.step(path, () => expectGood(page)).catch((error: unknown) => bad.push(`${path}: ${String(error)}`));
    await page.setViewportSize(size);
  }
  calendars.close();
  console.log(report.join('\n'));
  expect(bad).toEqual([]);
  expect(moved).toEqual([]);
});
