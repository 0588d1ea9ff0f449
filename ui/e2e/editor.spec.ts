import type { Locator, Page } from '@playwright/test';
import { expect, expectAccessible, expectGood, test, type Api } from './world';

interface Made {
  id: string;
}

test.describe.configure({ mode: 'serial' });
test.use({ world: 'editor', actionTimeout: 30_000 });

const block = (page: Page, kind: string) => page.getByRole('group', { name: new RegExp(`^${kind}\\b.*\\d of \\d`) });
const order = (page: Page) => page.locator('[data-root] > [data-item]').evaluateAll((items) => items.map((item) => item.getAttribute('data-type')));
const frame = (page: Page) => page.frameLocator('iframe[title="Preview of the mail"]');

async function campaign(api: Api, name: string): Promise<string> {
  const { id } = await api.call<Made>('POST', '/api/campaigns', { name });
  await api.call('PATCH', `/api/campaigns/${id}`, { sender_name: 'Ada', sender_email: 'news@example.com' });
  return id;
}

test('a mail is built from blocks by mouse, for some people only, previewed and tested', async ({ signedIn: page, api }) => {
  test.setTimeout(360_000);
  await api.call('PATCH', '/api/account', { postal_address: '1 Harbor Road\n10115 Berlin' });
  await api.call('POST', '/api/subscribers/batch', {
    subscribers: [
      { email: 'grace@example.com', first_name: 'Grace' },
      { email: 'linus@example.com', first_name: 'Linus' },
    ],
  });
  const id = await campaign(api, 'Harvest letter');
  await page.goto(`/app/campaigns/${id}/edit?step=content`);
  await expect(page.getByRole('button', { name: /^From a template/ })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: /^Empty blocks/ }).click();
  await expect(page).toHaveURL(/design$/);
  await expect(page.getByRole('heading', { level: 1, name: 'Harvest letter' })).toBeVisible();
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'button', 'footer']);
  await page.getByRole('textbox', { name: 'Subject' }).fill('{{ first_name | default("Hello") }}, the harvest is in');
  await page.getByRole('textbox', { name: 'Preheader' }).fill('And it is a good one');

  // Dragged from the palette to between two blocks, and then to another place
  const from = page.getByRole('button', { name: 'Quote', exact: true });
  await from.dragTo(block(page, 'Text'), { targetPosition: { x: 200, y: 3 } });
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'quote', 'text', 'button', 'footer']);
  await block(page, 'Quote').dragTo(block(page, 'Button'), { sourcePosition: { x: 8, y: 8 }, targetPosition: { x: 300, y: 60 } });
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'button', 'quote', 'footer']);

  // Columns, and a block put into one of them
  await page.getByRole('button', { name: 'Columns', exact: true }).click();
  await page.getByRole('button', { name: 'Image', exact: true }).dragTo(page.locator('[data-type="columns"]').getByText('Nothing here yet').first());
  await expect(page.locator('[data-type="columns"]').getByText('No picture yet')).toBeVisible();
  await expect(page.getByRole('heading', { level: 2, name: 'Image' })).toBeVisible();
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(page.locator('[data-type="columns"]')).toHaveCount(0);
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(page.locator('[data-type="columns"]')).toHaveCount(1);
  await page.getByRole('button', { name: 'Undo' }).click();

  // A text, written where it stands
  await block(page, 'Text').getByText('Write something here.').click();
  const writing = page.getByRole('textbox', { name: 'Text' });
  await expect(writing).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('Dear ');
  await page.getByRole('button', { name: 'Insert a merge field: the text' }).click();
  await page.getByRole('menuitem', { name: 'First name' }).click();
  await expect(writing.getByText('First name')).toBeVisible();
  await writing.click();
  await page.keyboard.press('End');
  await page.keyboard.type(', the harvest is ');
  await page.getByRole('button', { name: 'Bold' }).click();
  await expect(page.getByRole('button', { name: 'Bold' })).toHaveAttribute('aria-pressed', 'true');
  await writing.focus();
  await page.keyboard.type('in');
  await expectGood(page);

  // Only for some
  await page.getByRole('switch', { name: 'Show only to some people' }).click();
  const dialog = page.getByRole('dialog', { name: 'Who sees it' });
  await dialog.getByRole('combobox', { name: 'What it is about' }).click();
  await page.getByRole('option', { name: 'First name' }).click();
  await dialog.locator('input[type="text"], input:not([type])').last().fill('Grace');
  await expect(dialog.getByText(/1 person now/)).toBeVisible();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Only for some', { exact: true })).toBeVisible();

  // What a block says beside the canvas
  await block(page, 'Button').click({ position: { x: 400, y: 10 } });
  await page.getByRole('textbox', { name: 'Words', exact: true }).fill('See the harvest');
  await page.getByRole('textbox', { name: 'Link', exact: true }).fill('https://example.com/harvest');
  await expect(block(page, 'Button')).toContainText('See the harvest');
  await expect(page.getByText(/^Saved at /)).toBeVisible();

  // As one person and as another, as the server makes it
  await page.getByText('Preview', { exact: true }).click();
  await expect(frame(page).getByText('See the harvest')).toBeVisible();
  await expect(frame(page).getByText('the harvest is')).toHaveCount(0);
  await page.getByRole('combobox', { name: 'As this person would get it' }).fill('grace');
  await page.getByRole('option', { name: /grace@example.com/ }).click();
  await expect(frame(page).getByText(/Dear Grace, the harvest is/)).toBeVisible();
  await expect(page.getByText('Grace, the harvest is in', { exact: true })).toBeVisible();
  await page.getByRole('combobox', { name: 'As this person would get it' }).fill('linus');
  await page.getByRole('option', { name: /linus@example.com/ }).click();
  await expect(page.getByText('Linus, the harvest is in', { exact: true })).toBeVisible();
  await expect(frame(page).getByText(/Dear/)).toHaveCount(0);
  await page.getByText('Dark', { exact: true }).click();
  await page.getByText('Phone', { exact: true }).click();
  await expect(page.locator('iframe')).toHaveCSS('max-width', '390px');
  await expectGood(page);
  await page.getByText('Plain text', { exact: true }).click();
  await expect(page.getByText(/See the harvest/)).toBeVisible();
  await expectGood(page);

  await page.getByRole('button', { name: 'Send a test' }).first().click();
  await page.getByRole('dialog').getByRole('button', { name: 'Send the test' }).click();
  await expect(page.getByText('1 test is on its way')).toBeVisible();
  await page.getByRole('button', { name: 'Continue' }).click();
  await expect(page).toHaveURL(/step=review/);
  await expect(frame(page).getByText('See the harvest')).toBeVisible();

  // The steps change the subject and leave the blocks alone
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Setup' }).click();
  await page.getByRole('textbox', { name: 'Subject' }).fill('The harvest is in');
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await page.getByRole('navigation', { name: 'Steps' }).getByRole('link', { name: 'Content' }).click();
  await page.getByRole('button', { name: 'Open the editor' }).click();
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'button', 'quote', 'footer']);
  await expect(block(page, 'Text')).toContainText('the harvest is in');
  await expect(page.getByRole('textbox', { name: 'Subject' })).toHaveValue('The harvest is in');
});

/** Presses Tab until the focus is there. */
async function tabTo(page: Page, target: Locator, key = 'Tab'): Promise<void> {
  for (let presses = 0; presses < 120; presses += 1) {
    if (await target.evaluate((element) => element === document.activeElement).catch(() => false)) return;
    await page.keyboard.press(key);
  }
  throw new Error(`${key} does not lead to ${target.toString()}`);
}

test('the same by keyboard alone', async ({ signedIn: page, api }) => {
  test.setTimeout(360_000);
  const id = await campaign(api, 'By keyboard');
  await page.goto(`/app/campaigns/${id}/edit?step=content`);
  const blank = page.getByRole('button', { name: /^Empty blocks/ });
  await expect(blank).toBeVisible();
  await tabTo(page, blank);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'By keyboard' })).toBeVisible();

  // A block is added, moved to its place and told about
  await tabTo(page, page.getByRole('button', { name: 'Heading', exact: true }));
  await page.keyboard.press('Enter');
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'button', 'heading', 'footer']);
  const added = block(page, 'Heading').nth(1);
  await expect(added).toBeFocused();
  await expect(page.getByRole('status').filter({ hasText: 'Heading added' })).toBeAttached();
  await page.keyboard.press('Alt+ArrowUp');
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'heading', 'button', 'footer']);
  await expect(page.getByRole('status').filter({ hasText: 'Heading moved: block 4 of 6' })).toBeAttached();
  await expect(added).toBeFocused();

  // Written in place, and left again
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Heading' })).toBeFocused();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('From here');
  await page.keyboard.press('Escape');
  await expect(added).toBeFocused();
  await expect(added).toContainText('From here');

  // The arrows lead to the next; its text gets a list from the bar above
  await page.keyboard.press('ArrowUp');
  await expect(block(page, 'Text')).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Text' })).toBeFocused();
  await page.keyboard.press('Alt+F10');
  await expect(page.getByRole('button', { name: 'Bold' })).toBeFocused();
  await tabTo(page, page.getByRole('button', { name: 'List', exact: true }));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('textbox', { name: 'Text' }).getByRole('listitem')).toHaveCount(1);
  await page.keyboard.press('Escape');
  await expect(block(page, 'Text')).toBeFocused();

  // Duplicated, removed, undone
  await page.keyboard.press('ControlOrMeta+d');
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'text', 'heading', 'button', 'footer']);
  await page.keyboard.press('Delete');
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'heading', 'button', 'footer']);
  await page.keyboard.press('ControlOrMeta+z');
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'text', 'heading', 'button', 'footer']);
  await page.keyboard.press('ControlOrMeta+Shift+z');
  await expect.poll(() => order(page)).toEqual(['logo', 'heading', 'text', 'heading', 'button', 'footer']);

  // Only for some
  const condition = page.getByRole('switch', { name: 'Show only to some people' });
  await tabTo(page, condition);
  await page.keyboard.press('Space');
  const dialog = page.getByRole('dialog', { name: 'Who sees it' });
  await expect(dialog).toBeVisible();
  await tabTo(page, dialog.locator('input:not([role])').last());
  await page.keyboard.type('en');
  await tabTo(page, dialog.getByRole('button', { name: 'Apply' }));
  await page.keyboard.press('Enter');
  await expect(page.getByText('Only for some', { exact: true })).toBeVisible();
  await expect(page.getByText(/^Saved at /)).toBeVisible();

  // And on to the review
  await tabTo(page, page.getByRole('button', { name: 'Continue' }), 'Shift+Tab');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/step=review/);
  await expect(frame(page).getByText('From here')).toBeVisible();
});

test('what somebody else saved is not written over', async ({ signedIn: page, api }) => {
  const id = await campaign(api, 'Two people');
  const content = (text: string) => ({
    content: { subject: 'Two', body: { kind: 'blocks', document: { version: 1, blocks: [{ id: 'a', type: 'text', props: { html: text } }] } } },
  });
  await api.call('PATCH', `/api/campaigns/${id}`, content('first'));
  await page.goto(`/app/campaigns/${id}/design`);
  await expect(block(page, 'Text')).toContainText('first');
  await api.call('PATCH', `/api/campaigns/${id}`, content('theirs'));
  await block(page, 'Text').getByText('first').click();
  await page.keyboard.type('mine ');
  await expect(page.getByRole('alert').getByText('Somebody else changed this mail')).toBeVisible();
  await page.getByRole('button', { name: 'Load the newer version' }).click();
  await expect(block(page, 'Text')).toContainText('theirs');
  await block(page, 'Text').getByText('theirs').click();
  await page.keyboard.press('End');
  await page.keyboard.type(' and mine');
  await expect(page.getByText(/^Saved at /)).toBeVisible();
});

test('nothing in a mail runs, neither on the canvas nor in the preview', async ({ signedIn: page, api }) => {
  const id = await campaign(api, 'Bad mail');
  const bad = '<p onclick="document.title=\'ran\'">Look</p><img src="x" onerror="document.title=\'ran\'"><script>document.title="ran"</script><svg onload="document.title=\'ran\'"></svg>';
  const blocks = [
    { id: 'a', type: 'html', props: { html: bad } },
    { id: 'b', type: 'text', props: { html: `Read ${bad}<a href="javascript:document.title='ran'">this</a>` } },
  ];
  await api.call('PATCH', `/api/campaigns/${id}`, { content: { subject: 'Bad', body: { kind: 'blocks', document: { version: 1, blocks: [blocks[0]] } } } });
  await page.route('**/api/campaigns/*/content', async (route) => {
    // What the server would refuse, the editor has to stand all the same.
    await route.fulfill({ json: { subject: 'Bad', body: { kind: 'blocks', document: { version: 1, blocks } } } });
  });
  await page.goto(`/app/campaigns/${id}/design`);
  await expect(block(page, 'HTML').getByText('Look')).toBeVisible();
  await block(page, 'HTML').getByText('Look').click();
  await expect(page.locator('[data-root] :is(script, svg[onload], img, [onclick], [onerror], a)')).toHaveCount(0);
  await page.getByText('Preview', { exact: true }).click();
  await page.waitForTimeout(1500);
  await expect(page).toHaveTitle('Bad mail · Sendero');
});

const text = (id: string, html: string) => ({ id, type: 'text', props: { html } });

test('a column is shown to some people only', async ({ signedIn: page, api }) => {
  await api.call('POST', '/api/subscribers/batch', { subscribers: [{ email: 'grace@example.com', first_name: 'Grace' }] });
  const id = await campaign(api, 'Two columns');
  const columns = [
    { id: 'left', blocks: [text('l', 'For all')] },
    { id: 'right', blocks: [text('r', 'For Grace alone')] },
  ];
  const document = { version: 1, blocks: [{ id: 'both', type: 'columns', props: { ratios: [1, 1], columns } }, { id: 'foot', type: 'footer', props: {} }] };
  await api.call('PATCH', `/api/campaigns/${id}`, { content: { subject: 'Columns', body: { kind: 'blocks', document } } });
  await page.goto(`/app/campaigns/${id}/design`);
  await block(page, 'Columns').focus();
  await page.getByRole('switch', { name: 'Show column 2 only to some people' }).click();
  const dialog = page.getByRole('dialog', { name: 'Who sees it: column 2' });
  await dialog.getByRole('combobox', { name: 'What it is about' }).click();
  await page.getByRole('option', { name: 'First name' }).click();
  await dialog.locator('input[type="text"], input:not([type])').last().fill('Grace');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: 'Apply' }).click();
  await expect(page.getByText('Only for some', { exact: true })).toBeVisible();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page);

  await page.getByText('Preview', { exact: true }).click();
  await expect(frame(page).getByText('For all')).toBeVisible();
  await expect(frame(page).getByText('For Grace alone')).toHaveCount(0);
  await page.getByRole('combobox', { name: 'As this person would get it' }).fill('grace');
  await page.getByRole('option', { name: /grace@example.com/ }).click();
  await expect(frame(page).getByText('For Grace alone')).toBeVisible();
});

/** A red dot. */
const PNG = 'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mP8z8DwHwAFBQIAX8jx0gAAAABJRU5ErkJggg==';

/** As if a file were dragged in from the desktop, to the upper or lower edge of something. */
async function dropFile(page: Page, target: Locator, edge: 'top' | 'middle'): Promise<void> {
  const dataTransfer = await page.evaluateHandle((base64) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(atob(base64), (char) => char.charCodeAt(0))], 'harvest.png', { type: 'image/png' }));
    return transfer;
  }, PNG);
  await target.scrollIntoViewIfNeeded();
  const box = (await target.boundingBox())!;
  const at = { dataTransfer, clientX: box.x + box.width / 2, clientY: edge === 'top' ? box.y + 3 : box.y + box.height / 2 };
  for (const kind of ['dragenter', 'dragover', 'dragover', 'drop']) {
    await target.dispatchEvent(kind, at);
    await page.waitForTimeout(150);
  }
}

test('a picture is dropped onto the mail from outside, and the blocks become code', async ({ signedIn: page, api }) => {
  const id = await campaign(api, 'Dropped');
  const blocks = [text('a', 'First'), text('b', 'Second'), { id: 'pic', type: 'image', props: { src: '', alt: '' } }, { id: 'foot', type: 'footer', props: {} }];
  await api.call('PATCH', `/api/campaigns/${id}`, { content: { subject: 'Dropped', body: { kind: 'blocks', document: { version: 1, blocks } } } });
  await page.goto(`/app/campaigns/${id}/design`);
  await expect.poll(() => order(page)).toEqual(['text', 'text', 'image', 'footer']);
  await dropFile(page, page.locator('#block-b'), 'top');
  await expect.poll(() => order(page)).toEqual(['text', 'image', 'text', 'image', 'footer']);
  await expect(page.locator('[data-type="image"] img')).toHaveCount(1);
  // The one that waits for a picture takes it.
  await dropFile(page, page.locator('#block-pic'), 'middle');
  await expect(page.locator('[data-type="image"] img')).toHaveCount(2);
  await expect.poll(() => order(page)).toEqual(['text', 'image', 'text', 'image', 'footer']);
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page);

  await page.getByRole('button', { name: 'Back to Dropped' }).click();
  await page.getByRole('button', { name: 'Go on in MJML code' }).click();
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Go on in MJML code' }).click();
  await expect(page.getByRole('textbox', { name: 'MJML source' })).toContainText('<mjml');
  await expect(frame(page).getByText('Second')).toBeVisible();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page);
  const content = await api.call<{ subject: string; body: { kind: string; mjml: string } }>('GET', `/api/campaigns/${id}/content`);
  expect(content).toMatchObject({ subject: 'Dropped', body: { kind: 'mjml' } });
  expect(content.body.mjml).toContain('Second');
});
