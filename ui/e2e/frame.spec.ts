import { statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, expectGood, OWNER, startServer, test, watch } from './world';

test.use({ world: 'frame' });

test('a new server is set up, left and entered again', async ({ browser }) => {
  const server = await startServer();
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const complaints = watch(page);
  await page.goto('/');
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome to Sendero' })).toBeVisible();
  await expectGood(page);
  await page.getByLabel('Your name').fill(OWNER.name);
  await page.getByLabel('Your email address').fill(OWNER.email);
  await page.getByRole('textbox', { name: 'Password' }).fill('short');
  await page.getByLabel('Name of your organization').fill('Northwind Studio');
  await expect(page.getByRole('combobox', { name: 'Time zone' })).toHaveValue('Europe/Berlin');
  await page.getByRole('button', { name: 'Create the owner' }).click();
  await expect(page.getByText('needs at least 10 characters')).toBeVisible();
  await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Create the owner' }).click();
  await expect(page.getByLabel('Sender name')).toHaveValue('Northwind Studio');
  await expectGood(page);
  await page.getByRole('button', { name: 'Save and go on' }).click();
  await expect(page.getByText('sandbox inbox', { exact: false })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Look around first' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeFocused();

  await page.getByRole('button', { name: `Menu of ${OWNER.name}` }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  await expectGood(page);
  await page.getByLabel('Email address').fill(OWNER.email);
  await page.getByRole('textbox', { name: 'Password' }).fill('not the password');
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByRole('textbox', { name: 'Password' }).fill(OWNER.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeVisible();
  expect(complaints).toEqual([]);
  await context.close();
  await server.stop();
});

test('the palette goes places by keyboard', async ({ signedIn: page }) => {
  await page.goto('/app/nowhere');
  await expect(page.getByText('Page not found')).toBeVisible();
  await page.keyboard.press('Control+k');
  await page.getByPlaceholder('Search pages, people and actions').fill('hom');
  await expectGood(page);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Home' })).toBeFocused();
  await expect(page).toHaveTitle('Home · Sendero');
});

test('the first load is small', async ({ browser, server, api }) => {
  expect(api).toBeDefined();
  const page = await browser.newPage({ baseURL: server.url });
  await page.goto('/app/');
  await expect(page.getByRole('heading', { level: 1, name: 'Sign in' })).toBeVisible();
  const names = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name).pathname)
      .filter((name) => name.endsWith('.js')),
  );
  // As a release sends them; a debug build compresses in a hurry.
  const sizes = names.map((name) => statSync(join(import.meta.dirname, '../dist', `${name.replace('/app/', '')}.br`)).size);
  expect(sizes.length).toBeGreaterThan(2);
  const total = sizes.reduce((sum, size) => sum + size, 0);
  expect(total).toBeLessThan(250_000);
  await page.close();
});

test('home is good in every look', async ({ signedIn: page }) => {
  await page.goto('/app/');
  await expect(page.getByText('No campaigns yet')).toBeVisible();
  await expect(page.getByText('Mail is kept in the sandbox')).toBeVisible();
  await expectGood(page);
  await page.setViewportSize({ width: 390, height: 800 });
  await page.getByRole('button', { name: 'Open navigation' }).click();
  await expect(page.getByRole('dialog').getByRole('link', { name: 'Home' })).toBeVisible();
  await expectGood(page);
});
