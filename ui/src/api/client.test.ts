import { beforeAll, beforeEach, expect, it, vi } from 'vitest';

/** What was sent, and what is answered to it. */
const sent: Request[] = [];
let answer: Response;

class Absolute extends Request {
  constructor(input: RequestInfo | URL, init?: RequestInit) {
    super(typeof input === 'string' ? new URL(input, 'http://x.example') : input, init);
  }
}

const modules = async () => ({
  client: await import('./client'),
  brand: await import('./brand'),
  files: await import('./files'),
  imports: await import('./imports'),
  settings: await import('./settings'),
  templates: await import('./templates'),
});
let the: Awaited<ReturnType<typeof modules>>;

beforeAll(async () => {
  vi.stubGlobal('Request', Absolute);
  vi.stubGlobal('fetch', async (request: Request) => {
    sent.push(request);
    return answer.clone();
  });
  the = await modules();
  the.client.setCsrfToken('secret');
});

beforeEach(() => {
  sent.length = 0;
  answer = Response.json({});
});

it('does not overwrite what it has not seen', async () => {
  await the.brand.setBrand({ settings: {} }, 3);
  await the.templates.templateActions.change('7', 4, { name: 'May' });
  await the.templates.restoreRevision({ kind: 'campaigns', id: '8' }, '9', 5);
  expect(sent.map((request) => [request.method, new URL(request.url).pathname, request.headers.get('if-match')])).toEqual([
    ['PUT', '/api/brand', '"3"'],
    ['PATCH', '/api/templates/7', '"4"'],
    ['POST', '/api/campaigns/8/revisions/9/restore', '"5"'],
  ]);
  expect(sent.every((request) => request.headers.get('x-csrf-token') === 'secret')).toBe(true);
  expect(sent[0]!.headers.get('content-type')).toBe('application/json');

  answer = Response.json({ type: 'about:blank', title: 'No', status: 412, code: 'version_conflict', detail: 'newer' }, { status: 412 });
  await expect(the.brand.setBrand({}, 3)).rejects.toMatchObject({ status: 412, code: 'version_conflict' });
});

it('sends pictures and lists of people as forms', async () => {
  await the.files.uploadFile(new File(['bytes'], 'a.png', { type: 'image/png' }));
  await the.imports.startImport({ file: new File(['email\n'], 'people.csv') }, { has_header: true } as never);
  const [picture, people] = await Promise.all(sent.map((request) => request.formData()));
  expect([...picture!.keys()]).toEqual(['file']);
  expect(picture!.get('file')).toMatchObject({ name: 'a.png', type: 'image/png', size: 5 });
  expect([...people!.keys()]).toEqual(['options', 'file']);
  const options = people!.get('options') as File;
  expect([options.type, await options.text()]).toEqual(['application/json', '{"has_header":true}']);
});

it('sends a list of suppressions as it is', async () => {
  await the.settings.importSuppressions(new File([new Uint8Array([0xe4, 0x0a])], 'all.CSV'));
  expect(sent[0]!.headers.get('content-type')).toBe('text/csv');
  expect(new Uint8Array(await sent[0]!.arrayBuffer())).toEqual(new Uint8Array([0xe4, 0x0a]));
});
