import { expect, test } from './world';

test.use({ world: 'large' });

/** A table of as many people as are wanted: `E2E_PEOPLE=1000000` is a large account. */
const PEOPLE = Number(process.env.E2E_PEOPLE ?? 5000);
/** How many rows are scrolled through, as far as there are so many. */
const ROWS = Math.min(PEOPLE, Number(process.env.E2E_ROWS ?? 3000));
const MOST_DOM_ROWS = 80;

const FIRST = ['Ada', 'Grace', 'Alan', 'Radia', 'Ken', 'Barbara', 'Edsger', 'Frances'];
const LAST = ['Lovelace', 'Hopper', 'Turing', 'Perlman', 'Thompson', 'Liskov', 'Dijkstra', 'Allen'];

function csv(): Buffer {
  const lines = ['email,first_name,last_name'];
  for (let n = 0; n < PEOPLE; n += 1) lines.push(`person${n}@example${n % 97}.com,${FIRST[n % 8]},${LAST[(n >> 3) % 8]} ${n}`);
  return Buffer.from(`${lines.join('\n')}\n`);
}

test('a long table is scrolled with few rows in the page', async ({ signedIn: page, api }) => {
  test.setTimeout(3_600_000);
  const started = Date.now();
  const { id } = await api.upload<{ id: string }>('/api/imports', 'people.csv', csv(), 900_000);
  await expect(async () => {
    expect((await api.call<{ state: string }>('GET', `/api/imports/${id}`)).state).toBe('completed');
  }).toPass({ timeout: 3_000_000 });
  const imported = Date.now() - started;

  await page.addInitScript(() => {
    const long: number[] = [];
    Object.assign(globalThis, { long });
    new PerformanceObserver((list) => long.push(...list.getEntries().map(({ duration }) => Math.round(duration)))).observe({ type: 'longtask' });
  });
  const opened = Date.now();
  await page.goto('/app/subscribers');
  const grid = page.getByRole('grid', { name: 'Subscribers' });
  await expect(grid.getByRole('row').nth(5)).toBeVisible();
  const first = Date.now() - opened;
  await expect(grid).toHaveAttribute('aria-rowcount', String(PEOPLE + 1), { timeout: 120_000 });
  const counted = Date.now() - opened;
  await page.evaluate(() => (globalThis as unknown as { long: number[] }).long.splice(0));

  // As a wheel does it that is turned fast.
  const scrolling = Date.now();
  let most = 0;
  let requests = 0;
  page.on('request', (request) => {
    if (new URL(request.url()).pathname === '/api/subscribers') requests += 1;
  });
  await grid.hover();
  const last = () => grid.evaluate((element) => Math.max(...[...element.querySelectorAll('[aria-rowindex]')].map((row) => Number(row.getAttribute('aria-rowindex')))));
  await expect(async () => {
    for (let turn = 0; turn < 10; turn += 1) {
      await page.mouse.wheel(0, 400);
      most = Math.max(most, await grid.getByRole('row').count());
    }
    expect(await last()).toBeGreaterThanOrEqual(ROWS);
  }).toPass({ intervals: [10], timeout: 600_000 });
  const long = await page.evaluate(() => (globalThis as unknown as { long: number[] }).long);

  console.log(
    `${PEOPLE} people: imported in ${imported} ms, first rows after ${first} ms, counted after ${counted} ms; ` +
      `${await last()} rows scrolled in ${Date.now() - scrolling} ms with ${requests} requests, at most ${most} rows in the page, ` +
      `tasks above 50 ms: ${long.length === 0 ? 'none' : long.join(', ')}`,
  );
  expect(most).toBeLessThanOrEqual(MOST_DOM_ROWS);
  expect(requests).toBeGreaterThan(5);
});
