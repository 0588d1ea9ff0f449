import { expect, expectGood, test, type Api } from './world';

test.use({ world: 'planning' });

interface Made {
  id: string;
}

const BODY = { kind: 'html', html: '<p>Hello <a href="https://example.com/a">there</a></p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>' };

async function people(api: Api): Promise<void> {
  await api.call('PATCH', '/api/account', { sender_name: 'Northwind', sender_email: 'news@example.com', postal_address: '1 Harbor Road' });
  await api.call('POST', '/api/subscribers/batch', { subscribers: Array.from({ length: 40 }, (_, n) => ({ email: `person${n}@example.com` })) });
}

test('subjects are tested against each other, and a person decides', async ({ signedIn: page, api }) => {
  await people(api);
  const { id } = await api.call<Made>('POST', '/api/campaigns', { name: 'Spring', audience: { everyone: true }, content: { subject: 'Spring is here', body: BODY } });
  await page.goto(`/app/campaigns/${id}/edit`);
  await page.getByRole('switch', { name: 'Test variants against each other' }).click({ force: true });
  await page.getByRole('textbox', { name: 'Subject of variant 2' }).fill('You will like this spring');
  await page.getByRole('combobox', { name: 'What decides' }).click();
  await page.getByRole('option', { name: 'I decide' }).click();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page);
  const draft = await api.call<{ ab: { winner_by: string; variants: { subject: string }[] } }>('GET', `/api/campaigns/${id}`);
  expect(draft.ab.winner_by).toBe('hand');
  expect(draft.ab.variants.map(({ subject }) => subject)).toEqual(['Spring is here', 'You will like this spring']);

  await api.call('POST', `/api/campaigns/${id}/send`);
  await page.goto(`/app/campaigns/${id}`);
  await expect(page.getByRole('cell', { name: /You will like this spring/ })).toBeVisible();
  await expect(page.getByText('By machines, not counted above')).toBeVisible();
  await expect(page.getByText('The others wait until you choose a variant.')).toBeVisible();
  await expect(page.getByText('Nobody has clicked yet.')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: /^Send variant 2/ }).click();
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Send it to the others' }).click();
  await expect(page.getByText(/^Variant 2 goes to the others/)).toBeVisible({ timeout: 30_000 });
  await expect(page.getByText(/^Finished /)).toBeVisible({ timeout: 60_000 });

  // The clicks are drawn over the mail.
  await page.getByRole('tab', { name: 'Message' }).click();
  await expect(page.frameLocator('iframe').locator('a[data-mark]')).toHaveAttribute('data-mark', '0');
  await expectGood(page);

  // And again to those who did not react
  await page.getByRole('button', { name: 'More for Spring' }).click();
  await page.getByRole('menuitem', { name: 'Send again to those who did not react' }).click();
  await expectGood(page);
  await page.getByRole('dialog').getByLabel('New subject').fill('In case you missed it');
  await page.getByRole('dialog').getByRole('button', { name: 'Create the draft' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Before it goes' }).or(page.getByText('In case you missed it')).first()).toBeVisible();
});

interface Variants {
  ab: { variants: { subject: string | null; delay_minutes: number; content_revision_id: string | null; sender: { email: string } | null }[] };
}

test('senders, texts and times are tested too, and a text chosen earlier is not lost', async ({ signedIn: page, api }) => {
  await api.call('POST', '/api/senders', { name: 'Grace of Northwind', email: 'grace@example.com' });
  await api.call('POST', '/api/templates', { name: 'Short letter', content: { subject: 'From the template', body: BODY } });
  const { id } = await api.call<Made>('POST', '/api/campaigns', { name: 'Autumn', audience: { everyone: true }, content: { subject: 'Autumn is here', body: BODY } });
  await page.goto(`/app/campaigns/${id}/edit`);
  await page.getByRole('switch', { name: 'Test variants against each other' }).click({ force: true });
  for (const kind of ['Sender', 'Content', 'Time']) await page.getByRole('group', { name: 'What differs' }).getByText(kind, { exact: true }).click();
  await page.getByRole('textbox', { name: 'Subject of variant 2' }).fill('The leaves fall');
  await page.getByRole('combobox', { name: 'Sender of variant 2' }).click();
  await page.getByRole('option', { name: /grace@example.com/ }).click();
  await page.getByLabel('Variant 2 is sent later by').fill('60');
  await page.getByRole('button', { name: 'Choose a template for variant 2' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /Short letter/ }).first().click();
  await expect(page.getByText('A text of its own.')).toBeVisible();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page);
  const draft = await api.call<Variants>('GET', `/api/campaigns/${id}`);
  const second = draft.ab.variants[1]!;
  expect(second).toMatchObject({ subject: 'The leaves fall', delay_minutes: 60, sender: { email: 'grace@example.com' } });
  expect(second.content_revision_id).not.toBeNull();

  // As long as the page is open, the text is known and stays, whatever else changes.
  await page.getByRole('button', { name: 'Look at it: variant 2' }).click();
  await expect(page.getByRole('dialog').frameLocator('iframe').getByText('Hello there')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('textbox', { name: 'Subject of variant 2' }).fill('All leaves fall');
  await expect.poll(async () => (await api.call<Variants>('GET', `/api/campaigns/${id}`)).ab.variants[1]!.subject).toBe('All leaves fall');
  expect((await api.call<Variants>('GET', `/api/campaigns/${id}`)).ab.variants[1]!.content_revision_id).not.toBeNull();

  // So it does when the page is opened anew.
  await page.reload();
  await page.getByRole('textbox', { name: 'Subject of variant 2' }).fill('The last leaves fall');
  await expect.poll(async () => (await api.call<Variants>('GET', `/api/campaigns/${id}`)).ab.variants[1]!.subject).toBe('The last leaves fall');
  expect(await text(api, id)).toMatchObject({ body: BODY });
  await page.getByRole('button', { name: 'Look at it: variant 2' }).click();
  await expect(page.getByRole('dialog').frameLocator('iframe').getByText('Hello there')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'As in the campaign: variant 2' }).click();
  await expect.poll(async () => (await api.call<Variants>('GET', `/api/campaigns/${id}`)).ab.variants[1]!.content_revision_id).toBeNull();
  expect((await api.call<Variants>('GET', `/api/campaigns/${id}`)).ab.variants[1]).toMatchObject({ subject: 'The last leaves fall', delay_minutes: 60 });
});

function text(api: Api, campaign: string): Promise<{ subject: string; body: unknown }> {
  return api.call('GET', `/api/campaigns/${campaign}/variants/2/content`);
}

test('the text of a variant is written in the editor, also when it was begun long ago', async ({ signedIn: page, api }) => {
  const blocks = (words: string) => ({
    subject: 'Winter is here',
    body: { kind: 'blocks', document: { version: 1, blocks: [{ id: 'words', type: 'text', props: { html: words } }, { id: 'foot', type: 'footer' }] } },
  });
  const { id } = await api.call<Made>('POST', '/api/campaigns', {
    name: 'Winter',
    audience: { everyone: true },
    content: blocks('<p>Snow falls.</p>'),
    ab: { share_percent: 50, winner_by: 'hand', variants: [{}, { content: blocks('<p>Ice grows.</p>') }] },
  });
  await page.goto(`/app/campaigns/${id}/edit`);
  await page.getByRole('button', { name: 'Open the editor: variant 2' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Variant 2 · Winter' })).toBeVisible();
  await page.getByText('Ice grows.').click();
  await page.keyboard.press('End');
  await page.keyboard.type(' Slowly.');
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page);
  await expect.poll(async () => JSON.stringify(await text(api, id))).toContain('Ice grows. Slowly.');
  await page.getByRole('button', { name: 'Done' }).click();
  await expect(page.getByRole('switch', { name: 'Test variants against each other' })).toBeChecked();
  await page.getByRole('button', { name: 'Look at it: variant 2' }).click();
  await expect(page.getByRole('dialog').frameLocator('iframe').getByText('Ice grows. Slowly.')).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  // Another one begins with what the campaign says.
  await page.getByRole('button', { name: "Copy the campaign's mail for variant 1" }).click();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  const first = await api.call<{ body: unknown }>('GET', `/api/campaigns/${id}/variants/1/content`);
  expect(JSON.stringify(first.body)).toContain('Snow falls.');

  const emojis = page.getByRole('button', { name: 'Insert an emoji: Subject', exact: true });
  await emojis.click();
  await expect(emojis).toHaveAttribute('aria-expanded', 'true');
  // The mouse is still there, so what the button is for is told too.
  await expect(page.getByRole('tooltip')).toHaveText('Insert an emoji');
  await expectGood(page);
  await page.getByRole('button', { name: '❄️' }).click();
  await expect(page.getByRole('textbox', { name: 'Subject', exact: true })).toHaveValue('Winter is here❄️');
});

test('a series is set up, paused, and stands in the calendar', async ({ signedIn: page, api }) => {
  await api.call('POST', '/api/campaigns', { name: 'Monday news', audience: { everyone: true }, sender_email: 'news@example.com', sender_name: 'N', content: { subject: 'News', body: BODY } });
  await page.goto('/app/campaigns');
  await page.getByRole('link', { name: 'Series' }).click();
  await page.getByRole('button', { name: 'New series' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('Mondays');
  await dialog.getByRole('combobox', { name: 'What is sent' }).click();
  await page.getByRole('option', { name: 'Monday news' }).click();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/^Every week on Monday at 09:00/)).toBeVisible();
  await expectGood(page);

  await page.goto('/app/campaigns/calendar');
  await page.getByRole('button', { name: 'The month after' }).click();
  const coming = page.getByRole('link', { name: /Mond/ });
  await expect(coming.first()).toBeVisible();
  await expect.poll(() => coming.count()).toBeGreaterThanOrEqual(4);
  await expect(coming.first()).toContainText('09:00');
  await expectGood(page);
  await page.setViewportSize({ width: 390, height: 800 });
  await expect(page.getByRole('table')).toHaveCount(0);
  await expect(page.getByRole('link', { name: /Mond/ }).first()).toBeVisible();
  await expectGood(page);
  await page.setViewportSize({ width: 1280, height: 860 });

  await page.goto('/app/campaigns/series');
  await page.getByRole('button', { name: 'Actions for Mondays' }).click();
  await page.getByRole('menuitem', { name: 'Pause' }).click();
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
});

test('a feed is followed, changed and paused', async ({ signedIn: page, api }) => {
  await api.call('POST', '/api/campaigns', { name: 'Blog digest', audience: { everyone: true }, sender_email: 'news@example.com', sender_name: 'N', content: { subject: 'New: {{ item.title }}', body: BODY } });
  await page.goto('/app/campaigns');
  await page.getByRole('link', { name: 'Feeds' }).click();
  await expect(page.getByText('No feeds yet')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Follow a feed' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name', { exact: true }).fill('The blog');
  await dialog.getByLabel('Address of the feed').fill('no address');
  await dialog.getByRole('combobox', { name: 'What is sent' }).click();
  await page.getByRole('option', { name: 'Blog digest' }).click();
  await dialog.getByText('Mon', { exact: true }).click();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  // What is wrong is told at the fields.
  await expect(dialog.getByText('give days of the week, 1 (Monday) to 7')).toBeVisible();
  await expect(dialog.getByLabel('Address of the feed')).toHaveAttribute('aria-invalid', 'true');
  await expectGood(page);
  await dialog.getByText('Mon', { exact: true }).click();
  await dialog.getByLabel('Address of the feed').fill('https://blog.invalid/feed.xml');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/^Every week on Monday at 09:00 · Europe\/Berlin · at most the 10 newest items/)).toBeVisible();
  await expect(page.getByText(/^Next digest .*, if there is news/)).toBeVisible();
  await expectGood(page);

  // What is sent next; this one cannot be read, which is said.
  await page.getByRole('button', { name: 'What is sent next: The blog' }).click();
  await expect(page.getByRole('dialog').getByText(/^Due .* This is what is new now/)).toBeVisible();
  await expect(page.getByRole('dialog').getByText(/^it cannot be read/)).toBeVisible();
  await expect(page.getByRole('dialog').getByText('Nothing is new, so nothing is sent.')).toBeVisible();
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  await page.getByRole('button', { name: 'Actions for The blog' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await dialog.getByLabel('Most items, the newest').fill('3');
  // What was told of the saving fades away first.
  await expect(page.locator('.mantine-Notification-root')).toHaveCount(0);
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText(/at most the 3 newest items/)).toBeVisible();
  await page.getByRole('button', { name: 'Actions for The blog' }).click();
  await page.getByRole('menuitem', { name: 'Pause' }).click();
  await expect(page.getByText('Paused', { exact: true })).toBeVisible();
  const { data } = await api.call<{ data: { state: string; most_items: number }[] }>('GET', '/api/feeds');
  expect(data).toMatchObject([{ state: 'paused', most_items: 3 }]);
});

test('a campaign goes by the clocks of its recipients, and another is spread', async ({ signedIn: page, api }) => {
  const make = (name: string) => api.call<Made>('POST', '/api/campaigns', { name, audience: { everyone: true }, sender_email: 'news@example.com', sender_name: 'N', content: { subject: 'News', body: BODY } });
  const { id } = await make('By the clock');
  await page.goto(`/app/campaigns/${id}/edit?step=review`);
  await page.getByRole('radio', { name: /where they live/ }).check();
  const year = new Date().getFullYear() + 1;
  await page.getByLabel('Date and time').fill(`${year}-07-01T09:00`);
  await expectGood(page);
  await page.getByRole('button', { name: /^Schedule for/ }).click();
  await expect(page.getByText('Scheduled', { exact: true }).first()).toBeVisible();
  const local = await api.call<{ local_time: string }>('GET', `/api/campaigns/${id}`);
  expect(local.local_time).toContain(`${year}-07-01T09:00`);

  const other = await make('Spread');
  await page.goto(`/app/campaigns/${other.id}/edit?step=review`);
  await page.getByLabel('Spread over').fill('90');
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  const spread = await api.call<{ spread_minutes: number }>('GET', `/api/campaigns/${other.id}`);
  expect(spread.spread_minutes).toBe(90);
});
