import { expect, test } from './world';

test.use({ world: 'live' });

interface Made {
  id: string;
}

test('what changes elsewhere is seen at once', async ({ signedIn: page, api }) => {
  await page.goto('/app/groups');
  await expect(page.getByText('No groups yet')).toBeVisible();
  // Without the stream this page never asks again by itself.
  await api.call('POST', '/api/groups', { name: 'Newsletter' });
  await expect(page.getByRole('link', { name: /Newsletter/ }).or(page.getByText('Newsletter')).first()).toBeVisible({ timeout: 5_000 });

  await page.goto('/app/subscribers');
  await expect(page.getByText('No subscribers yet')).toBeVisible();
  await api.call('POST', '/api/imports', { text: 'email\nann@example.com\nbob@example.com\n', options: {} });
  await expect(page.getByRole('link', { name: 'bob@example.com' })).toBeVisible({ timeout: 15_000 });
});

test('a page that cannot follow asks by itself', async ({ signedIn: page, api }) => {
  await page.route('**/api/events/stream', (route) => route.fulfill({ status: 503, body: '' }));
  const people = Array.from({ length: 400 }, (_, n) => ({ email: `person${n}@example.com` }));
  await api.call('POST', '/api/subscribers/batch', { subscribers: people });
  const content = { subject: 'Hello', body: { kind: 'html', html: '<p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>' } };
  const campaign = await api.call<Made>('POST', '/api/campaigns', { name: 'Letter', audience: { everyone: true }, sender_email: 'news@example.com', sender_name: 'N', content });
  await page.goto(`/app/campaigns/${campaign.id}`);
  await expect(page.getByRole('heading', { level: 1, name: 'Letter' })).toBeVisible();
  await api.call('POST', `/api/campaigns/${campaign.id}/send`);
  await page.reload();
  await expect(page.getByText(/^Finished /)).toBeVisible({ timeout: 30_000 });
});

test('everybody whom a search finds is changed at once', async ({ signedIn: page, api }) => {
  await api.call('POST', '/api/tags', { name: 'found' });
  const people = Array.from({ length: 130 }, (_, n) => ({ email: `reader${n}@example.org` }));
  await api.call('POST', '/api/subscribers/batch', { subscribers: people });
  await page.goto('/app/subscribers?search=reader');
  await expect(page.getByRole('link', { name: /reader\d+@example.org/ }).first()).toBeVisible();
  await page.getByRole('checkbox').nth(1).click();
  await page.getByRole('button', { name: /130/ }).click();
  await page.getByRole('button', { name: 'Actions' }).click();
  await page.getByRole('menuitem', { name: 'Add a tag' }).click();
  await page.getByRole('dialog').getByRole('combobox').click();
  await page.getByRole('option', { name: 'found' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /130/ }).click();
  await expect(page.getByText(/130 people/).first()).toBeVisible();
  await expect(async () => {
    const tags = await api.call<{ data: { members: number }[] }>('GET', '/api/tags');
    expect(tags.data[0]!.members).toBe(130);
  }).toPass({ timeout: 30_000 });
});

test('what somebody types stays when another saves first', async ({ signedIn: page, api }) => {
  await page.goto('/app/settings/account');
  await page.getByLabel('Sender name').fill('Mine');
  await api.call('PATCH', '/api/account', { name: 'Renamed meanwhile' });
  // It is told at once, beside the form.
  await expect(page.getByText('Renamed meanwhile').first()).toBeVisible({ timeout: 5_000 });
  await expect(page.getByLabel('Sender name')).toHaveValue('Mine');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('alert').first()).toBeVisible();
  await expect(page.getByLabel('Name of your organization')).toHaveValue('Renamed meanwhile');
  await page.getByLabel('Sender name').fill('Mine');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
});
