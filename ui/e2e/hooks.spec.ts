import { createServer, type Server as Http } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, expectAccessible, expectGood, test } from './world';

test.use({ world: 'hooks', settings: { SENDERO_NETWORK_ALLOW_PRIVATE: '127.0.0.1' } });
test.describe.configure({ mode: 'serial' });

interface Made {
  id: string;
}

interface Draft {
  triggers: { on: { event: string; with?: Record<string, string> }; reentry?: { policy: string } }[];
}

test('a hook is made, tried with the address that is shown once, given another, and deleted', async ({ signedIn: page }) => {
  await page.goto('/app/automations');
  await page.getByRole('link', { name: 'Hooks' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'No hooks yet' })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'New hook' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Where the email address is').fill('customer..email');
  await dialog.getByRole('button', { name: 'Make the hook' }).click();
  // What is wrong stands at its field.
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expect(dialog.getByText('must be a line of 1 to 100 characters')).toBeVisible();
  await expect(dialog.getByText('must be a path into the body, such as `email` or `customer.email`')).toBeVisible();
  await expectGood(page);
  await dialog.getByLabel('Name', { exact: true }).fill('Shop');
  await dialog.getByLabel('Where the email address is').fill('customer.email');
  await dialog.getByRole('radio', { name: 'Become active' }).check();
  await dialog.getByRole('button', { name: 'Make the hook' }).click();
  await expect(dialog.getByRole('heading', { name: 'Shop is ready' })).toBeVisible();
  await expectGood(page);
  const address = await dialog.getByRole('group', { name: 'Address' }).locator('pre').innerText();
  expect(address).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/in\/\S+$/);
  const example = await dialog.getByRole('group', { name: 'To try it in a terminal' }).locator('pre').innerText();
  expect(example).toContain(`${address} \\`);
  // It is not lost by a click beside it.
  await page.mouse.click(4, 400);
  await expect(dialog.getByRole('heading', { name: 'Shop is ready' })).toBeVisible();
  // What the example sends is taken.
  const body = /-d '(.*)'$/s.exec(example)![1]!;
  const send = (to: string) => fetch(to, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
  expect((await send(address)).status).toBe(202);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByText(/^Last used /)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText('Become active')).toBeVisible();
  await expectGood(page);

  await page.getByRole('button', { name: 'Actions for Shop' }).click();
  await page.getByRole('menuitem', { name: 'Give it another address' }).click();
  await expect(page.getByRole('dialog')).toContainText('is worth nothing from then on');
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Give it another address' }).click();
  const shown = page.getByRole('dialog').getByRole('group', { name: 'Address' }).locator('pre');
  await expect(shown).toBeVisible();
  const another = await shown.innerText();
  expect(another).not.toBe(address);
  expect((await send(address)).status).toBe(404);
  expect((await send(another)).status).toBe(202);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();

  await page.getByRole('button', { name: 'Actions for Shop' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'No hooks yet' })).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('Shop', { exact: true })).toBeVisible();
});

test('an automation begins with a hook that is made beside it', async ({ signedIn: page, api }) => {
  const draft = { version: 1, triggers: [{ id: 'in', on: { event: 'group.joined' }, start: 'tag' }], steps: [{ id: 'tag', kind: 'increment_field', with: { field: 'score', by: 1 }, next: 'end' }, { id: 'end', kind: 'end' }] };
  const made = await api.call<Made>('POST', '/api/automations', { name: 'Orders', draft });
  await page.goto(`/app/automations/${made.id}/edit`);
  await page.getByRole('button', { name: /^When somebody/ }).click();
  await page.getByRole('combobox', { name: 'What happens' }).click();
  await page.getByRole('option', { name: 'is named by another program, through a hook' }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Hook: is missing' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Hook', exact: true }).click();
  await expect(page.getByRole('option', { name: 'Shop' })).toBeVisible();
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'New hook' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Till');
  await dialog.getByRole('radio', { name: 'Become active' }).check();
  await dialog.getByRole('button', { name: 'Make the hook' }).click();
  const address = await dialog.getByRole('group', { name: 'Address' }).locator('pre').innerText();
  // On a telephone the panel is another one, and a dialog of it would not come along.
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Close' }).last().click();
  // It is chosen.
  await expect(page.getByRole('button', { name: 'When somebody is named by another program, through a hook: Till' })).toBeVisible();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expect(page.getByText('Hook: is missing')).toHaveCount(0);
  await expectGood(page);
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  const answer = await fetch(address, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"email": "buyer@example.com"}' });
  expect(answer.status).toBe(202);
  await expect(page.getByText('0 inside · 1 through')).toBeVisible({ timeout: 30_000 });
  // From the numbers to whoever that was.
  await page.getByText('Canvas', { exact: true }).click();
  await page.getByRole('link', { name: '1 went this way' }).last().click();
  await expect(page.getByRole('button', { name: /^Went on from “Add to a number”/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /buyer@example.com/ })).toBeVisible();
});

test('an automation begins at times that come again, chosen by days and a time of day', async ({ signedIn: page, api }) => {
  const draft = { version: 1, triggers: [{ id: 'in', on: { event: 'group.joined' }, start: 'end' }], steps: [{ id: 'end', kind: 'end' }] };
  await api.call('POST', '/api/groups', { name: 'Newsletter' });
  const made = await api.call<Made>('POST', '/api/automations', { name: 'Weekly', draft });
  const trigger = async () => (await api.call<{ draft: Draft }>('GET', `/api/automations/${made.id}`)).draft.triggers[0]!;
  await page.goto(`/app/automations/${made.id}/edit`);
  await page.getByRole('button', { name: /^When somebody/ }).click();
  await page.getByRole('combobox', { name: 'What happens' }).click();
  await page.getByRole('option', { name: 'is there at a set time' }).click();
  await expect(page.getByRole('button', { name: /every day at 09:00$/ })).toBeVisible();
  await expect(page.getByText('By the clock of the account: Europe/Berlin.', { exact: false })).toBeVisible();
  // Otherwise everybody would come in only once.
  await expect(page.getByRole('combobox', { name: 'Who was here before' })).toHaveValue('Comes in again when they are through');
  await expect.poll(trigger).toMatchObject({ on: { event: 'schedule.fired', with: { schedule: 'daily 09:00' } }, reentry: { policy: 'after_end' } });
  const day = (name: string) => page.locator('label').getByText(name, { exact: true });
  const often = page.getByRole('combobox', { name: 'How often' });
  await often.click();
  await page.getByRole('option', { name: 'On days of the week' }).click();
  await day('Thursday').click();
  await page.getByLabel('At', { exact: true }).fill('18:30');
  await expect.poll(async () => (await trigger()).on.with).toEqual({ schedule: 'monday,thursday 18:30' });
  await expectGood(page);
  // One day stays.
  await day('Monday').click();
  await day('Thursday').click();
  await expect(page.getByRole('checkbox', { name: 'Thursday' })).toBeChecked();
  await often.click();
  await page.getByRole('option', { name: 'On days of the month' }).click();
  await day('31').click();
  await day('the last day').click();
  await expect(page.getByText('Months that do not have such a day leave it out.')).toBeVisible();
  await page.getByRole('combobox', { name: 'Group (any)' }).click();
  await page.getByRole('option', { name: 'Newsletter' }).click();
  await expect(page.getByRole('button', { name: /every month on day 1, day 31, the last day at 18:30, Newsletter$/ })).toBeVisible();
  await expect.poll(async () => (await trigger()).on.with?.schedule).toBe('1,31,last 18:30');
  await expectGood(page);
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  // The palette leads to the hooks.
  await page.keyboard.press('Control+k');
  await page.getByRole('dialog').getByRole('searchbox').or(page.getByPlaceholder(/^Search/)).first().fill('hooks');
  await page.getByRole('button', { name: 'Hooks for other programs' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Hooks' })).toBeVisible();
});

test('a step says that the server it asks is left alone, and until when', async ({ signedIn: page, api }) => {
  let asked = 0;
  const program: Http = createServer((_request, answer) => {
    asked += 1;
    answer.writeHead(503).end('busy');
  });
  await new Promise<void>((done) => program.listen(0, '127.0.0.1', done));
  try {
    const host = `127.0.0.1:${(program.address() as AddressInfo).port}`;
    const group = await api.call<Made>('POST', '/api/groups', { name: 'Callers' });
    const draft = { version: 1, triggers: [{ id: 'in', on: { event: 'group.joined', with: { group: group.id } }, start: 'call' }], steps: [{ id: 'call', kind: 'http_call', with: { method: 'POST', url: `http://${host}/` }, next: 'end' }, { id: 'end', kind: 'end' }] };
    const made = await api.call<Made>('POST', '/api/automations', { name: 'Calling', draft });
    await api.call('POST', `/api/automations/${made.id}/publish`, {});
    const people = Array.from({ length: 6 }, (_, n) => ({ email: `caller${n}@example.com` }));
    await api.call('POST', '/api/subscribers/batch', { subscribers: people, groups: [group.id] });
    await page.goto(`/app/automations/${made.id}`);
    const badge = page.getByRole('button', { name: /^Rests until .*: “Ask another program”$/ });
    await expect(badge).toBeVisible({ timeout: 60_000 });
    expect(asked).toBeGreaterThanOrEqual(5);
    for (const view of ['Outline', 'Canvas']) {
      await page.getByText(view, { exact: true }).click();
      await badge.click();
      const told = page.getByRole('dialog');
      await expect(told).toContainText(`${host} is left alone for a while`);
      await expect(told).toContainText(/Left alone since .*requests in a row failed.*the server answers with the status 503/);
      await expect(told).toContainText(/It is tried again on/);
      await expectGood(page);
      await page.keyboard.press('Escape');
      await expect(told).toHaveCount(0);
    }
  } finally {
    program.close();
  }
});
