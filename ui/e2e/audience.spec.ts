import { readFileSync } from 'node:fs';
import { expect, expectGood, test, type Api } from './world';

test.use({ world: 'audience' });

interface Made {
  id: string;
}

async function people(api: Api, number: number): Promise<{ group: string; first: string }> {
  await api.call('POST', '/api/fields', { key: 'city', name: 'City', kind: 'text' });
  await api.call('POST', '/api/fields', { key: 'plan', name: 'Plan', kind: 'dropdown', options: ['free', 'pro'] });
  const group = await api.call<Made>('POST', '/api/groups', { name: 'Newsletter' });
  await api.call('POST', '/api/tags', { name: 'vip' });
  const subscribers = Array.from({ length: number }, (_, index) => ({
    email: `person${String(index).padStart(4, '0')}@example.com`,
    first_name: `Person ${index}`,
    fields: { city: index % 2 ? 'Berlin' : 'Rome' },
  }));
  const made = await api.call<{ results: Made[] }>('POST', '/api/subscribers/batch', { subscribers, groups: [group.id] });
  return { group: group.id, first: made.results[0]!.id };
}

test.describe.configure({ mode: 'serial' });

let first = '';

test('a long list of people is searched, filtered, selected and changed', async ({ signedIn: page, api }) => {
  await page.goto('/app/subscribers');
  await expect(page.getByText('No subscribers yet')).toBeVisible();
  await expectGood(page);
  ({ first } = await people(api, 300));

  await page.reload();
  await expect(page.getByText('300 people')).toBeVisible();
  const grid = page.getByRole('grid', { name: 'Subscribers' });
  await expect(grid.getByRole('link', { name: 'Person 299', exact: true })).toBeVisible();
  // Only what is in view is in the page, however long the list is.
  expect(await grid.getByRole('row').count()).toBeLessThan(60);
  // Further pages come as the end comes near.
  await expect(async () => {
    await grid.evaluate((element) => element.scrollTo(0, element.scrollHeight));
    await expect(grid.getByRole('link', { name: 'Person 0', exact: true })).toBeVisible({ timeout: 500 });
  }).toPass();
  expect(await grid.getByRole('row').count()).toBeLessThan(60);
  await expectGood(page);

  await page.getByRole('searchbox').fill('person0042');
  await expect(grid.getByRole('link', { name: 'Person 42', exact: true })).toBeVisible();
  await expect(page).toHaveURL(/search=person0042/);
  await page.getByRole('searchbox').fill('nobody at all');
  await expect(page.getByText('No subscribers match')).toBeVisible();
  await page.getByRole('button', { name: 'Clear filters' }).click();

  await grid.evaluate((element) => element.scrollTo(0, 0));
  await grid.getByRole('checkbox', { name: 'Select Person 299', exact: true }).check();
  await expect(page.getByText('1 person selected')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Select all 300 that match' }).click();
  await page.getByRole('button', { name: 'Actions', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Add a tag' }).click();
  await page.getByRole('dialog').getByRole('combobox', { name: 'Tag' }).click();
  await page.getByRole('option', { name: 'vip' }).click();
  await page.getByRole('button', { name: 'Apply to 300 people' }).click();
  await expect(page.getByText('300 people changed')).toBeVisible({ timeout: 60_000 });

  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'City' }).check();
  await page.keyboard.press('Escape');
  await expect(grid.getByRole('columnheader', { name: 'City' })).toBeVisible();

  // What the filters show is a file, whatever is loaded of it.
  await page.goto('/app/subscribers?status=active');
  const downloading = page.waitForEvent('download');
  await page.getByRole('link', { name: 'Download these people as CSV' }).click();
  const file = readFileSync(await (await downloading).path(), 'utf8');
  expect(file.trim().split('\n')).toHaveLength(301);
});

test('one person has a page', async ({ signedIn: page }) => {
  await page.goto(`/app/subscribers/${first}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Person 0' })).toBeVisible();
  await expect(page.getByText('Rome')).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Timeline' })).toBeVisible();
  await expectGood(page);

  await page.getByRole('button', { name: 'Edit' }).click();
  await page.getByLabel('Last name').fill('Rossi');
  await page.getByRole('textbox', { name: 'City' }).fill('Milan');
  await expectGood(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Person 0 Rossi' })).toBeVisible();
  await expect(page.getByText('Milan', { exact: true })).toBeVisible();

  await page.getByRole('button', { name: 'Remove vip' }).click();
  await expect(page.getByText('Removed from vip')).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('button', { name: 'Remove vip' })).toBeVisible();

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Unsubscribe' }).click();
  await expect(page.getByText('Unsubscribed', { exact: true }).first()).toBeVisible();

  await page.getByRole('button', { name: 'More actions' }).click();
  await page.getByRole('menuitem', { name: 'Erase for good' }).click();
  const erase = page.getByRole('dialog').getByRole('button', { name: 'Erase for good' });
  await expect(erase).toBeDisabled();
  await page.getByLabel('Type person0000@example.com to go on').fill('person0000@example.com');
  await erase.click();
  await expect(page.getByText('Everything about this person is erased')).toBeVisible();
  await expect(page.getByText('299 people')).toBeVisible();
});

test('groups, tags and fields are named and removed', async ({ signedIn: page }) => {
  await page.goto('/app/groups');
  await expect(page.getByRole('link', { name: '299 people in Newsletter' })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Add group' }).click();
  await page.getByLabel('Name').fill('newsletter');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await page.getByLabel('Name').fill('Customers');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('cell', { name: 'Customers', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Actions for Customers' }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('cell', { name: 'Customers', exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('cell', { name: 'Customers', exact: true })).toBeVisible();

  await page.goto('/app/tags');
  await expect(page.getByRole('cell', { name: 'vip', exact: true })).toBeVisible();
  await expectGood(page);

  await page.goto('/app/fields');
  await expect(page.getByRole('cell', { name: 'City', exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Add field' }).click();
  await page.getByLabel('Name').fill('Shoe size');
  await page.getByRole('combobox', { name: 'Type' }).click();
  await page.getByRole('option', { name: 'Number' }).click();
  await expectGood(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('shoe_size')).toBeVisible();
  await expectGood(page);
});

test('a segment is built, explained and kept', async ({ signedIn: page }) => {
  await page.goto('/app/segments');
  await expect(page.getByText('No segments yet')).toBeVisible();
  await expectGood(page);
  await page.getByRole('main').getByRole('link', { name: 'New segment' }).first().click();
  await page.getByLabel('Name').fill('Berliners');
  await page.getByRole('button', { name: 'Add condition' }).click();
  const second = page.getByRole('group', { name: 'Condition 2' });
  await second.getByRole('combobox', { name: 'What it is about' }).click();
  await page.getByRole('option', { name: 'City' }).click();
  await expect(page.getByText('Complete the conditions')).toBeVisible();
  await second.getByRole('textbox', { name: 'Value' }).fill('Berlin');
  await expect(page.getByText('150', { exact: true })).toBeVisible();
  await expect(page.getByText('City is "Berlin"')).toBeVisible();
  // A group within: nobody who has the tag.
  await page.getByRole('button', { name: 'Add group of conditions' }).click();
  const inner = page.getByRole('group', { name: 'Group 3' });
  await inner.getByRole('combobox', { name: 'How the conditions go together' }).click();
  await page.getByRole('option', { name: 'None of these', exact: true }).click();
  await inner.getByRole('combobox', { name: 'What it is about' }).click();
  await page.getByRole('option', { name: 'Tag', exact: true }).click();
  await inner.getByRole('combobox', { name: 'Tag' }).click();
  await page.getByRole('option', { name: 'vip' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByText('0', { exact: true })).toBeVisible();
  await expectGood(page);
  await inner.getByRole('button', { name: 'Remove the group of conditions' }).click();
  await expect(page.getByText('150', { exact: true })).toBeVisible();
  await page.getByRole('button', { name: 'Save segment' }).click();

  await expect(page.getByRole('heading', { level: 1, name: 'Berliners' })).toBeVisible();
  await page.getByRole('combobox', { name: 'Subscriber' }).fill('person0002');
  await page.getByRole('option', { name: /person0002/ }).click();
  await expect(page.getByText('Not in this segment')).toBeVisible();
  await expect(page.getByText('City is "Rome"').first()).toBeVisible();
  await expectGood(page);
  await page.getByRole('link', { name: 'Back to Segments' }).click();
  await expect(page.getByRole('link', { name: '150 people in Berliners' })).toBeVisible();
  await expectGood(page);
});
