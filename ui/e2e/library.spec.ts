import { expect, expectGood, test } from './world';

interface Made {
  id: string;
}

test.describe.configure({ mode: 'serial' });
test.use({ world: 'library', actionTimeout: 30_000 });

/** A red picture of one point. */
const PICTURE = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8BQDwAEhQGAhKmMIQAAAABJRU5ErkJggg==', 'base64');

test('pictures are uploaded, described, and refused if they are none', async ({ signedIn: page }) => {
  await page.goto('/app/files');
  await expect(page.getByText('No pictures yet')).toBeVisible();
  await expectGood(page);
  const input = page.locator('input[type="file"]').first();
  await input.setInputFiles({ name: 'notes.txt', mimeType: 'text/plain', buffer: Buffer.from('hello') });
  await expect(page.getByText('notes.txt is no PNG, JPEG, GIF or WebP')).toBeVisible();
  const refused = page.waitForResponse((answer) => answer.url().endsWith('/api/files') && answer.request().method() === 'POST');
  await input.setInputFiles({ name: 'false.png', mimeType: 'image/png', buffer: Buffer.from('not a picture at all') });
  expect((await refused).status()).toBe(422);
  await expect(page.getByRole('alert')).toHaveCount(2);
  await input.setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: PICTURE });
  await page.getByRole('button', { name: 'red.png: details' }).click();
  const drawer = page.getByRole('dialog');
  await drawer.getByRole('textbox', { name: 'Description' }).fill('A red point');
  await expect(drawer.getByText('Nothing shows it.')).toBeVisible();
  await expectGood(page);
  await drawer.getByRole('button', { name: 'Save' }).click();
  await expect(drawer).toBeHidden();
  await expectGood(page);
});

test('a campaign begins with a template, shows a picture, and its earlier version comes back', async ({ signedIn: page, api }) => {
  test.setTimeout(360_000);
  const { id } = await api.call<Made>('POST', '/api/campaigns', { name: 'From a template' });
  await api.call('PATCH', `/api/campaigns/${id}`, { sender_name: 'Ada', sender_email: 'news@example.com' });
  await page.goto(`/app/campaigns/${id}/edit?step=content`);
  await page.getByRole('button', { name: /^From a template/ }).click();
  const gallery = page.getByRole('dialog', { name: 'Choose a template' });
  await expect(gallery.getByRole('listitem').nth(7)).toBeAttached();
  await expect(gallery.locator('iframe').first()).toBeVisible();
  await expectGood(page);
  await gallery.getByRole('button', { name: 'Newsletter', exact: true }).click();
  await expect(page).toHaveURL(/design$/);
  await expect(page.getByText('What a slow season taught us')).toBeVisible();

  // A block edited, a picture from the files, a block kept for other mails
  await page.getByText('What a slow season taught us').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('What a busy season taught us');
  await page.keyboard.press('Escape');
  await page.getByRole('button', { name: 'Image', exact: true }).click();
  await page.getByRole('button', { name: 'Choose a picture: Picture' }).click();
  await page.getByRole('button', { name: 'Use red.png' }).click();
  await expect(page.getByRole('textbox', { name: /^Description for/ })).toHaveValue('A red point');
  await expect(page.locator('[data-type="image"] img')).toHaveJSProperty('naturalWidth', 1);
  await page.getByRole('button', { name: 'More', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Keep for other mails' }).click();
  await page.getByRole('textbox', { name: 'Name of the block' }).fill('Our point');
  await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Our point is kept for other mails')).toBeVisible();
  await page.getByRole('tab', { name: 'Kept' }).click();
  await expect(page.getByRole('button', { name: 'Add Our point' })).toBeVisible();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page, '[data-root]');

  // What was sent as a test stays a version of its own, and comes back
  await api.call('POST', `/api/campaigns/${id}/test`, { addresses: ['ada@example.com'] });
  await page.getByText('What a busy season taught us').click();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Something else');
  await expect(page.getByText('Changes are saved in a moment')).toBeVisible();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await page.getByRole('button', { name: 'Versions' }).click();
  const versions = page.getByRole('dialog', { name: 'Versions' });
  await expect(versions.getByText('Now', { exact: true })).toBeVisible();
  await expectGood(page, '[data-root]');
  await versions.getByRole('button', { name: /You/ }).last().click();
  await expect(versions.locator('iframe, pre').first()).toBeVisible();
  await versions.getByRole('button', { name: 'Bring this back' }).click();
  await expect(page.getByText('The mail is as it was then')).toBeVisible();
  await expect(page.getByText('What a busy season taught us')).toBeVisible();
});

test('templates have a gallery, and an editor', async ({ signedIn: page }) => {
  test.setTimeout(300_000);
  await page.goto('/app/templates');
  await page.getByRole('tab', { name: 'Ready-made' }).click();
  await expect(page.getByRole('listitem').nth(7)).toBeAttached();
  await expect(page.locator('iframe').first()).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Welcome', exact: true }).click();
  const look = page.getByRole('dialog');
  await expect(look.locator('iframe')).toBeVisible();
  await expectGood(page);
  await look.getByRole('button', { name: 'Make it yours' }).click();
  await page.getByRole('textbox', { name: 'Name of the template' }).fill('Our welcome');
  await page.getByRole('button', { name: 'Create the template' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Our welcome' })).toBeVisible();
  await page.getByRole('button', { name: 'Quote', exact: true }).click();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('button', { name: 'Our welcome', exact: true })).toBeVisible();
  await page.getByRole('tab', { name: 'Kept blocks' }).click();
  await expect(page.getByRole('button', { name: 'Our point', exact: true })).toBeVisible();
  await expectGood(page);
});

test('the brand is what new mails begin with', async ({ signedIn: page, api }) => {
  test.setTimeout(300_000);
  await page.goto('/app/settings/brand');
  await page.getByRole('button', { name: 'Choose a picture' }).click();
  await page.getByRole('button', { name: 'Use red.png' }).click();
  await page.getByRole('textbox', { name: 'Buttons', exact: true }).fill('#0e7a4c');
  await page.getByRole('textbox', { name: 'Why people get your mails' }).fill('You asked for our letter.');
  await expect(page.frameLocator('iframe').getByText('You asked for our letter.')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByText('Saved', { exact: true })).toBeVisible();
  const { id } = await api.call<Made>('POST', '/api/campaigns', { name: 'In our colors' });
  await page.goto(`/app/campaigns/${id}/edit?step=content`);
  await page.getByRole('button', { name: /^Empty blocks/ }).click();
  await expect(page.locator('[data-type="footer"]')).toContainText('You asked for our letter.');
  await expect(page.locator('[data-type="logo"] img')).toBeVisible();
  await expect(page.getByText('Read more')).toBeVisible();
});

test('a template names what only programs know', async ({ signedIn: page, api }) => {
  const ready = await api.call<{ data: { content: object }[] }>('GET', '/api/built-in-templates');
  const { id } = await api.call<Made>('POST', '/api/templates', { name: 'Receipt', content: ready.data[0]!.content });
  const now = () => api.call<{ subject: string; variables: string[] }>('GET', `/api/templates/${id}`);
  await page.goto(`/app/templates/${id}`);
  const names = page.getByRole('combobox', { name: 'Variables' });
  await names.fill('Order');
  await names.press('Enter');
  await expect(page.getByText('“Order” cannot be a name')).toBeVisible();
  await names.fill('order');
  await names.press('Enter');
  await expect(page.getByText('“Order” cannot be a name')).toHaveCount(0);
  await page.getByLabel('Subject', { exact: true }).fill('Your order {{ order }}');
  await expect.poll(now).toMatchObject({ variables: ['order'], subject: 'Your order {{ order }}' });
  await expectGood(page);
  await page.goto('/app/templates');
  await expect(page.getByText('for messages, with order')).toBeVisible();
  await page.getByRole('button', { name: 'Actions for Receipt' }).click();
  await expect(page.getByRole('menuitem', { name: 'Begin a campaign with it' })).toBeDisabled();
});

test('so does one that is code', async ({ signedIn: page, api }) => {
  const content = { subject: 'Your order {{ order }}', body: { kind: 'html', html: '<p>{{ order }}</p>' } };
  const { id } = await api.call<Made>('POST', '/api/templates', { name: 'By code', content, variables: ['order'] });
  await page.goto(`/app/templates/${id}`);
  await expect(page.getByText('This template is code')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Save' })).toBeDisabled();
  const names = page.getByRole('combobox', { name: 'Variables' });
  await names.fill('total');
  await names.press('Enter');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await api.call<{ variables: string[] }>('GET', `/api/templates/${id}`)).variables).toEqual(['order', 'total']);
  await expectGood(page);
});
