import { LOGIN, startCalendars, type Calendars } from './calendars';
import { expect, expectAccessible, expectGood, test } from './world';

test.use({
  world: 'calendars',
  settings: { SENDERO_NETWORK_ALLOW_PRIVATE: '127.0.0.1', SENDERO_CALENDARS_MICROSOFT_CLIENT_ID: 'sendero-test', SENDERO_CALENDARS_MICROSOFT_CLIENT_SECRET: 'very-secret' },
});
test.describe.configure({ mode: 'serial' });

interface Made {
  id: string;
}

let calendars: Calendars;
let host = '';
/** Today at ten in UTC, which is in the week that the calendar shows. */
const TEN = new Date(new Date().setUTCHours(10, 0, 0, 0));

test.beforeAll(async () => {
  calendars = await startCalendars(TEN);
});
test.afterAll(() => calendars.close());

test('calendars are connected with a password, and say what they are used for', async ({ signedIn: page, api }) => {
  const { data: users } = await api.call<{ data: Made[] }>('GET', '/api/users');
  host = (await api.call<Made>('POST', '/api/hosts', { user_id: users[0]!.id, time_zone: 'Europe/Berlin' })).id;
  await page.goto('/app/bookings/hosts');
  await page.getByRole('link', { name: 'Calendars of Ada Lovelace' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'No calendars are connected' })).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Connect calendars' }).first().click();
  const dialog = page.getByRole('dialog');
  // What the operator has not registered says what is missing.
  await expect(dialog.getByRole('button', { name: /^Google Calendar/ })).toBeDisabled();
  await expect(dialog.getByText(/google_client_id = /)).toBeVisible();
  await expect(dialog.getByRole('button', { name: /^Microsoft 365/ })).toBeEnabled();
  await expectGood(page);
  await dialog.getByRole('button', { name: /^Apple, Fastmail, Nextcloud/ }).click();
  await expect(dialog.getByText('app-specific password', { exact: false }).first()).toBeVisible();
  await expectGood(page);
  for (const [service, hint] of [['Fastmail', 'Manage app passwords'], ['Nextcloud', 'primary CalDAV address'], ['Another', 'Any server with CalDAV']] as const) {
    await dialog.getByText(service, { exact: true }).click();
    await expect(dialog.getByText(hint, { exact: false }).first()).toBeVisible();
  }
  await dialog.getByLabel('Address of the server').fill(calendars.dav);
  await dialog.getByLabel('User name').fill(LOGIN.user);
  await dialog.getByLabel('Password for programs', { exact: true }).fill('wrong');
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(dialog.getByText('the server does not let this user name and password in', { exact: false })).toBeVisible();
  await expect(dialog.getByLabel('Password for programs', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await expectGood(page);
  await dialog.getByLabel('Password for programs', { exact: true }).fill(LOGIN.password);
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'ada' })).toBeVisible();
  await expect(page.getByText('Up to date')).toBeVisible({ timeout: 60_000 });
  await expect(page.getByRole('switch', { name: 'Blocks my time: Work' })).toBeChecked();
  await expect(page.getByRole('switch', { name: 'Blocks my time: Holidays' })).not.toBeChecked();
  await expect(page.getByText('can only be read')).toBeVisible();
  await expectGood(page);
  await page.getByRole('switch', { name: 'Blocks my time: Holidays' }).click({ force: true });
  await expect(page.getByRole('switch', { name: 'Blocks my time: Holidays' })).toBeChecked();
  const connections = async () => (await api.call<{ data: { calendars: { name: string; blocks: boolean; receives: boolean }[] }[] }>('GET', `/api/hosts/${host}/calendar-connections`)).data[0]!.calendars;
  await expect.poll(async () => (await connections()).every(({ blocks }) => blocks)).toBe(true);

  // One calendar is where bookings go; it has to be writable.
  await page.getByRole('combobox', { name: 'Where bookings go' }).click();
  await expect(page.getByRole('option', { name: 'Holidays' })).toHaveCount(0);
  await page.getByRole('option', { name: 'Work' }).click();
  await expect.poll(async () => (await connections()).find(({ receives }) => receives)?.name).toBe('Work');
  await expect(page.getByRole('listitem').filter({ hasText: 'Work' }).getByText('Bookings go here')).toBeVisible();
  await expectGood(page);
  await page.getByRole('button', { name: 'Read now' }).click();
  await expect(page.getByText('Up to date')).toBeVisible();
});

test('what is taken there stands behind the bookings, and bookings are put there', async ({ signedIn: page, api }) => {
  await page.goto('/app/bookings');
  await expect(page.getByRole('list', { name: 'Taken in connected calendars' }).first()).toContainText('Dentist · Work', { timeout: 60_000 });
  await expectGood(page);
  const eventType = await api.call<Made>('POST', '/api/event-types', { title: 'Intro call', hosts: [{ host_id: host }], settings: { durations: [30] } });
  const free = await api.call<{ days: { slots: { start: string }[] }[] }>('GET', `/api/event-types/${eventType.id}/slots?from=${new Date().toISOString()}&to=${new Date(Date.now() + 864_000_000).toISOString()}`);
  const { start } = free.days.flatMap(({ slots }) => slots)[0]!;
  const { booking } = await api.call<{ booking: Made }>('POST', '/api/bookings', { event_type_id: eventType.id, start, name: 'Grace Hopper', email: 'grace@example.com' });
  await expect.poll(() => [...calendars.work.values()].filter((text) => text.includes('Grace')).length, { timeout: 60_000 }).toBe(1);
  await page.goto(`/app/bookings?booking=%22${booking.id}%22`);
  await expect(page.getByRole('dialog').getByText('Work: is there')).toBeVisible();
  await expectAccessible(page);
});

test('a feed that breaks says so and what to do, and is mended', async ({ signedIn: page }) => {
  await page.goto(`/app/bookings/hosts/${host}`);
  await page.getByRole('button', { name: 'Connect calendars' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('button', { name: /^Address of a calendar/ }).click();
  await dialog.getByLabel('Address of the calendar').fill(calendars.feed.replace('/feed/', '/nowhere/'));
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  await expect(dialog.getByText('there is no calendar at this address')).toBeVisible();
  await expectGood(page);
  await dialog.getByLabel('Address of the calendar').fill(calendars.feed);
  await dialog.getByLabel('Name', { exact: true }).fill('Duty rota');
  await dialog.getByRole('button', { name: 'Connect', exact: true }).click();
  const card = page.getByRole('region', { name: 'Duty rota' });
  await expect(card.getByText('Up to date')).toBeVisible({ timeout: 60_000 });
  // Who wants certainty is told at once.
  await card.getByRole('combobox', { name: 'When it cannot be read' }).click();
  await page.getByRole('option', { name: 'Offer no times until it can' }).click();
  await expect(card.getByRole('combobox', { name: 'When it cannot be read' })).toHaveValue('Offer no times until it can');
  calendars.feedStatus = 404;
  await card.getByRole('button', { name: 'Read now' }).click();
  const alert = card.getByRole('alert');
  await expect(alert).toContainText('It cannot be read since', { timeout: 60_000 });
  await expect(alert).toContainText('See whether the address still shows the calendar');
  await expectGood(page);
  await alert.getByRole('button', { name: 'New address' }).click();
  await dialog.getByLabel('New address').fill(calendars.feed);
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(dialog.getByText('there is no calendar at this address')).toBeVisible();
  await expectGood(page);
  calendars.feedStatus = 200;
  await dialog.getByRole('button', { name: 'Save' }).click();
  await expect(card.getByText('Up to date')).toBeVisible({ timeout: 60_000 });
  await expect(alert).toHaveCount(0);

  // It is asked before it goes.
  await card.getByRole('button', { name: 'Actions for Duty rota' }).click();
  await page.getByRole('menuitem', { name: 'Disconnect' }).click();
  await expect(page.getByRole('dialog')).toContainText('can be booked again');
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await expect(card).toHaveCount(0);
});

test('signing in elsewhere leads there and back, and says what came of it', async ({ signedIn: page }) => {
  let asked: URL | undefined;
  await page.route('https://login.microsoftonline.com/**', (route) => {
    asked = new URL(route.request().url());
    const back = new URL(asked.searchParams.get('redirect_uri')!);
    back.searchParams.set('error', 'access_denied');
    back.searchParams.set('state', asked.searchParams.get('state')!);
    return route.fulfill({ status: 302, headers: { location: back.href } });
  });
  await page.goto(`/app/bookings/hosts/${host}`);
  await page.getByRole('button', { name: 'Connect calendars' }).click();
  await page.getByRole('dialog').getByRole('button', { name: /^Microsoft 365/ }).click();
  await expect(page.getByRole('alert').filter({ hasText: 'The calendars are not connected' })).toContainText('access was not granted');
  expect(asked?.searchParams.get('client_id')).toBe('sendero-test');
  expect(new URL(page.url()).pathname).toBe(`/app/bookings/hosts/${host}`);
  await expectGood(page);
  await page.getByRole('alert').getByRole('button', { name: 'Close' }).click();
  await expect(page.getByRole('alert')).toHaveCount(0);

  // Before bookings leave their calendar with it, it is asked what becomes of them.
  await page.getByRole('button', { name: 'Actions for ada' }).click();
  await page.getByRole('menuitem', { name: 'Disconnect' }).click();
  await page.getByRole('radio', { name: 'Those to come are taken out' }).check();
  await expectGood(page);
  await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
  await expect(page.getByRole('heading', { level: 2, name: 'No calendars are connected' })).toBeVisible();
  await expect.poll(() => [...calendars.work.values()].filter((text) => text.includes('Grace')).length, { timeout: 60_000 }).toBe(0);
});
