import type { Page } from '@playwright/test';
import { expect, expectGood, test, type Api } from './world';

test.use({ world: 'bookings' });
test.describe.configure({ mode: 'serial' });

interface Made {
  id: string;
}

interface Slots {
  days: { date: string; slots: { start: string }[] }[];
}

/** The free times of an event type in the next weeks. */
async function slotsOf(api: Api, type: string): Promise<string[]> {
  const [from, to] = [0, 21].map((days) => new Date(Date.now() + days * 86_400_000).toISOString());
  const { days } = await api.call<Slots>('GET', `/api/event-types/${type}/slots?from=${from}&to=${to}`);
  return days.flatMap(({ slots }) => slots.map(({ start }) => start));
}

async function typeNamed(api: Api, title: string): Promise<string> {
  const { data } = await api.call<{ data: (Made & { title: string })[] }>('GET', '/api/event-types');
  return data.find((one) => one.title === title)!.id;
}

/** The switch itself is hidden below what is drawn. */
async function flip(page: Page, name: string): Promise<void> {
  await page.getByRole('switch', { name }).click({ force: true });
}

test('somebody becomes bookable, and sets their hours by mouse, by keys and by typing', async ({ signedIn: page, api }) => {
  await page.goto('/app/bookings');
  await expect(page.getByText('Nobody can be met yet')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Make me bookable' }).click();
  await expect(page.getByRole('radiogroup', { name: 'View' })).toBeVisible();
  await expectGood(page);

  await page.getByRole('link', { name: 'Availability' }).click();
  const grid = page.getByRole('grid', { name: 'Weekly hours' });
  await expect(grid.getByRole('gridcell', { name: 'Monday, 09:00 to 09:30' })).toHaveAttribute('aria-selected', 'true');
  await expect(grid.getByRole('gridcell', { name: 'Saturday, 09:00 to 09:30' })).toHaveAttribute('aria-selected', 'false');
  await expect(page.getByText('40 hrs a week')).toBeVisible();
  await expectGood(page);

  // By mouse: Saturday and Sunday from 10 to 12.
  await grid.getByRole('gridcell', { name: 'Saturday, 10:00 to 10:30' }).hover();
  await page.mouse.down();
  await grid.getByRole('gridcell', { name: 'Sunday, 11:00 to 11:30' }).hover();
  await grid.getByRole('gridcell', { name: 'Sunday, 11:30 to 12:00' }).hover();
  await page.mouse.up();
  await expect(page.getByLabel('Sunday, range 1: to')).toHaveValue('12:00');
  // By keys: Sunday is taken out again.
  await expect(grid.getByRole('gridcell', { name: 'Sunday, 11:30 to 12:00' })).toBeFocused();
  await page.keyboard.press('Space');
  for (let press = 0; press < 3; press += 1) await page.keyboard.press('Shift+ArrowUp');
  await expect(grid.getByRole('gridcell', { name: 'Sunday, 10:00 to 10:30' })).toBeFocused();
  await expect(page.getByRole('group', { name: 'Sunday' }).getByText('Closed')).toBeVisible();
  // By typing: Friday ends at two in the morning, and Monday has a break.
  await page.getByLabel('Friday, range 1: to').fill('02:00');
  await expect(page.getByRole('group', { name: 'Friday' }).getByText('the day after')).toBeVisible();
  await expect(grid.getByRole('gridcell', { name: 'Saturday, 01:00 to 01:30' })).toHaveAttribute('aria-selected', 'true');
  await page.getByLabel('Friday, range 1: to').fill('17:00');
  await page.getByLabel('Monday, range 1: to').fill('12:00');
  await page.getByRole('button', { name: 'Add hours: Monday' }).click();
  await expect(page.getByLabel('Monday, range 2: from')).toHaveValue('13:00');
  await expectGood(page);
  await page.getByRole('region', { name: 'Some changes are not saved' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Some changes are not saved' })).toHaveCount(0);
  const { data } = await api.call<{ data: { weekly: { from: string; to: string }[][] }[] }>('GET', '/api/schedules');
  expect(data[0]!.weekly[0]).toEqual([
    { from: '09:00', to: '12:00' },
    { from: '13:00', to: '17:00' },
  ]);
  expect(data[0]!.weekly[5]).toEqual([{ from: '10:00', to: '12:00' }]);
  expect(data[0]!.weekly[6]).toEqual([]);

  // Leaving with changes is asked about.
  await page.getByRole('checkbox', { name: 'Sunday' }).check();
  await page.getByRole('link', { name: 'Event types' }).click();
  await expect(page.getByRole('dialog')).toContainText('Your changes of this page are not saved');
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Go without saving' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Event types' })).toBeVisible();
});

test('a date is closed, time off and blocks are kept, and taken back', async ({ signedIn: page, api }) => {
  await page.goto('/app/bookings/availability');
  await page.getByRole('button', { name: 'The month after' }).click();
  const monday = page.getByRole('table').getByRole('button', { name: /: 09:00–12:00, 13:00–17:00$/ }).first();
  await monday.click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('radio', { name: 'Closed' }).check();
  await dialog.getByLabel('Note').fill('Inventory');
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Closed · Inventory')).toBeVisible();
  await page.getByRole('button', { name: /^As usual on/ }).click();
  await expect(page.getByText('Closed · Inventory')).toHaveCount(0);

  await page.getByRole('button', { name: 'Add time off' }).click();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('button', { name: /^Remove the time off/ })).toBeVisible();

  await page.getByRole('button', { name: 'Block time' }).click();
  await dialog.getByLabel('What for').fill('Team lunch');
  await dialog.getByText('Again and again').click();
  await dialog.getByText('Wed', { exact: true }).click();
  await expectGood(page);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByText('Team lunch', { exact: true })).toBeVisible();
  await expect(page.getByText(/^Every week on .*12:00–13:00$/)).toBeVisible();
  await expectGood(page);
  const host = (await api.call<{ data: Made[] }>('GET', '/api/hosts')).data[0]!.id;
  expect((await api.call<{ data: unknown[] }>('GET', `/api/hosts/${host}/blocks`)).data).toHaveLength(1);
  await page.getByRole('button', { name: /^Remove the time off/ }).click();
  await page.getByRole('button', { name: 'Remove the block: Team lunch' }).click();
  // Leaving does what was still to be undone.
  await page.goto('/app/bookings/hosts');
  await expect.poll(async () => (await api.call<{ data: unknown[] }>('GET', `/api/hosts/${host}/blocks`)).data.length).toBe(0);
  await expect.poll(async () => (await api.call<{ data: unknown[] }>('GET', `/api/hosts/${host}/time-off`)).data.length).toBe(0);
  await expectGood(page);
});

test('an event type is made, set up in all its tabs, and offered', async ({ signedIn: page, api }) => {
  await page.goto('/app/bookings/event-types');
  await expect(page.getByText('Nothing can be booked yet')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'New event type' }).first().click();
  await page.getByRole('dialog').getByLabel('Title').fill('Intro call');
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByRole('heading', { level: 1, name: 'Intro call' })).toBeVisible();

  await page.getByLabel('Description').fill('Half an hour to get to know each other.');
  await page.getByRole('combobox', { name: 'Lengths in minutes' }).fill('45');
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Add a place' }).click();
  await page.getByRole('group', { name: 'Place 1' }).getByLabel('Link').fill('https://meet.example.com/ada');
  await expectGood(page);

  await page.getByRole('tab', { name: 'Availability & limits' }).click();
  await page.getByRole('textbox', { name: 'Buffer after the meeting' }).fill('15');
  await page.getByRole('button', { name: 'Add a limit' }).click();
  await expect(page.getByRole('group', { name: 'Limit 1' })).toBeVisible();
  await expectGood(page);

  await page.getByRole('tab', { name: 'Questions' }).click();
  await page.getByRole('button', { name: 'Add a question' }).click();
  await page.getByRole('textbox', { name: 'Question' }).fill('What is it about?');
  await page.getByRole('button', { name: 'Add a question' }).click();
  await page.getByRole('textbox', { name: 'Question' }).nth(1).fill('Company');
  await page.getByRole('button', { name: 'Move up: Company' }).click();
  await expect(page.getByRole('textbox', { name: 'Question' }).first()).toHaveValue('Company');
  await expectGood(page);

  await page.getByRole('tab', { name: 'Hosts' }).click();
  await expectGood(page);
  await page.getByRole('tab', { name: 'Page & embed' }).click();
  const code = page.getByLabel('Code to embed');
  await expect(code).toContainText('<sendero-booking link="northwind-studio/intro-call"></sendero-booking>');
  // The preview is the page itself.
  await expect(page.frameLocator('iframe[title="Preview"]').getByText('Intro call').first()).toBeVisible();
  await expectGood(page);
  await page.getByRole('radiogroup', { name: 'How it is shown' }).getByText('Floating button').click();
  await page.getByLabel('Words on it').fill('Talk to <us>');
  await expect(code).toContainText('mode="button"');
  await expect(code).toContainText('>Talk to &lt;us&gt;</sendero-booking>');
  await page.getByRole('region', { name: 'Some changes are not saved' }).getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Some changes are not saved' })).toHaveCount(0);
  const id = await typeNamed(api, 'Intro call');
  const saved = await api.call<{ settings: { durations: number[]; buffer_after_minutes: number; limits: unknown[]; questions: { label: string }[] } }>('GET', `/api/event-types/${id}`);
  expect(saved.settings).toMatchObject({ durations: [30, 45], buffer_after_minutes: 15, limits: [{ scope: 'event_type', period: 'day', bookings: 5 }] });
  expect(saved.settings.questions.map(({ label }) => label)).toEqual(['Company', 'What is it about?']);

  // What is wrong is told on the tab where it is.
  await page.getByRole('tab', { name: 'Basics' }).click();
  await page.getByLabel('Name in the address').fill('');
  await page.getByLabel('Title').fill('');
  await page.getByRole('tab', { name: 'Questions' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('tab', { name: 'Basics' })).toHaveAttribute('aria-selected', 'true');
  await expect(page.getByLabel('Title')).toHaveAttribute('aria-invalid', 'true');
  await expectGood(page);
  await page.getByRole('button', { name: 'Discard' }).click();

  await page.getByRole('tab', { name: 'Availability & limits' }).click();
  await expect(page.getByRole('heading', { name: 'Next free times' })).toBeVisible();
  await page.getByRole('link', { name: 'Back to Event types' }).click();
  await expect(page.getByRole('article').filter({ hasText: 'Intro call' })).toContainText(/30 mins? · 45 mins?/);
  await expectGood(page);
  await flip(page, 'Intro call can be booked');
  await expect.poll(async () => (await api.call<{ enabled: boolean }>('GET', `/api/event-types/${id}`)).enabled).toBe(false);
  await flip(page, 'Intro call can be booked');
  await expect.poll(async () => (await api.call<{ enabled: boolean }>('GET', `/api/event-types/${id}`)).enabled).toBe(true);
});

test('it is told why there is no time', async ({ signedIn: page, api }) => {
  const id = await typeNamed(api, 'Intro call');
  await page.goto('/app/bookings/why');
  await expect(page.getByRole('combobox', { name: 'Event type' })).toHaveValue('Intro call');
  // A Sunday: nobody works then.
  const sunday = new Date(Date.now() + 7 * 86_400_000);
  sunday.setUTCDate(sunday.getUTCDate() + ((7 - sunday.getUTCDay()) % 7));
  await page.getByLabel('Date').fill(sunday.toISOString().slice(0, 10));
  await expect(page.getByRole('cell', { name: /^No hours on this weekday: Ada Lovelace/ })).toBeVisible();
  await expectGood(page);
  await page.getByLabel('Date').fill('2001-01-01');
  await expect(page.getByRole('cell', { name: /^Too soon, or past|^Outside of the dates/ }).first()).toBeVisible();
  expect((await slotsOf(api, id)).length).toBeGreaterThan(10);
});

test('a booking is made by hand, seen in each view, moved, missed and cancelled', async ({ signedIn: page, api }) => {
  const id = await typeNamed(api, 'Intro call');
  await page.goto('/app/bookings');
  await page.getByRole('button', { name: 'New booking' }).click();
  const dialog = page.getByRole('dialog');
  const [first] = await slotsOf(api, id);
  await dialog.getByLabel('Date').fill(first!.slice(0, 10));
  const free = dialog.getByRole('radiogroup', { name: /^Times on/ }).getByRole('radio');
  await expect(free.first()).toBeAttached();
  await free.first().check({ force: true });
  await dialog.getByLabel('Name', { exact: true }).fill('Grace Hopper');
  await dialog.getByLabel('Email').fill('grace@example.com');
  await dialog.getByLabel('Company').fill('Navy');
  await expectGood(page);
  await dialog.getByRole('button', { name: /^Book / }).click();

  // What was made opens.
  const drawer = page.getByRole('dialog', { name: 'Booking', exact: true });
  await expect(drawer.getByRole('heading', { name: 'Grace Hopper' })).toBeVisible();
  await expect(drawer.getByText('Confirmed', { exact: true })).toBeVisible();
  await expect(drawer.getByText('Navy')).toBeVisible();
  await expect(drawer.getByText('Booked', { exact: true })).toBeVisible();
  await expectGood(page);

  await drawer.getByRole('button', { name: 'Reschedule' }).click();
  const ask = page.getByRole('dialog', { name: 'Move it to another time' });
  const others = ask.getByRole('radiogroup', { name: /^Times on/ }).getByRole('radio');
  await expect(others.first()).toBeAttached();
  await others.last().check({ force: true });
  await ask.getByLabel('Reason').fill('A clash');
  await expectGood(page);
  await ask.getByRole('button', { name: 'Move it' }).click();
  await expect(drawer.getByText('Moved to another time')).toBeVisible();
  const { data } = await api.call<{ data: (Made & { start: string; sequence: number; status: string })[] }>('GET', '/api/bookings');
  expect(data).toMatchObject([{ status: 'confirmed', sequence: 1 }]);
  const date = data[0]!.start.slice(0, 10);
  await drawer.getByRole('button', { name: 'Close' }).click();

  for (const view of ['day', 'week', 'month', 'list']) {
    await page.goto(`/app/bookings?view=${view}&date=${date}`);
    await expect(page.getByRole('button', { name: /Grace Hopper/ }).first()).toBeVisible();
    await expectGood(page);
  }
  // A telephone begins with the list.
  await page.setViewportSize({ width: 390, height: 800 });
  await page.goto(`/app/bookings?date=${date}`);
  await expect(page.getByRole('radio', { name: 'List' })).toBeChecked();
  await page.getByRole('button', { name: /Grace Hopper/ }).click();
  await expect(drawer.getByRole('button', { name: 'Cancel booking' })).toBeVisible();
  await page.setViewportSize({ width: 1280, height: 860 });

  await drawer.getByRole('button', { name: 'Cancel booking' }).click();
  const sure = page.getByRole('dialog', { name: 'Cancel the booking' });
  await sure.getByLabel('Reason').fill('The office burned down');
  await expectGood(page);
  await sure.getByRole('button', { name: 'Cancel the booking' }).click();
  await expect(drawer.getByText('The office burned down').first()).toBeVisible();
  await drawer.getByRole('button', { name: 'Close' }).click();
  // It stands no more, but is found.
  await expect(page.getByRole('button', { name: /Grace Hopper/ })).toHaveCount(0);
  await page.getByRole('combobox', { name: 'Status' }).click();
  await page.getByRole('option', { name: 'Cancelled', exact: true }).click();
  await expect(page.getByRole('button', { name: /Grace Hopper/ })).toBeVisible();
});

test('what needs approval is confirmed and declined, and counted', async ({ signedIn: page, api }) => {
  const host = (await api.call<{ data: Made[] }>('GET', '/api/hosts')).data[0]!.id;
  const type = await api.call<Made>('POST', '/api/event-types', { title: 'Workshop', hosts: [{ host_id: host }], settings: { needs_approval: true, durations: [60], color: '#0e7a4c' } });
  const free = await slotsOf(api, type.id);
  const book = (name: string, start: string) =>
    api.call('POST', '/api/bookings', { event_type_id: type.id, start, name, email: `${name.toLowerCase()}@example.com`, time_zone: 'America/New_York', answers: {} });
  await book('Alan', free[0]!);
  await book('Radia', free[8]!);
  for (const [name, button, becomes] of [
    ['Alan', 'Confirm', 'Confirmed'],
    ['Radia', 'Decline', 'Declined'],
  ] as const) {
    await page.goto('/app/bookings?view=list');
    await page.getByRole('button', { name: new RegExp(name) }).click();
    const drawer = page.getByRole('dialog', { name: 'Booking', exact: true });
    await expect(drawer.getByText('To be confirmed')).toBeVisible();
    await expect(drawer.getByText(/for them, in America\/New York/)).toBeVisible();
    await drawer.getByRole('button', { name: button, exact: true }).click();
    if (button === 'Decline') await page.getByRole('dialog', { name: 'Decline the booking' }).getByRole('button', { name: 'Decline' }).click();
    await expect(drawer.getByText(becomes, { exact: true }).first()).toBeVisible();
  }
  await page.goto('/app/bookings/analytics?span=next_30');
  await expect(page.getByRole('row', { name: /^Workshop/ })).toContainText('2');
  await expectGood(page);
});

test('hosts are a team, one of them stops taking bookings', async ({ signedIn: page, api }) => {
  await api.call('POST', '/api/users', { email: 'ken@example.com', name: 'Ken Thompson', role: 'editor', password: 'correct horse battery' });
  await page.goto('/app/bookings/hosts');
  await page.getByRole('button', { name: 'New host' }).click();
  await page.getByRole('dialog').getByRole('combobox', { name: 'Member of the team' }).click();
  await page.getByRole('option', { name: 'Ken Thompson' }).click();
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
  await expect(page.getByText('Ken Thompson', { exact: true })).toBeVisible();
  await expectGood(page);

  await page.goto(`/app/bookings/event-types/${await typeNamed(api, 'Workshop')}?tab=hosts`);
  await page.getByRole('radio', { name: /^In turn/ }).check();
  await page.getByRole('combobox', { name: 'Add a host' }).click();
  await page.getByRole('option', { name: 'Ken Thompson' }).click();
  await expect(page.getByRole('group', { name: 'Ken Thompson' })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('region', { name: 'Some changes are not saved' })).toHaveCount(0);

  await page.goto('/app/bookings/hosts');
  await page.getByRole('button', { name: 'Actions for Ken Thompson' }).click();
  await page.getByRole('menuitem', { name: 'Take no bookings' }).click();
  await expect.poll(async () => (await api.call<{ data: { name: string; enabled: boolean }[] }>('GET', '/api/hosts')).data.find(({ name }) => name === 'Ken Thompson')?.enabled).toBe(false);
  await page.getByLabel('Name in addresses').fill('northwind');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect.poll(async () => (await api.call<{ page: string }>('GET', '/api/booking-settings')).page).toBe('northwind');

  // How much there may be of all teams together.
  const kept = async () => (await api.call<{ team_limits: { period: string; bookings: number | null }[] }>('GET', '/api/booking-settings')).team_limits;
  await page.getByRole('button', { name: 'Add a limit' }).click();
  const limit = page.getByRole('group', { name: 'Limit 1' });
  await limit.getByLabel('At most').fill('200000');
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect(limit.getByText('Choose 1 to 100000')).toBeVisible();
  await limit.getByLabel('At most').fill('2');
  await expectGood(page);
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect.poll(kept).toEqual([{ period: 'day', bookings: 2, minutes: null }]);
  await limit.getByRole('button', { name: 'Remove limit 1' }).click();
  await page.getByRole('button', { name: 'Save' }).last().click();
  await expect.poll(kept).toEqual([]);
});
