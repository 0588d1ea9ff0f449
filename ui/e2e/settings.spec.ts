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
