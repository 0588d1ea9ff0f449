import { AxeBuilder } from '@axe-core/playwright';
import { test as base, expect, request, type APIRequestContext, type Page } from '@playwright/test';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A server of our own, with an empty data directory. */
export interface Server {
  url: string;
  stop(): Promise<void>;
}

export const OWNER = { name: 'Ada Lovelace', email: 'ada@example.com', password: 'correct horse battery' };

async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const address = listener.address();
  await new Promise((done) => listener.close(done));
  if (typeof address !== 'object' || !address) throw new Error('no port');
  return address.port;
}

/** `settings` are variables of its environment. */
export async function startServer(settings: Record<string, string> = {}): Promise<Server> {
  const program = process.env.SENDERO_BIN;
  if (!program) throw new Error('SENDERO_BIN names no program; run `cargo xtask test`');
  const directory = mkdtempSync(join(tmpdir(), 'sendero-e2e-'));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const environment = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('SENDERO_')));
  const child: ChildProcess = spawn(
    program,
    ['serve', '--data-dir', join(directory, 'data'), '--listen', `127.0.0.1:${port}`, '--public-url', url],
    { stdio: ['ignore', 'ignore', 'pipe'], env: { ...environment, ...settings }, cwd: directory },
  );
  let said = '';
  child.stderr?.on('data', (text) => (said += text));
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const deadline = Date.now() + 30_000;
  for (;;) {
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) break;
    if (child.exitCode !== null || Date.now() > deadline) throw new Error(`the server did not start: ${said}`);
    await new Promise((done) => setTimeout(done, 50));
  }
  return {
    url,
    async stop() {
      child.kill('SIGTERM');
      await ended;
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** The API as the owner, to prepare what a test is not about. */
export class Api {
  private constructor(
    private readonly context: APIRequestContext,
    private readonly csrf: string,
  ) {}

  static async setUp(url: string): Promise<Api> {
    const context = await request.newContext({ baseURL: url });
    const made = await context.post('/api/setup', {
      data: { ...OWNER, account_name: 'Northwind Studio', time_zone: 'Europe/Berlin' },
    });
    expect(made.status()).toBe(201);
    return new Api(context, (await made.json()).csrf_token);
  }

  async call<T>(method: string, path: string, data?: unknown): Promise<T> {
    const answer = await this.context.fetch(path, { method, data, headers: { 'x-csrf-token': this.csrf } });
    if (!answer.ok()) throw new Error(`${method} ${path}: ${answer.status()} ${await answer.text()}`);
    const text = await answer.text();
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** Sends a file as a form does. */
  async upload<T>(path: string, name: string, content: Buffer, timeout = 60_000): Promise<T> {
    const answer = await this.context.post(path, { multipart: { file: { name, mimeType: 'text/csv', buffer: content } }, headers: { 'x-csrf-token': this.csrf }, timeout });
    if (!answer.ok()) throw new Error(`POST ${path}: ${answer.status()} ${await answer.text()}`);
    return (await answer.json()) as T;
  }

  storage() {
    return this.context.storageState();
  }
}

interface Shared {
  /** Which file this is. Each has a server of its own: `test.use({ world: 'imports' })`. */
  world: string;
  /** What its server is set to, as variables of the environment. */
  settings: Record<string, string>;
  server: Server;
  api: Api;
}

/** `server` is new for each world; `api` makes its owner; `signedIn` is a page of theirs. */
export const test = base.extend<{ signedIn: Page }, Shared>({
  world: ['', { option: true, scope: 'worker' }],
  settings: [{}, { option: true, scope: 'worker' }],
  server: [
    async ({ world, settings }, use) => {
      if (!world) throw new Error('name the world of this file: test.use({ world: ... })');
      const server = await startServer(settings);
      await use(server);
      await server.stop();
    },
    { scope: 'worker' },
  ],
  api: [
    async ({ server }, use) => {
      await use(await Api.setUp(server.url));
    },
    { scope: 'worker' },
  ],
  signedIn: async ({ browser, server, api }, use) => {
    const context = await browser.newContext({ storageState: await api.storage(), baseURL: server.url });
    const page = await context.newPage();
    const complaints = watch(page);
    await use(page);
    await context.close();
    expect(complaints).toEqual([]);
  },
});

export { expect };

/** What a browser says is wrong, such as a script that the policy of the page stops. */
export function watch(page: Page): string[] {
  const complaints: string[] = [];
  void page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`policy: ${event.violatedDirective} ${event.sourceFile}:${event.lineNumber} ${event.sample}`);
    });
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // Ours, which the frame of a mail does not run either.
    if (message.text().startsWith("Blocked script execution in 'about:srcdoc'")) return;
    // What the API refuses is told by the page itself, which tests look at.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) complaints.push(message.text());
  });
  return complaints;
}

const RULES = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'];

/**
 * Until nothing moves any more: colors change by transitions, and what opens or closes is half transparent
 * meanwhile. How long that takes is up to the machine, so it is asked. What turns for ever is no reason to wait.
 */
async function settled(page: Page): Promise<void> {
  let still = 0;
  for (let look = 0; still < 3 && look < 200; look++) {
    await page.waitForTimeout(70);
    const moving = await page.evaluate(
      () =>
        document.getAnimations().filter((animation) => animation.playState === 'running' && Number.isFinite(animation.effect?.getComputedTiming().endTime ?? 0)).length,
    );
    still = moving === 0 ? still + 1 : 0;
  }
}

/** No violation of WCAG in light and in dark; what is left out is somebody's mail, whose colors are not ours. */
export async function expectAccessible(page: Page, leftOut?: string): Promise<void> {
  for (const scheme of ['light', 'dark'] as const) {
    await page.evaluate((value) => {
      localStorage.setItem('mantine-color-scheme-value', value);
      document.documentElement.setAttribute('data-mantine-color-scheme', value);
    }, scheme);
    let told: string[] = [];
    // A message that begins to fade while axe looks is no fault of the page; what is one is there the next time, too.
    for (let look = 0; look === 0 || (look < 3 && told.length > 0); look++) {
      await settled(page);
      // Mails are other people's, in frames where nothing runs, axe neither.
      // What is not about colors is the same in the dark.
      const axe = new AxeBuilder({ page }).exclude('iframe[sandbox]');
      if (leftOut) axe.exclude(leftOut);
      const { violations } = await (scheme === 'light' ? axe.withTags(RULES) : axe.withRules('color-contrast')).analyze();
      told = violations.map(({ id, nodes }) => `${scheme} ${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join(' | ')}`);
    }
    expect(told).toEqual([]);
  }
}

/** No violation of WCAG in light and in dark, and nothing to scroll sideways on a telephone. */
export async function expectGood(page: Page, leftOut?: string): Promise<void> {
  const size = page.viewportSize()!;
  await expectAccessible(page, leftOut);
  for (const width of [390, 360]) {
    await page.setViewportSize({ width, height: 800 });
    await page.waitForTimeout(100);
    const overflow = await page.evaluate(() => {
      const right = document.documentElement.clientWidth;
      if (document.documentElement.scrollWidth <= right) return [];
      return [...document.querySelectorAll('body *')]
        .filter((element) => element.getBoundingClientRect().right > right + 1)
        .map((element) => `${element.tagName}.${element.className}`.slice(0, 80))
        .slice(0, 5);
    });
    expect(overflow, `at ${width} px`).toEqual([]);
  }
  await page.setViewportSize(size);
}
