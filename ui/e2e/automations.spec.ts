import { expect, expectGood, test, type Api } from './world';

test.use({ world: 'automations' });

interface Made {
  id: string;
}

const BODY = { kind: 'html', html: '<p>Hello {{ first_name | default("there") }}, welcome.</p><p><a href="{{ unsubscribe_url }}">Unsubscribe</a></p>' };

interface Furnished {
  group: string;
}

async function furnish(api: Api): Promise<Furnished> {
  await api.call('PATCH', '/api/account', { sender_name: 'Northwind', sender_email: 'news@example.com', postal_address: '1 Harbor Road' });
  const group = await api.call<Made>('POST', '/api/groups', { name: 'Newsletter' });
  await api.call('POST', '/api/tags', { name: 'welcomed' });
  await api.call('POST', '/api/templates', { name: 'Greeting', content: { subject: 'Welcome to us', body: BODY } });
  return { group: group.id };
}

test.describe.configure({ mode: 'serial' });

let group = '';

test('the welcome automation is chosen, completed, tried out, published, and greets whoever joins', async ({ signedIn: page, api }) => {
  ({ group } = await furnish(api));
  await page.goto('/app/automations');
  await expect(page.getByText('No automations yet')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'New automation' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^Welcome Greets people/ }).click();
  await expect(dialog.getByLabel('Name', { exact: true })).toHaveValue('Welcome');
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Create' }).click();

  // What has to be chosen is told at its step.
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome' })).toBeVisible();
  await expect(page.getByText('Something is missing here')).toHaveCount(2);
  await expectGood(page);
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('2 things are missing');
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Welcome', exact: true }).click();

  // The panel is about that step now.
  await page.getByRole('combobox', { name: 'Template of the mail' }).click();
  await page.getByRole('option', { name: 'Greeting' }).click();
  await page.getByRole('button', { name: /^What you can do here/ }).click();
  await page.getByRole('combobox', { name: 'Template of the mail' }).click();
  await page.getByRole('option', { name: 'Greeting' }).click();
  await expect(page.getByText('Something is missing here')).toHaveCount(0);
  await page.getByRole('button', { name: /^When somebody/ }).click();
  await page.getByRole('combobox', { name: 'Group (any)' }).click();
  await page.getByRole('option', { name: 'Newsletter' }).click();
  await expect(page.getByRole('button', { name: 'When somebody joins a group: Newsletter' })).toBeVisible();

  // Another step between the mail and the wait, and one more change taken back.
  await page.getByRole('button', { name: 'Add a step before “Wait”' }).click();
  await page.getByRole('menuitem', { name: 'Add a tag' }).click();
  await page.getByRole('combobox', { name: 'Tag' }).click();
  await page.getByRole('option', { name: 'welcomed' }).click();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expectGood(page);
  const steps = page.getByRole('group', { name: 'Steps' }).locator('[data-card]');
  await expect(steps).toHaveCount(5);
  await page.getByRole('button', { name: 'Undo' }).click();
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(steps).toHaveCount(4);
  await page.getByRole('button', { name: 'Redo' }).click();
  await page.getByRole('button', { name: 'Redo' }).click();
  await expect(steps).toHaveCount(5);

  // On the canvas it is the same.
  await page.getByText('Canvas', { exact: true }).click();
  await expect(page.getByRole('button', { name: /^Add a tag welcomed/ })).toBeVisible();
  await expectGood(page);
  await page.getByText('Outline', { exact: true }).click();

  // Somebody invented walks through it.
  await page.getByRole('button', { name: 'Try it out' }).click();
  const stage = page.getByRole('dialog');
  await stage.getByRole('button', { name: 'Start' }).click();
  await expect(stage.getByText('How it ended: Came to the end')).toBeVisible();
  await expect(stage.getByRole('listitem').filter({ hasText: 'What you can do here' }).first()).toBeVisible();
  // And I read what they would be written.
  await stage.getByRole('button', { name: 'Send them to me' }).click();
  await expect(stage.getByRole('link', { name: 'on its way to you' }).first()).toBeVisible();
  await expectGood(page);
  await stage.getByRole('button', { name: 'Close' }).first().click();

  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('dialog').getByText('From now on, whoever sets off a trigger comes in.')).toBeVisible();
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();

  // Somebody joins, and finds the first mail.
  await api.call('POST', '/api/subscribers/batch', { subscribers: [{ email: 'grace@example.com', first_name: 'Grace' }], groups: [group] });
  await page.goto('/app/sandbox');
  await expect(page.getByRole('link', { name: /grace@example.com/ })).toBeVisible({ timeout: 30_000 });
  await page.getByRole('link', { name: /grace@example.com/ }).click();
  await expect(page.frameLocator('iframe').getByText('Hello Grace, welcome.')).toBeVisible();
});

test('who is where is shown, with each person on their way', async ({ signedIn: page }) => {
  await page.goto('/app/automations');
  await expect(page.getByRole('row', { name: /Welcome/ })).toContainText('Active');
  await expectGood(page);
  await page.getByRole('link', { name: 'Welcome', exact: true }).click();
  await expect(page.getByText('1 inside · 0 through')).toBeVisible();
  await expect(page.getByText('1 here now')).toBeVisible();
  await expectGood(page);
  await page.getByRole('link', { name: '1 person at “Wait”' }).click();
  await expect(page.getByRole('row', { name: /grace@example.com/ })).toContainText('Waits');
  await expectGood(page);
  await page.getByRole('link', { name: 'grace@example.com' }).click();
  await expect(page.getByText('Came in')).toBeVisible();
  await expect(page.getByRole('listitem').filter({ hasText: 'Add a tag: done' })).toBeVisible();
  await expectGood(page);

  // The wait is passed over, and the second mail goes out.
  await page.goBack();
  await page.getByRole('button', { name: 'Actions for grace@example.com' }).click();
  await page.getByRole('menuitem', { name: 'Pass the step over' }).click();
  await expect(page.getByText('Done', { exact: true })).toBeVisible();
  await page.goto(page.url().replace(/\?.*/, '?tab=people'));
  await expect(page.getByRole('row', { name: /grace@example.com/ })).toContainText('Through', { timeout: 30_000 });
  await expect(page.getByRole('row', { name: /grace@example.com/ })).toContainText('Came to the end');
});

test('a change is told in words before it is published, and taken back', async ({ signedIn: page, api }) => {
  await page.goto('/app/automations');
  await page.getByRole('button', { name: 'Actions for Welcome' }).click();
  await page.getByRole('menuitem', { name: 'Edit' }).click();
  await page.getByRole('button', { name: /^Wait 3 days/ }).click();
  await page.getByLabel('Days', { exact: true }).fill('5');
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByRole('dialog').getByText(/days is 5 instead of 3/)).toBeVisible();
  // The choice is about everyone; nobody stands at what changes.
  await expect(page.getByText('Everyone who is inside: 0, of whom 0 stand at steps that change')).toBeVisible();
  await page.getByRole('radio', { name: 'They finish on the version they began with' }).check();
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('tab', { name: 'Versions' }).click();
  await expect(page.getByText('Version 2', { exact: true })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'What changed: Version 2' }).click();
  await expect(page.getByRole('dialog').getByText(/days is 5 instead of 3/)).toBeVisible();
  await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  await page.getByRole('button', { name: 'Publish again: Version 1' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Publish again' }).click();
  await expect(page.getByText('Version 3', { exact: true })).toBeVisible();

  // What was written and not published would be lost.
  const id = /automations\/(\d+)/.exec(page.url())![1]!;
  const { draft } = await api.call<{ draft: { steps: { name?: string }[] } }>('GET', `/api/automations/${id}`);
  draft.steps[0]!.name = 'Not published yet';
  await api.call('PATCH', `/api/automations/${id}`, { draft });
  await expect(page.getByText('The draft is different from what is live.')).toBeVisible();
  await page.getByRole('button', { name: 'Publish again: Version 2' }).click();
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('The draft has changes that were never published. They are lost');
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();

  // While people are moved after the change, it waits.
  await expect(async () => {
    await page.getByRole('button', { name: 'Pause' }).click({ timeout: 2000 });
    await expect(page.getByText('Paused', { exact: true })).toBeVisible({ timeout: 2000 });
  }).toPass();
  await page.getByRole('button', { name: 'Resume' }).click();
  await expect(page.getByText('Active', { exact: true })).toBeVisible();
});

test('one is built by keyboard alone', async ({ signedIn: page, api }) => {
  await page.goto('/app/automations');
  await expect(page.getByRole('heading', { level: 1, name: 'Automations' })).toBeVisible();
  const reach = async (target: ReturnType<typeof page.getByRole>) => {
    await expect(target).toBeVisible();
    for (let presses = 0; presses < 120; presses += 1) {
      if (await target.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`the keyboard does not reach ${target}`);
  };
  const activate = async (target: ReturnType<typeof page.getByRole>) => {
    await reach(target);
    await page.keyboard.press('Enter');
  };
  const choose = async (item: string) => {
    await expect(page.getByRole('menuitem', { name: item, exact: true })).toBeVisible();
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press('ArrowDown');
      if (await page.getByRole('menuitem', { name: item, exact: true }).evaluate((element) => element === element.ownerDocument.activeElement)) break;
    }
    await page.keyboard.press('Enter');
    // It closes gently.
    await expect(page.getByRole('menu')).toHaveCount(0);
  };
  await activate(page.getByRole('button', { name: 'New automation' }).first());
  await expect(page.getByLabel('Name', { exact: true })).toBeFocused();
  await page.keyboard.insertText('By keys');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'By keys' })).toBeVisible();
  await activate(page.getByRole('button', { name: 'Add a step before “End”' }));
  await choose('If, or else');
  await expect(page.getByRole('button', { name: /^If, or else/ })).toBeFocused();
  await activate(page.getByRole('button', { name: 'Add a step on the way “If so”' }));
  await choose('Add a tag');
  await expect(page.getByRole('button', { name: /^Add a tag/ }).last()).toBeFocused();
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  // Up and out of the way it lies on.
  const { data } = await api.call<{ data: Made[] }>('GET', '/api/automations?limit=1');
  const draft = async () => (await api.call<{ draft: { steps: { id: string; kind: string; with?: { then?: string; else?: string } }[] } }>('GET', `/api/automations/${data[0]!.id}`)).draft;
  await expect.poll(async () => (await draft()).steps.find(({ kind }) => kind === 'if_else')?.with?.then).toMatch(/^add_tag-/);
  await page.keyboard.press('Control+Z');
  await expect(page.getByRole('button', { name: /^Add a tag/ })).toHaveCount(0);
  await expectGood(page);
});

test('an automation is renamed where its name stands, and its editor outlives an answer that fails', async ({ signedIn: page, api }) => {
  await page.goto('/app/automations');
  await page.getByRole('link', { name: 'Welcome', exact: true }).click();
  await page.getByRole('button', { name: 'Rename' }).click();
  await page.getByLabel('Name', { exact: true }).fill('Nothing of it');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { level: 1, name: 'Welcome' })).toBeVisible();
  await page.getByRole('button', { name: 'Rename' }).click();
  await expectGood(page);
  await page.getByLabel('Name', { exact: true }).fill('Greetings');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: 'Greetings' })).toBeVisible();

  await page.getByRole('link', { name: 'Edit' }).click();
  await expect(page.getByRole('button', { name: /^Wait 3 days/ })).toBeVisible();
  const id = /automations\/(\d+)/.exec(page.url())![1]!;
  let asked = 0;
  await page.route(`**/api/automations/${id}`, (route) => {
    asked += 1;
    return route.fulfill({ status: 404, contentType: 'application/json', body: '{"code":"not_found","status":404,"title":"gone","type":"x"}' });
  });
  // What was just read is not asked for again yet.
  await expect
    .poll(async () => {
      await page.evaluate(() => {
        for (const name of ['offline', 'online']) globalThis.dispatchEvent(new Event(name));
      });
      return asked;
    })
    .toBeGreaterThan(0);
  await expect(page.getByRole('button', { name: /^Wait 3 days/ })).toBeVisible();
  await page.unroute(`**/api/automations/${id}`);
  await api.call('PATCH', `/api/automations/${id}`, { name: 'Welcome' });
});

test('what is missing stands at its trigger, and what is typed stays', async ({ signedIn: page, api }) => {
  const draft = {
    version: 1,
    triggers: [{ id: 'in', on: { event: 'segment.entered' }, start: 'call' }],
    steps: [
      { id: 'call', kind: 'http_call', with: { method: 'POST', url: 'https://example.com/', body: { a: 1 } }, next: 'grow' },
      { id: 'grow', kind: 'increment_field', with: { field: 'score', by: 1 }, next: 'end' },
      { id: 'end', kind: 'end' },
    ],
  };
  const made = await api.call<Made>('POST', '/api/automations', { name: 'Typing', draft });
  await page.goto(`/app/automations/${made.id}/edit`);
  await page.getByRole('button', { name: /^When somebody enters a segment Something is missing here/ }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'Segment: is missing' })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Publish' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'When somebody enters a segment' }).click();
  await expect(page.getByRole('heading', { name: 'Trigger' })).toBeVisible();

  // JSON that is none yet stays, wherever one looks meanwhile.
  await page.getByRole('button', { name: /^Ask another program/ }).click();
  await page.getByLabel('Body, as JSON').fill('{"a": ');
  await expect(page.getByText('This is not JSON yet.')).toBeVisible();
  await page.getByRole('button', { name: /^Add to a number/ }).click();
  // A minus sign is no number yet.
  const by = page.getByLabel('By how much');
  await by.fill('');
  await by.pressSequentially('-');
  await expect(by).toHaveValue('-');
  await by.pressSequentially('3');
  await expect(page.getByRole('button', { name: /^Add to a number .*− 3/ })).toBeVisible();
  await page.getByRole('button', { name: 'Publish' }).click();
  await expect(page.getByLabel('Body, as JSON')).toHaveValue('{"a": ');
  await expectGood(page);
  await page.getByLabel('Body, as JSON').fill('{"a": 2}');
  await expect(page.getByText('This is not JSON yet.')).toHaveCount(0);
  await expect.poll(async () => (await api.call<{ draft: typeof draft }>('GET', `/api/automations/${made.id}`)).draft.steps.map((step) => step.with)).toEqual([
    { method: 'POST', url: 'https://example.com/', body: { a: 2 } },
    { field: 'score', by: -3 },
    undefined,
  ]);
});

const SPLIT = {
  version: 1,
  triggers: [{ id: 'in', on: { event: 'automation.started' }, start: 'split' }],
  steps: [
    // oxlint-disable-next-line unicorn/no-thenable -- so it is called in the document
    { id: 'split', kind: 'if_else', with: { if: { contact: { all: [{ field: 'first_name', op: 'equals', value: 'Grace' }] } }, then: 'rest', else: 'grow' } },
    { id: 'rest', kind: 'wait', with: { days: 2 }, next: 'end' },
    { id: 'grow', kind: 'increment_field', with: { field: 'score', by: 1 }, next: 'end' },
    { id: 'end', kind: 'end' },
  ],
};

test('steps are dragged on the canvas, branches are copied and folded, and all is taken back', async ({ signedIn: page, api }) => {
  const made = await api.call<Made>('POST', '/api/automations', { name: 'Dragging', draft: SPLIT });
  await page.goto(`/app/automations/${made.id}/edit`);
  const wait = page.getByRole('button', { name: /^Wait 2 days/ });
  const steps = page.locator('[data-card]:not([data-card^="trigger:"])');
  await expect(wait).toBeVisible();
  await page.getByText('Canvas', { exact: true }).click();
  const next = async () => (await api.call<{ draft: typeof SPLIT }>('GET', `/api/automations/${made.id}`)).draft.steps.map((step) => step.with?.then ?? step.next);
  // From one way to the other.
  await wait.hover();
  await page.mouse.down();
  const target = page.getByRole('button', { name: 'Add a step on the way “If not”' });
  await page.mouse.move(10, 300, { steps: 3 });
  await target.hover();
  await target.hover();
  await page.mouse.up();
  await expect.poll(next).toEqual(['end', 'grow', 'end', undefined]);
  await page.keyboard.press('Control+Z');
  await expect.poll(next).toEqual(['rest', 'end', 'end', undefined]);

  await page.getByRole('button', { name: 'Actions for If, or else' }).click();
  await page.getByRole('menuitem', { name: 'Copy with its ways' }).click();
  await expect(steps).toHaveCount(7);
  await expect(page.locator('[data-minimap]')).toBeVisible();
  const scrolled = () => page.getByRole('region', { name: 'Steps' }).evaluate((element) => element.scrollTop);
  const before = await scrolled();
  await page.locator('[data-minimap]').click({ position: { x: 20, y: (await page.locator('[data-minimap]').boundingBox())!.height - 4 } });
  await expect.poll(scrolled).not.toBe(before);
  await page.getByRole('button', { name: 'Fold the ways of “If, or else”' }).first().click();
  await expect(steps).toHaveCount(5);
  await expect(page.getByRole('button', { name: 'Unfold the ways of “If, or else”' })).toHaveText('2 steps inside');
  await expectGood(page);
  await page.getByText('Outline', { exact: true }).click();
  await expect(steps).toHaveCount(5);
  await page.getByRole('button', { name: 'Unfold the ways of “If, or else”' }).click();
  await expect(steps).toHaveCount(7);
  await expectGood(page);
  // The whole branch moves by keyboard.
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(steps).toHaveCount(4);
});

test('counts say how many went which way, and lead to the people', async ({ signedIn: page, api }) => {
  const made = await api.call<Made & { version: number }>('POST', '/api/automations', { name: 'Counting', draft: SPLIT });
  await api.call('POST', `/api/automations/${made.id}/publish`, {});
  await api.call('POST', '/api/subscribers/batch', { subscribers: [{ email: 'alan@example.com', first_name: 'Alan' }] });
  await api.call('POST', `/api/automations/${made.id}/trigger`, { email: 'alan@example.com' });
  await page.goto(`/app/automations/${made.id}`);
  // One by hand, and not twice.
  const send = async (email: string) => {
    await page.getByRole('button', { name: 'Send somebody in' }).click();
    await page.getByRole('dialog').getByLabel('Email').fill(email);
    await expectGood(page);
    await page.getByRole('dialog').getByRole('button', { name: 'Send somebody in' }).click();
  };
  await send('alan@example.com');
  await expect(page.getByRole('dialog').getByRole('alert')).toContainText('They do not come in: they were here before.');
  await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
  await send('grace@example.com');
  await expect(page.getByRole('heading', { level: 1, name: 'grace@example.com' })).toBeVisible();
  await page.goto(`/app/automations/${made.id}`);
  for (const view of ['Outline', 'Canvas']) {
    await page.getByText(view, { exact: true }).click();
    await expect(page.getByRole('link', { name: '1 went this way' }).first()).toBeVisible();
    await expectGood(page);
  }
  // The number of a way leads to whoever went it, wherever they are now.
  await page.getByText('Outline', { exact: true }).click();
  await page.getByRole('listitem', { name: 'If so' }).getByRole('link', { name: '1 went this way' }).click();
  const chip = page.getByRole('button', { name: /^Went on from “If, or else”: If so/ });
  await expect(chip).toBeVisible();
  await expect(page.getByRole('row', { name: /grace@example.com/ })).toBeVisible();
  await expect(page.getByRole('row', { name: /alan@example.com/ })).toHaveCount(0);
  await expectGood(page);
  await chip.click();
  await expect(page.getByRole('row', { name: /alan@example.com/ })).toBeVisible();
  await page.getByRole('tab', { name: 'Steps' }).click();
  await page.getByRole('link', { name: '1 person at “Wait”' }).click();
  await expect(page.getByRole('row', { name: /grace@example.com/ })).toBeVisible();
});

test('several people are halted, let go on and moved at once', async ({ signedIn: page, api }) => {
  const { data } = await api.call<{ data: Made[] }>('GET', '/api/automations?limit=1');
  await page.goto(`/app/automations/${data[0]!.id}?tab=people`);
  const grace = page.getByRole('row', { name: /grace@example.com/ });
  await expect(grace).toContainText('Waits');
  await page.getByRole('checkbox', { name: 'Select all loaded rows' }).check();
  const bar = page.getByRole('region', { name: 'Selection' });
  const choose = async (action: string) => {
    await bar.getByRole('button', { name: 'Actions' }).click();
    await page.getByRole('menuitem', { name: action, exact: true }).click();
  };
  await expect(bar).toContainText('2 people selected');
  await expectGood(page);
  await choose('Pause');
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Apply to 2 people' }).click();
  await expect(grace).toContainText('Paused');
  await page.getByRole('checkbox', { name: 'Select grace@example.com' }).check();
  await choose('Move to a step');
  await page.getByRole('dialog').getByRole('combobox', { name: 'To which step' }).click();
  await page.getByRole('option', { name: 'Add to a number' }).click();
  await page.getByRole('dialog').getByRole('button', { name: 'Apply to 1 person' }).click();
  await expect(grace).toContainText('Through');
  await expect(grace).toContainText('Came to the end');
});

test('what cannot be kept is told at its step, and saved once it is right', async ({ signedIn: page, api }) => {
  const made = await api.call<Made>('POST', '/api/automations', { name: 'Refused', draft: SPLIT });
  await page.goto(`/app/automations/${made.id}/edit`);
  const wait = page.locator('[data-card]').filter({ hasText: 'Wait' }).first();
  await wait.click();
  await page.getByLabel('Days').fill('5000000000');
  const refused = page.getByRole('alert').filter({ hasText: '5000000000', has: page.getByRole('button') });
  await expect(refused).toBeVisible();
  await expect(wait).toHaveAttribute('data-bad', 'true');
  await expectGood(page);
  // From elsewhere it leads there.
  await page.getByRole('button', { name: 'Settings of the automation' }).or(page.getByRole('button', { name: /^When somebody/ })).first().click();
  await expect(page.getByLabel('Days')).toHaveCount(0);
  await refused.getByRole('button').click();
  await expect(wait).toBeFocused();
  await page.getByLabel('Days').fill('5');
  await expect(page.getByText(/^Saved at /)).toBeVisible();
  await expect(refused).toHaveCount(0);
  await expect(wait).not.toHaveAttribute('data-bad', 'true');
});
