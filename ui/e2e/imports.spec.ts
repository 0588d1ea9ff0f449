import { expect, expectGood, test } from './world';

test.use({ world: 'imports' });

const CSV = [
  'E-Mail;First name;City;Spent',
  'ada@example.com;Ada;London;12',
  'grace@example.com;Grace;New York;40',
  'not an address;Nobody;Nowhere;1',
  'alan@example.com;Alan;Manchester;7',
].join('\n');

test('a file is tried, imported, looked at and taken back', async ({ signedIn: page, api }) => {
  await api.call('POST', '/api/groups', { name: 'Newsletter' });
  await page.goto('/app/subscribers/import');
  await expectGood(page);
  await page.locator('input[type=file]').setInputFiles({ name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) });

  // Suggestions stand there; what no field fits can become one.
  await expect(page.getByRole('combobox', { name: 'What E-Mail fills' })).toHaveValue('Email address');
  await expect(page.getByRole('combobox', { name: 'What First name fills' })).toHaveValue('First name');
  const spent = page.getByRole('combobox', { name: 'What Spent fills' });
  await expect(spent).toHaveValue('Leave out');
  await spent.click();
  await page.getByRole('option', { name: 'New field: Number' }).click();
  await expect(spent).toHaveValue('New field: Number');
  await expectGood(page);
  await page.getByRole('button', { name: 'Continue' }).click();

  await page.getByRole('combobox', { name: 'Everybody joins these groups' }).click();
  await page.getByRole('option', { name: 'Newsletter' }).click();
  await page.keyboard.press('Escape');
  await expectGood(page);
  await page.getByRole('button', { name: 'Try without changing anything' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'people.csv' })).toBeVisible();
  await expect(page.getByText('This was a trial')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByText('not an address')).toBeVisible();
  const rows = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download as CSV' }).click();
  expect(await (await rows).failure()).toBeNull();
  await expectGood(page);
  await page.getByRole('button', { name: 'Import 3 people' }).click();
  await expect(page.getByRole('button', { name: 'Undo import' })).toBeVisible({ timeout: 60_000 });

  await page.getByRole('link', { name: 'Show subscribers' }).click();
  await expect(page.getByText('3 people')).toBeVisible();
  await page.goBack();
  await page.getByRole('button', { name: 'Undo import' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Undo import' }).click();
  await expect(page.getByText('Taken back: 3 deleted, 0 put back, 0 kept')).toBeVisible({ timeout: 60_000 });
  await page.getByRole('link', { name: 'Back to Imports' }).click();
  await expect(page.getByRole('link', { name: 'people.csv' }).first()).toBeVisible();
  await expectGood(page);
});

test('rows are pasted', async ({ signedIn: page }) => {
  await page.goto('/app/subscribers/import');
  await page.getByRole('tab', { name: 'Paste' }).click();
  await page.getByLabel('Pasted rows').fill('margaret@example.com\nradia@example.com\n');
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Import now' }).click();
  await expect(page.getByRole('link', { name: 'Show subscribers' })).toBeVisible({ timeout: 60_000 });
  await page.getByRole('link', { name: 'Show subscribers' }).click();
  await expect(page.getByRole('link', { name: 'radia@example.com' })).toBeVisible();
});
