import type { Page } from '@playwright/test';
import { expect, expectGood, test, type Api } from './world';

interface Made {
  id: string;
}

const PEOPLE = 12;

async function people(api: Api): Promise<void> {
  await api.call('PATCH', '/api/account', {
    sender_name: 'Ada of Northwind',
    sender_email: 'news@example.com',
    postal_address: '1 Harbor Road\n10115 Berlin',
  });
  await api.call('POST', '/api/fields', { key: 'city', name: 'City', kind: 'text' });
  const group = await api.call<Made>('POST', '/api/groups', { name: 'Newsletter' });
  const guests = await api.call<Made>('POST', '/api/groups', { name: 'Guests' });
  const person = (index: number) => ({ email: `person${index}@example.com`, first_name: `Person ${index}` });
  const all = Array.from({ length: PEOPLE }, (_, index) => person(index));
  await api.call('POST', '/api/subscribers/batch', { subscribers: all, groups: [group.id] });
  await api.call('POST', '/api/subscribers/batch', { subscribers: all.slice(0, 2), groups: [guests.id] });
}

const LETTER = `<!doctype html><html><head><style>p { color: rgb(1, 2, 3) }</style></head>
<body style="background:#fff"><p>Hello {{ first_name | default("there") }},</p>
<h1 style="color:rgb(90, 79, 196)">The harvest is in</h1>
<p><a href="https://example.com/harvest">Read on</a></p>
<script>document.title = 'scripts run'</script>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a> {{ account.address | default("") }}</p></body></html>`;

/** Instead of what is there; `fill` would have the browser style what it puts over colored code, which the policy stops. */
async function writeCode(page: Page, code: string): Promise<void> {
  const field = page.getByRole('textbox', { name: 'HTML source' });
  await field.press('ControlOrMeta+a');
  await field.press('Delete');
  await page.keyboard.insertText(code);
}

test.describe.configure({ mode: 'serial' });
// The clicks of a browser that says it has no head count as a scanner's.
test.use({ world: 'campaigns' });
test.use({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36' });

test('a campaign is written, tested, sent, read and reported', async ({ signedIn: page, api }) => {
  test.setTimeout(360_000);
  await page.goto('/app/campaigns');
  await expect(page.getByText('No campaigns yet')).toBeVisible();
  await expectGood(page);
  await page.goto('/app/sandbox');
  await expect(page.getByText('The sandbox inbox is empty')).toBeVisible();
  await expectGood(page);
  await people(api);

  await page.goto('/app/campaigns');
  await page.getByRole('button', { name: 'New campaign' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: 'Create the campaign' }).click();
  await expect(dialog.getByText('give it a name')).toBeVisible();
  await expectGood(page);
  await dialog.getByRole('textbox', { name: 'Name of the campaign' }).fill('Harvest letter');
  await dialog.getByRole('button', { name: 'Create the campaign' }).click();

  // Setup
  await expect(page.getByRole('heading', { level: 1, name: 'Harvest letter' })).toBeVisible();
  await expect(page.getByLabel('Sender address')).toHaveValue('news@example.com');
  const subject = page.getByRole('textbox', { name: 'Subject' });
  await subject.fill(', the harvest is in');
  await subject.press('Home');
  await page.getByRole('button', { name: 'Insert a merge field: Subject' }).click();
  await page.getByRole('menuitem', { name: 'First name' }).click();
  await expect(subject).toHaveValue('{{ first_name | default("there") }}, the harvest is in');
  await expect(subject).toBeFocused();
  await page.getByRole('textbox', { name: 'Preheader' }).fill('And it is a good one');
  await page.getByLabel('Sender address').fill('no address');
  await expect(page.getByText('the address has no @')).toBeVisible();
  await expect(page.getByText('Not saved: something is not right yet')).toBeVisible();
  await expectGood(page);
  await page.getByLabel('Sender address').fill('news@example.com');
  await expect(page.getByText(/^Saved at /)).toBeVisible();

  // Recipients
  await page.getByRole('link', { name: 'Choose recipients' }).click();
  await page.getByRole('combobox', { name: 'In any of these groups' }).first().click();
  await page.getByRole('option', { name: /Newsletter/ }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('status').filter({ hasText: '12 people' })).toBeVisible();
  await page.getByRole('combobox', { name: 'In any of these groups' }).nth(1).click();
  await page.getByRole('option', { name: /Guests/ }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('status').filter({ hasText: '10 people' })).toBeVisible();
  await expectGood(page);

  // Content
  await page.getByRole('link', { name: 'Write the content' }).click();
  await page.getByRole('button', { name: /^Your own HTML/ }).click();
  await page.getByRole('button', { name: 'Begin with a letter' }).click();
  await expect(page.getByRole('textbox', { name: 'HTML source' })).toContainText('unsubscribe_url');
  await writeCode(page, '<p>{{ frist_name }}</p>');
  await expect(page.getByText(/there is no field frist_name/)).toBeVisible();
  await writeCode(page, LETTER);
  await page.getByRole('combobox', { name: 'As this person would get it' }).fill('person 7');
  await page.getByRole('option', { name: /person7@example.com/ }).click();
  const frame = page.frameLocator('iframe[title="Preview of the mail"]');
  await expect(frame.getByText('Hello Person 7,')).toBeVisible();
  await expect(frame.getByRole('heading', { name: 'The harvest is in' })).toHaveCSS('color', 'rgb(90, 79, 196)');
  await expect(frame.getByText('Hello Person 7,')).toHaveCSS('color', 'rgb(1, 2, 3)');
  await expect(page).toHaveTitle('Harvest letter · Sendero');
  await page.getByText('Phone', { exact: true }).click();
  await expect(page.locator('iframe')).toHaveCSS('max-width', '390px');
  await expectGood(page);

  // Review
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Review' }).click();
  await expect(page.getByText('10 people · Newsletter')).toBeVisible();
  await page.getByRole('textbox', { name: 'Test addresses' }).fill('bad, ada@example.com');
  await page.getByRole('button', { name: 'Send the test' }).click();
  await expect(page.getByText(/the address has no @/)).toBeVisible();
  await page.getByRole('textbox', { name: 'Test addresses' }).fill('ada@example.com');
  await page.getByRole('button', { name: 'Send the test' }).click();
  await expect(page.getByText('1 test is on its way')).toBeVisible();
  await expectGood(page);

  // What the server found: with a word, what to do and where; links are asked when that is wanted
  const checklist = page.getByRole('region', { name: 'Checklist' });
  const unsigned = checklist.getByRole('listitem').filter({ hasText: 'This server does not sign mail from example.com with DKIM' });
  await expect(unsigned).toContainText('Warning');
  await expect(unsigned).toContainText('Add a key');
  await expect(unsigned.getByRole('link', { name: /^Change: This server does not sign/ })).toHaveAttribute('href', '/app/settings/dkim');
  await expect(checklist.getByRole('status')).toContainText('2 warnings');
  await expect(checklist.getByText(/^1 link /)).toHaveCount(0);
  await checklist.getByRole('button', { name: /^Show what is in order/ }).click();
  await expect(checklist.getByRole('list', { name: 'What is in order' })).toContainText('People can unsubscribe');
  await expectGood(page);
  await checklist.getByRole('button', { name: 'Check links' }).click();
  await expect(checklist.getByText(/^1 link /)).toBeVisible({ timeout: 60_000 });
  await expectGood(page);

  // Scheduled by the clock of the account, and not after all
  await page.getByRole('radio', { name: 'At a time' }).check();
  await page.getByLabel('Date and time').fill('2020-01-01T09:00');
  await page.getByRole('button', { name: 'Schedule for 10 people' }).click();
  await expect(page.getByText('choose a time in the future, or send it now')).toBeVisible();
  const year = new Date().getFullYear() + 1;
  await page.getByLabel('Date and time').fill(`${year}-07-01T09:00`);
  await page.getByRole('button', { name: 'Schedule for 10 people' }).click();
  await expect(page.getByText(`Will be sent 1 Jul ${year}, 09:00`)).toBeVisible();
  const { data } = await api.call<{ data: { scheduled_at: string }[] }>('GET', '/api/campaigns');
  expect(data[0]!.scheduled_at).toMatch(`${year}-07-01T07:00:00`);
  await expectGood(page);
  await page.getByRole('link', { name: 'Edit' }).click();
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Review' }).click();
  await page.getByRole('button', { name: 'Do not send at that time' }).click();

  await page.getByRole('button', { name: 'Send to 10 people' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send to 10 people' }).click();
  await expect(page.getByText(/^Finished /)).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('region', { name: 'Sent', exact: true })).toContainText('to 10 recipients');

  // Read in the sandbox inbox
  await page.getByRole('link', { name: 'Sandbox inbox' }).click();
  await page.getByRole('link', { name: /person7@example.com/ }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'Person 7, the harvest is in' })).toBeVisible();
  const mail = page.frameLocator('iframe');
  await expect(mail.getByText('Hello Person 7,')).toBeVisible();
  await expectGood(page);
  const link = await mail.getByRole('link', { name: 'Read on' }).getAttribute('href');
  // Whoever follows it is led on; only the way there is ours.
  await page.context().route('https://example.com/**', (route) => route.fulfill({ body: 'The story of the harvest' }));
  const [opened] = await Promise.all([page.context().waitForEvent('page'), mail.getByRole('link', { name: 'Read on' }).click()]);
  await expect(opened).toHaveURL('https://example.com/harvest');
  await opened.close();
  expect(link).toContain('/t/');
  await page.getByText('Plain text', { exact: true }).click();
  await expect(page.getByText('Hello Person 7,')).toBeVisible();
  await page.getByText('Source', { exact: true }).click();
  await expect(page.getByText('List-Unsubscribe-Post')).toBeVisible();
  await expectGood(page);

  // Report
  await page.getByRole('link', { name: 'Campaigns' }).click();
  await expect(page.getByRole('link', { name: 'Harvest letter' })).toBeVisible();
  await expectGood(page);
  await page.getByRole('link', { name: 'Harvest letter' }).click();
  // The page is told that there is a click more.
  await expect(page.getByRole('region', { name: 'Clicked', exact: true })).toContainText('1 of 10', { timeout: 30_000 });
  await expect(page.getByRole('cell', { name: 'https://example.com/harvest' })).toBeVisible();
  await expectGood(page);
  await page.getByText('Table', { exact: true }).click();
  await expectGood(page);
  await page.getByRole('tab', { name: 'Recipients' }).click();
  await expect(page.getByRole('row', { name: /person7@example.com/ })).toContainText('Yes');
  await expectGood(page);
  await page.getByRole('tab', { name: 'Message' }).click();
  await expect(page.frameLocator('iframe').getByText('Hello there,')).toBeVisible();
  await expectGood(page);
});

test('campaigns are filtered, duplicated, deleted with a way back, and cancelled', async ({ signedIn: page, api }) => {
  await page.goto('/app/campaigns');
  await page.getByRole('button', { name: 'More for Harvest letter' }).click();
  await page.getByRole('menuitem', { name: 'Duplicate' }).click();
  await expect(page.getByText(/is ready to be changed/)).toBeVisible();
  const { data } = await api.call<{ data: { id: string; name: string }[] }>('GET', '/api/campaigns?state=draft');
  const { id, name } = data[0]!;

  await page.goto('/app/campaigns?state=draft');
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Harvest letter', exact: true })).toHaveCount(name === 'Harvest letter' ? 1 : 0);
  await page.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Delete' }).click();
  await expect(page.getByRole('link', { name, exact: true })).toHaveCount(0);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.getByRole('link', { name, exact: true })).toBeVisible();

  await api.call('PUT', `/api/campaigns/${id}/schedule`, { scheduled_at: new Date(Date.now() + 86_400_000).toISOString() });
  await page.goto('/app/campaigns?state=scheduled');
  await page.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Cancel the campaign' }).click();
  await expectGood(page);
  // The list of another width is another one, without the dialog.
  await page.goto('/app/campaigns?state=scheduled');
  await page.getByRole('button', { name: `More for ${name}` }).click();
  await page.getByRole('menuitem', { name: 'Cancel the campaign' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel the campaign' }).click();
  await expect(page.getByText('No campaign has the status “Scheduled”')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Show all campaigns' }).click();
  await expect(page.getByText('Cancelled', { exact: true })).toHaveCount(2);
});

test('a sent campaign is shown in the public archive, and taken back', async ({ signedIn: page, api, browser }) => {
  const content = { subject: 'The public letter', body: { kind: 'html', html: '<p>Dear {{ first_name | default("reader") }}</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>' } };
  await api.call('POST', '/api/subscribers/batch', { subscribers: [{ email: 'reader@example.com' }] });
  const { id } = await api.call<Made>('POST', '/api/campaigns', { name: 'Public letter', audience: { everyone: true }, sender_name: 'Ada', sender_email: 'news@example.com', content });
  await api.call('POST', `/api/campaigns/${id}/send`);
  await expect.poll(async () => (await api.call<{ state: string }>('GET', `/api/campaigns/${id}`)).state, { timeout: 60_000 }).toBe('sent');
  await page.goto(`/app/campaigns/${id}`);
  await page.getByRole('button', { name: 'More for Public letter' }).click();
  await page.getByRole('menuitem', { name: 'Public archive' }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog.getByText('Nobody can read it on the web now.')).toBeVisible();
  await expectGood(page);
  await dialog.getByRole('switch', { name: 'Show it in the archive' }).click({ force: true });
  await expect(dialog.getByText(/^Public since /)).toBeVisible();
  await expectGood(page);
  const url = await dialog.getByRole('textbox', { name: 'Address of this campaign' }).inputValue();
  const list = await dialog.getByRole('textbox', { name: 'Address of the whole archive' }).inputValue();

  const visitor = await (await browser.newContext()).newPage();
  await visitor.goto(list);
  await expect(visitor.getByText('The public letter')).toBeVisible();
  expect((await visitor.goto(url))!.status()).toBe(200);
  await dialog.getByRole('switch', { name: 'Show it in the archive' }).click({ force: true });
  await expect(dialog.getByText('Nobody can read it on the web now.')).toBeVisible();
  expect((await visitor.goto(url))!.status()).toBe(404);
  await visitor.context().close();
});

test('what somebody else changed is not overwritten', async ({ signedIn: page, api }) => {
  const { id } = await api.call<Made>('POST', '/api/campaigns', { name: 'Shared' });
  await page.goto(`/app/campaigns/${id}/edit`);
  await expect(page.getByText('All changes are saved')).toBeVisible();
  await api.call('PATCH', `/api/campaigns/${id}`, { sender_name: 'Somebody else' });
  await page.getByRole('textbox', { name: 'Subject' }).fill('Mine');
  await expect(page.getByRole('alert')).toContainText('Somebody else changed this campaign');
  await expectGood(page);
  await page.getByRole('button', { name: 'Load the newer version' }).click();
  await expect(page.getByLabel('Sender name')).toHaveValue('Somebody else');
  await expect(page.getByRole('textbox', { name: 'Subject' })).toHaveValue('');
});
