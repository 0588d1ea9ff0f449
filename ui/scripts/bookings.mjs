// The pictures of bookings: what the demo account lacks for them, and the pages.
import { runnerImport } from 'vite';

/** Names that need what is made here. */
export const NAMES = [
  'bookings-day',
  'bookings-week',
  'bookings-month',
  'bookings-list',
  'booking',
  'booking-new',
  'booking-why',
  'booking-analytics',
  'event-types',
  'event-type-new',
  'event-type',
  'event-type-rules',
  'event-type-waiting',
  'event-type-questions',
  'event-type-hosts',
  'event-type-page',
  'event-type-embed',
  'availability',
  'availability-dates',
  'hosts',
  'host',
  'host-connect',
  'book-host',
  'book-event',
  'book-form',
  'book-wait',
  'book-done',
];

const GUESTS = ['grace@example.com', 'ada@example.com'];
const STANDING = ['pending', 'confirmed'];

/** A workshop that some wait for, somebody to confirm, and calendars of the host; `clear` takes them away again. */
export async function prepare({ page, get, send }) {
  const [host] = (await get('/api/hosts')).data;
  const [tasting, call] = (await get('/api/event-types')).data;
  const name = (await get('/api/booking-settings')).page;

  const settings = {
    description: 'Roast a batch of your own, and take it home. Coffee is on us.',
    color: '#b42626',
    durations: [90],
    locations: [{ kind: 'in_person', address: 'Weserstraße 12, Berlin' }],
    capacity: 2,
    notice_minutes: 24 * 60,
    needs_approval: true,
    waiting_list: true,
    questions: [
      { key: 'roast', label: 'Which roast do you like?', kind: 'choice', options: ['Light', 'Medium', 'Dark'] },
      { key: 'before', label: 'Have you roasted before?', kind: 'text', help: 'No is a fine answer.' },
    ],
  };
  const { id: workshop } = await send('POST', '/api/event-types', { title: 'Roast your own', hosts: [{ host_id: host.id }], settings });
  const { days } = await get(`/api/event-types/${workshop}/slots`);
  const answers = { roast: 'Light', before: 'No, but I drink a lot of it.' };
  const guest = { event_type_id: workshop, name: 'Grace Hopper', email: 'grace@example.com', time_zone: 'America/New_York', answers };
  // On the first day with room, in the afternoon, as whoever is far away has it.
  const [first, second] = days.filter(({ slots }) => slots.length > 0).map(({ slots }) => slots.at(-1).start);
  const { booking } = await send('POST', '/api/bookings', { ...guest, start: first });
  await send('POST', '/api/bookings', { ...guest, name: 'Ada Lovelace', email: 'ada@example.com', start: second, seats: 2, time_zone: 'Europe/London' });
  for (const [person, email] of [['Linus Larsen', 'linus@example.com'], ['Mary Jackson', 'mary@example.com']]) {
    await send('POST', `/api/event-types/${workshop}/waiting`, { name: person, email });
  }

  const { module } = await runnerImport('./e2e/calendars.ts');
  const now = new Date();
  const calendars = await module.startCalendars(new Date(now.setUTCHours(10, 0, 0, 0) + 86_400_000));
  const { user: user_name, password } = module.LOGIN;
  const connections = [];
  for (const connection of [
    { kind: 'caldav', name: 'Nextcloud', address: calendars.dav, user_name, password },
    { kind: 'feed', name: 'Rota of the shop', url: calendars.feed },
  ]) {
    const made = await send('POST', `/api/hosts/${host.id}/calendar-connections`, connection);
    connections.push(made.connection.id);
    const work = made.calendars.find(({ writable }) => writable);
    if (work) await send('PATCH', `/api/calendar-connections/${made.connection.id}/calendars/${work.id}`, { receives: true });
  }
  await page.waitForTimeout(4000);

  const taken = encodeURIComponent(`"${booking.id}"`);
  const at = (slug) => `/book/${name}/${slug}?tz=Europe%2FBerlin`;
  const slot = () => page.locator('a.slot').first().click();
  const done = await booked(page, at(call.slug));
  const show = (text) => () =>
    page.getByRole('heading', { level: 2, name: text, exact: true }).evaluate((heading) => {
      // Below the bar of the page.
      heading.style.scrollMarginTop = '120px';
      heading.scrollIntoView();
    });
  const schedule = `/bookings/availability?schedule=${encodeURIComponent(`"${host.schedule_id}"`)}`;
  const pages = {
    'bookings-day': `/bookings?view=day&date=${second.slice(0, 10)}`,
    'bookings-week': '/bookings?view=week',
    'bookings-month': '/bookings?view=month',
    'bookings-list': '/bookings?view=list',
    booking: `/bookings?booking=${taken}`,
    'booking-new': '/bookings?new=true',
    'booking-why': `/bookings/why?type=${encodeURIComponent(`"${tasting.id}"`)}`,
    'booking-analytics': '/bookings/analytics',
    'event-types': '/bookings/event-types',
    'event-type-new': '/bookings/event-types?new=true',
    'event-type': `/bookings/event-types/${call.id}`,
    'event-type-rules': `/bookings/event-types/${call.id}?tab=availability`,
    'event-type-waiting': [`/bookings/event-types/${workshop}?tab=availability`, show('Who waits')],
    'event-type-questions': `/bookings/event-types/${workshop}?tab=questions`,
    'event-type-hosts': `/bookings/event-types/${call.id}?tab=hosts`,
    'event-type-page': `/bookings/event-types/${call.id}?tab=page`,
    'event-type-embed': [`/bookings/event-types/${call.id}?tab=page`, show('Embed')],
    availability: schedule,
    'availability-dates': [schedule, show('Dates that differ')],
    hosts: '/bookings/hosts',
    host: `/bookings/hosts/${host.id}`,
    'host-connect': [`/bookings/hosts/${host.id}`, () => page.getByRole('button', { name: 'Connect calendars' }).first().click()],
  };
  const visited = {
    'book-host': `/book/${name}/by/${host.slug}`,
    'book-event': at(call.slug),
    'book-form': [at('roast-your-own'), slot],
    'book-wait': [`${at('roast-your-own')}&date=${second.slice(0, 10)}`, () => page.getByRole('link', { name: 'Full: wait' }).first().click()],
    'book-done': done,
  };
  const clear = async () => {
    for (const id of connections) await send('DELETE', `/api/calendar-connections/${id}?copies=remove`);
    await page.waitForTimeout(2000);
    calendars.close();
    const { data: coming } = await get(`/api/bookings?from=${new Date().toISOString()}&limit=100`);
    for (const { id, email, status } of coming) {
      if (GUESTS.includes(email) && STANDING.includes(status)) await send('POST', `/api/bookings/${id}/cancel`, {});
    }
    await send('DELETE', `/api/event-types/${workshop}`);
  };
  return { pages, visited, clear };
}

/** Books as a visitor does; the address of what comes then. */
async function booked(page, path) {
  await page.goto(path);
  await page.locator('.slot').first().click();
  await page.getByLabel('Your name').fill('Grace Hopper');
  await page.getByLabel('Email').fill('grace@example.com');
  await page.getByRole('button', { name: 'Confirm booking' }).click();
  await page.getByRole('heading', { name: 'Your meeting is booked' }).waitFor();
  return page.url();
}
