import { expect, expectGood, OWNER, test } from './world';

test.use({ world: 'settings' });

test('the account is changed', async ({ signedIn: page }) => {
  await page.goto('/app/settings/account');
  await page.getByLabel('Name of your organization').fill('Northwind Press');
  await page.getByLabel('Sender address').fill('not an address');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('See the fields below')).toBeVisible();
  await expectGood(page);
  await page.getByLabel('Sender address').fill('news@example.com');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await expect(page.getByText('Northwind Press').first()).toBeVisible();
});

test('a member joins and changes role', async ({ signedIn: page }) => {
  await page.goto('/app/settings/members');
  await page.getByRole('button', { name: 'Add member' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Email address').fill('grace@example.com');
  await dialog.getByLabel('Name', { exact: true }).fill('Grace Hopper');
  await dialog.getByLabel('First password').fill('a first password');
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Add member' }).click();
  await page.getByRole('combobox', { name: 'Role of Grace Hopper' }).click();
  await page.getByRole('option', { name: 'Viewer' }).click();
  await expect(page.getByText('Saved')).toBeVisible();
  await expectGood(page);
});

test('a token is shown once', async ({ signedIn: page, server }) => {
  await page.goto('/app/settings/tokens');
  await page.getByRole('button', { name: 'Make token' }).first().click();
  await page.getByLabel('Name').fill('shell');
  await page.getByRole('dialog').getByRole('button', { name: 'Make token' }).click();
  const token = await page.getByRole('dialog').locator('pre, code').first().innerText();
  await expectGood(page);
  const answer = await fetch(`${server.url}/api/subscribers`, { headers: { authorization: `Bearer ${token}` } });
  expect(answer.status).toBe(200);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByText('shell')).toBeVisible();
  await expectGood(page);
});

test('a mail server is added, and its connection tested', async ({ signedIn: page }) => {
  await page.goto('/app/settings/sending');
  await expect(page.getByText('Mail is kept in the sandbox inbox')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Add mail server' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Relay');
  // Nobody listens there.
  await page.getByLabel('Host').fill('127.0.0.1');
  await page.getByLabel('Port').fill('1');
  await expectGood(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('button', { name: 'Test the connection' }).click();
  await expect(page.getByText(/refused|connect/i).last()).toBeVisible();
  await expectGood(page);
});

test('the app speaks German, and remembers it', async ({ signedIn: page }) => {
  await page.goto('/app/settings');
  await expectGood(page);
  await page.getByRole('combobox', { name: 'Language' }).click();
  await page.getByRole('option', { name: 'Deutsch' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Ihr Profil' })).toBeVisible();
  await page.reload();
  await page.getByRole('link', { name: 'Abonnenten' }).click();
  await expect(page.getByText('Noch keine Abonnenten')).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'de');
  await expectGood(page);
});

test('a sender is added, changed and taken away', async ({ signedIn: page }) => {
  await page.goto('/app/settings/senders');
  await page.getByRole('button', { name: 'Add sender' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Sender name').fill('Ada of Northwind');
  await dialog.getByLabel('Sender address').fill('no address');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText(/no @/)).toBeVisible();
  await expectGood(page);
  await dialog.getByLabel('Sender address').fill('ada@example.com');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('ada@example.com', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Actions for Ada of Northwind' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(page.getByText('ada@example.com', { exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByText('ada@example.com', { exact: true })).toBeVisible();
});

test('a key is made, shows its record, and is activated', async ({ signedIn: page, api }) => {
  await page.goto('/app/settings/dkim');
  await page.getByRole('button', { name: 'Add key' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Domain').fill('example.com');
  await dialog.getByLabel('Selector').fill('spring');
  await dialog.getByRole('combobox', { name: 'Algorithm' }).click();
  await page.getByRole('option', { name: 'Ed25519' }).click();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Add key' }).click();
  await expect(page.getByText('spring._domainkey.example.com')).toBeVisible();
  await expect(page.getByText(/^v=DKIM1/)).toBeVisible();
  // What the world says of example.com is not ours; that it is told is.
  await page.getByRole('button', { name: 'Check DNS' }).click();
  await expect(page.getByText('Who may send for the domain (SPF)')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByText(/^(Found|Missing|Not right|Not known)$/)).toHaveCount(3);
  await expectGood(page);
  await page.getByRole('button', { name: 'Activate', exact: true }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
  const { data } = await api.call<{ data: { is_active: boolean }[] }>('GET', '/api/dkim-keys');
  expect(data[0]!.is_active).toBe(true);
  await page.getByRole('button', { name: /^Actions for/ }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expectGood(page);
});

test('a limit with a warm-up is set and changed', async ({ signedIn: page, api }) => {
  await page.goto('/app/settings/limits');
  await page.getByRole('button', { name: 'Add limit' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('combobox', { name: 'What is limited' }).click();
  await page.getByRole('option', { name: 'A recipient domain' }).click();
  await dialog.getByLabel('Domain').fill('example.com');
  await dialog.getByLabel('Per hour').fill('2000');
  await dialog.getByRole('checkbox', { name: 'Warm up' }).check();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Per hour: 0 of 2,000')).toBeVisible();
  await expect(page.getByText('Warming up')).toBeVisible();
  await page.getByRole('button', { name: 'Actions for example.com' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByRole('dialog').getByLabel('Per hour').fill('');
  await page.getByRole('dialog').getByRole('checkbox', { name: 'Warm up' }).uncheck();
  await page.getByRole('dialog').getByLabel('Per day').fill('9000');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Per day: 0 of 9,000')).toBeVisible();
  const { data } = await api.call<{ data: { per_hour: number | null; warm_up: unknown }[] }>('GET', '/api/send-limits');
  expect([data[0]!.per_hour, data[0]!.warm_up]).toEqual([null, null]);
});

test('addresses are suppressed, looked up, imported and taken off', async ({ signedIn: page }) => {
  await page.goto('/app/settings/suppressions');
  await expect(page.getByText('Nothing is suppressed')).toBeVisible();
  await page.getByRole('button', { name: 'Suppress', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Addresses, domains or hashes').fill('gone@example.com, competitor.example');
  await dialog.getByLabel('Reason').fill('asked by letter');
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Suppress', exact: true }).click();
  await expect(page.getByText('gone@example.com')).toBeVisible();
  await expect(page.getByText('asked by letter').first()).toBeVisible();
  const file = { name: 'list.csv', mimeType: 'text/csv', buffer: Buffer.from('email,reason\nlist@example.org,complaint\nnot an address at all,x\n') };
  await page.locator('input[type=file]').setInputFiles(file);
  await expect(page.getByText('1 entry is new on the list')).toBeVisible();
  await expect(page.getByText(/^Line 3/)).toBeVisible();
  await expectGood(page);
  await page.getByLabel('Is an address suppressed?').fill('anybody@competitor.example');
  await expect(page.getByText('gone@example.com')).toHaveCount(0);
  await expect(page.getByText('competitor.example', { exact: true })).toBeVisible();
  await page.getByLabel('Is an address suppressed?').fill('');
  await page.getByRole('button', { name: 'Take gone@example.com off the list' }).click();
  await expect(page.getByText('gone@example.com', { exact: true })).toHaveCount(0);
});

test('how long things are kept is set, and the log tells who did what', async ({ signedIn: page, api }) => {
  await page.goto('/app/settings/privacy');
  await page.getByLabel('Events, opens and clicks').fill('5');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel('Events, opens and clicks').fill('365');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const kept = await api.call<{ event_days: number }>('GET', '/api/privacy');
  expect(kept.event_days).toBe(365);

  await page.goto('/app/settings/audit');
  const entry = page.locator('details').filter({ hasText: 'Suppression' }).first();
  await expect(entry).toContainText(OWNER.name);
  await entry.locator('summary').click();
  await expectGood(page);
  await page.getByRole('combobox', { name: 'Kind of thing' }).click();
  await page.getByRole('option', { name: 'DKIM key' }).click();
  await expect(page.locator('details').filter({ hasText: 'Suppression' })).toHaveCount(0);
  await expect(page).toHaveURL(/kind=dkim_key/);
});

// The last: whoever else is signed in is not any more.
test('the password is changed', async ({ signedIn: page }) => {
  await page.goto('/app/settings');
  await page.getByRole('textbox', { name: 'Current password' }).fill('wrong');
  await page.getByRole('textbox', { name: 'New password' }).fill('another good password');
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByRole('textbox', { name: 'Current password' }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Change password' }).click();
  await expect(page.getByText('The password is changed')).toBeVisible();
});
