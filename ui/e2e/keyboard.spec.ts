import type { Locator, Page } from '@playwright/test';
import { expect, OWNER, startServer, test, watch } from './world';

test.use({ world: 'keyboard' });
// The clicks of a browser that says it has no head count as a scanner's.
test.use({ userAgent: 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36' });

/** As a spreadsheet writes it: with a mark of its encoding, semicolons, quotes and letters beyond ASCII. */
const CSV = `\uFEFFE-Mail;Vorname;Nachname;Ort;Umsatz
jürgen@example.com;Jürgen;Müller;Köln;"1.204,50"
ada@example.com;Ada;Lovelace;"London; Mayfair";99
grace@example.com;Grace;Hopper;New York;40,5
"zoe@example.com";"Zoë ""Z""";O'Neil;Galway;
not an address;Niemand;;;1
alan@example.com;Alan;Turing;Manchester;7
`;

const LETTER = `<!doctype html><html><body><h1>The harvest is in</h1>
<p>Hello {{ first_name | default("there") }}, <a href="https://example.com/harvest">read on</a>.</p>
<p><a href="{{ unsubscribe_url }}">Unsubscribe</a> {{ account.address | default("") }}</p></body></html>`;

/** Somebody without a mouse: what they press, and nothing else. */
class Keyboard {
  constructor(private readonly page: Page) {}

  press(...keys: string[]): Promise<void> {
    return keys.reduce((before, key) => before.then(() => this.page.keyboard.press(key)), Promise.resolve());
  }

  /** Tabs until it has the focus. What cannot be reached so fails. */
  async reach(target: Locator): Promise<void> {
    await expect(target).toBeAttached();
    for (let presses = 0; presses < 150; presses += 1) {
      if (await hasFocus(target)) return;
      await this.page.keyboard.press('Tab');
    }
    throw new Error(`the keyboard does not reach ${target}`);
  }

  async activate(target: Locator): Promise<void> {
    await this.reach(target);
    await this.page.keyboard.press('Enter');
  }

  async write(target: Locator, text: string): Promise<void> {
    await this.reach(target);
    await this.press('Control+A');
    await this.page.keyboard.insertText(text);
  }

  /** Chooses in a box that opens below itself. */
  async choose(box: Locator, text: string): Promise<void> {
    await this.reach(box);
    await this.press('ArrowDown');
    const option = this.page.getByRole('option', { name: text }).first();
    await expect(option).toBeVisible();
    for (let presses = 0; presses < 60; presses += 1) {
      if ((await option.getAttribute('data-combobox-selected')) !== null) break;
      await this.press('ArrowDown');
    }
    await this.press('Enter');
  }
}

async function hasFocus(target: Locator): Promise<boolean> {
  return target.evaluate((element) => element === element.ownerDocument.activeElement).catch(() => false);
}

test('the whole job is done by keyboard alone', async ({ browser }) => {
  test.setTimeout(480_000);
  const server = await startServer();
  const context = await browser.newContext({ baseURL: server.url });
  const page = await context.newPage();
  const complaints = watch(page);
  const keys = new Keyboard(page);
  const heading = (name: string | RegExp) => page.getByRole('heading', { level: 1, name });
  const button = (name: string | RegExp) => page.getByRole('button', { name }).first();
  const box = (name: string) => page.getByRole('textbox', { name });

  // Set-up
  await page.goto('/');
  await keys.write(page.getByLabel('Your name'), OWNER.name);
  await keys.write(page.getByLabel('Your email address'), OWNER.email);
  await keys.write(box('Password'), OWNER.password);
  await keys.write(page.getByLabel('Name of your organization'), 'Northwind Studio');
  await keys.activate(button('Create the owner'));
  await expect(page.getByLabel('Sender name')).toHaveValue('Northwind Studio');
  await keys.write(page.getByLabel('Postal address'), '1 Harbor Road, 10115 Berlin');
  await keys.activate(button('Save and go on'));
  await keys.activate(page.getByRole('button', { name: /import/i }));

  // Import
  await expect(heading('Import subscribers')).toBeFocused();
  const choosing = page.waitForEvent('filechooser');
  await keys.activate(page.getByRole('button', { name: 'Choose a file' }));
  await (await choosing).setFiles({ name: 'kunden.csv', mimeType: 'text/csv', buffer: Buffer.from(CSV) });
  await expect(page.getByRole('combobox', { name: 'What E-Mail fills' })).toHaveValue('Email address');
  await keys.choose(page.getByRole('combobox', { name: 'What Ort fills' }), 'New field: Text');
  await keys.activate(button('Continue'));
  await keys.activate(button('Import now'));
  await expect(page.getByRole('link', { name: 'Show subscribers' })).toBeVisible({ timeout: 60_000 });
  await keys.activate(page.getByRole('link', { name: 'Show subscribers' }));
  await expect(page.getByText('5 people')).toBeVisible();

  // Segment
  await keys.press('g', 'e');
  await expect(heading('Segments')).toBeFocused();
  await keys.activate(page.getByRole('link', { name: 'New segment' }).first());
  await expect(heading('New segment')).toBeFocused();
  await keys.write(box('Name'), 'Readers');
  await expect(page.getByText('people match')).toBeVisible();
  await keys.activate(button('Save segment'));
  await expect(heading('Readers')).toBeVisible();

  // Campaign
  await keys.press('Control+K');
  await expect(page.getByPlaceholder('Search pages, people and actions')).toBeFocused();
  await page.keyboard.insertText('campaigns');
  // The list has to follow what was typed before one goes where its first line leads.
  await expect(page.getByRole('dialog').getByText('Segments')).toHaveCount(0);
  await expect(page.getByRole('dialog').locator('[data-action][data-selected]')).toHaveText('Campaigns');
  await keys.press('Enter');
  await expect(heading('Campaigns')).toBeFocused();
  await keys.activate(button('New campaign'));
  await keys.write(page.getByRole('dialog').getByRole('textbox', { name: 'Name of the campaign' }), 'Harvest letter');
  await keys.press('Enter');
  await expect(heading('Harvest letter')).toBeVisible();
  await keys.write(box('Subject'), 'The harvest is in');
  await keys.activate(page.getByRole('link', { name: 'Choose recipients' }));
  await keys.choose(page.getByRole('combobox', { name: 'In any of these segments' }).first(), 'Readers');
  await keys.press('Escape');
  await expect(page.getByRole('status').filter({ hasText: '5 people' })).toBeVisible();
  await keys.activate(page.getByRole('link', { name: 'Write the content' }));
  await keys.activate(page.getByRole('button', { name: /^Your own HTML/ }));
  await keys.write(box('HTML source'), LETTER);
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await keys.activate(page.getByRole('link', { name: /review/i }).last());

  // Send
  await keys.activate(button('Send to 5 people'));
  await keys.activate(page.getByRole('dialog').getByRole('button', { name: 'Send to 5 people' }));
  await expect(page.getByText(/^Finished /)).toBeVisible({ timeout: 60_000 });

  // Read it in the sandbox inbox, and follow its links
  await context.route('https://example.com/**', (route) => route.fulfill({ body: 'The story of the harvest' }));
  await keys.press('g', 'i');
  await expect(heading('Sandbox inbox')).toBeFocused();
  await keys.activate(page.getByRole('link', { name: /grace@example.com/ }));
  const mail = page.frameLocator('iframe');
  await expect(mail.getByText('Hello Grace')).toBeVisible();
  const follow = async (name: string) => {
    const link = mail.getByRole('link', { name });
    await keys.reach(link);
    const opening = context.waitForEvent('page');
    await keys.press('Enter');
    return opening;
  };
  const story = await follow('read on');
  await expect(story).toHaveURL('https://example.com/harvest');
  await story.close();
  const leaving = await follow('Unsubscribe');
  const away = new Keyboard(leaving);
  await away.activate(leaving.getByRole('button', { name: /unsubscribe/i }).first());
  await expect(leaving.getByText(/unsubscribed|no more|will not get/i).first()).toBeVisible();
  await leaving.close();
  await keys.reach(page.getByRole('radio', { name: 'Desktop' }));
  await keys.press('ArrowRight', 'ArrowRight');
  await expect(page.getByText('Hello Grace')).toBeVisible();

  // Report
  await keys.press('g', 'c');
  await expect(heading('Campaigns')).toBeFocused();
  await keys.activate(page.getByRole('link', { name: 'Harvest letter' }));
  await expect(page.getByRole('region', { name: 'Clicked', exact: true })).toContainText('1 of 5');
  await expect(page.getByRole('region', { name: 'Unsubscribed', exact: true })).toContainText('1 of 5');
  await keys.reach(page.getByRole('tab', { name: 'Report' }));
  await keys.press('ArrowRight');
  await expect(page.getByRole('row', { name: /grace@example.com/ })).toContainText('Yes');

  expect(complaints).toEqual([]);
  await context.close();
  await server.stop();
});
