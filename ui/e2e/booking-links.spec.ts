import { expect, expectAccessible, test, type Api } from './world';

test.use({ world: 'booking-links', actionTimeout: 30_000 });

interface Made {
  id: string;
}

/** Something that can be booked. */
async function offer(api: Api, title: string): Promise<string> {
  const users = await api.call<{ data: Made[] }>('GET', '/api/users');
  const hosts = await api.call<{ data: Made[] } | Made[]>('GET', '/api/hosts');
  const known = Array.isArray(hosts) ? hosts : hosts.data;
  const host = known[0] ?? (await api.call<Made>('POST', '/api/hosts', { user_id: users.data[0]!.id, time_zone: 'Europe/Berlin' }));
  const { id } = await api.call<Made>('POST', '/api/event-types', { title, hosts: [{ host_id: host.id }], settings: { durations: [30], notice_minutes: 0 } });
  return id;
}

test('a mail has a button to what can be booked', async ({ signedIn: page, api }) => {
  const id = await offer(api, 'Tasting');
  const closed = await offer(api, 'Closed');
  await api.call('PATCH', `/api/event-types/${closed}`, { enabled: false });
  const { id: campaign } = await api.call<Made>('POST', '/api/campaigns', { name: 'Invitation' });
  const blocks = [{ id: 'a', type: 'booking', props: { event_type: '', label: 'Book a time' } }];
  await api.call('PATCH', `/api/campaigns/${campaign}`, { content: { subject: 'Come', body: { kind: 'blocks', document: { version: 1, blocks } } } });
  await page.goto(`/app/campaigns/${campaign}/design`);
  await expect(page.getByRole('button', { name: /Booking link/ }).first()).toBeVisible();
  const block = page.getByRole('group', { name: /^Booking link\b.*\d of \d/ });
  await block.click({ position: { x: 400, y: 10 } });
  await page.getByRole('textbox', { name: 'Words', exact: true }).fill('Taste with us');
  await expect(block).toContainText('Taste with us');
  const choice = page.getByRole('combobox', { name: 'What can be booked' });
  await choice.click();
  await page.getByRole('option', { name: 'Closed (off)' }).click();
  await expect(page.getByText('This event type is switched off, so nothing can be booked.')).toBeVisible();
  await choice.click();
  await page.getByRole('option', { name: 'Tasting', exact: true }).click();
  await expect(page.getByText('This event type is switched off')).toBeHidden();
  await expectAccessible(page);
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expect.poll(async () => JSON.stringify(await api.call<unknown>('GET', `/api/campaigns/${campaign}/content`))).toContain(`"event_type":"${id}"`);
});

test('a segment asks what somebody booked', async ({ signedIn: page, api }) => {
  const id = await offer(api, 'Advice');
  const soon = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const slots = await api.call<{ days: { slots: { start: string }[] }[] }>('GET', `/api/event-types/${id}/slots?from=${soon}T00:00:00Z&to=${new Date(Date.now() + 9 * 86_400_000).toISOString()}`);
  const start = slots.days[0]!.slots[0]!.start;
  await api.call('POST', '/api/bookings', { event_type_id: id, start, name: 'Grace Hopper', email: 'grace@example.com' });
  await page.goto('/app/segments/new');
  await page.getByLabel('Name').fill('Soon here');
  const first = page.getByRole('group', { name: 'Condition 1' });
  await first.getByRole('combobox', { name: 'What it is about' }).click();
  await page.getByRole('option', { name: 'Has an upcoming booking' }).click();
  await expect(page.getByText('People where has an upcoming booking', { exact: true })).toBeVisible();
  await first.getByRole('combobox', { name: 'Event type' }).click();
  await page.getByRole('option', { name: 'Advice', exact: true }).click();
  await first.getByRole('combobox', { name: 'When' }).click();
  await page.getByRole('option', { name: 'begins in the next' }).click();
  await first.getByRole('textbox', { name: 'days' }).fill('14');
  await expect(page.getByText('has an upcoming booking of "Advice" in the next 14 days')).toBeVisible();
  await expect(page.getByText('1', { exact: true }).first()).toBeVisible();
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Save segment' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Soon here' })).toBeVisible();
});
