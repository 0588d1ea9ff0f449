import { afterEach, describe, expect, it, vi } from 'vitest';
import { api } from '~/api/client';
import type { Body, Campaign, Document } from '~/api/schema';
import { DraftStore, draftOf, kindsOf, patchOf, written, type VariantDraft } from './draft';

const campaign = {
  id: '1',
  name: 'May letter',
  sender_name: 'Ada',
  sender_email: 'ada@example.com',
  reply_to: null,
  audience: { groups: ['7'] },
} as unknown as Campaign;
const document: Document = { subject: 'Hi', body: { kind: 'html', html: '<p>x</p>' } };
const draft = draftOf(campaign, document, {});

describe('what is said to the server', () => {
  it('is nothing when nothing changed', () => {
    expect(patchOf(draft, { ...draft })).toBeNull();
  });

  it('is only what changed', () => {
    expect(patchOf(draft, { ...draft, name: ' June letter ' })).toEqual({ name: 'June letter' });
    expect(patchOf(draft, { ...draft, audience: { ...draft.audience, everyone: true } })?.audience?.everyone).toBe(true);
  });

  it('has the whole content when a part of it changed', () => {
    expect(patchOf(draft, { ...draft, subject: 'Hello' })).toEqual({
      content: { subject: 'Hello', preheader: null, body: { kind: 'html', html: '<p>x</p>', text: null } },
    });
    expect(patchOf(draft, { ...draft, kind: 'text', text: 'Only words' })?.content?.body).toEqual({ kind: 'text', text: 'Only words' });
  });

  it('gives a body back untouched that is written elsewhere', () => {
    const blocks: Body = { kind: 'blocks', document: { version: 1, settings: {}, blocks: [{ id: 'a', type: 'text', props: { html: 'x' } }] } };
    const before = draftOf(campaign, { subject: 'Hi', body: blocks }, {});
    expect(written(before)).toBe(true);
    expect(patchOf(before, { ...before, subject: 'Hello' })?.content).toEqual({ subject: 'Hello', preheader: null, body: blocks });
  });

  it('leaves name and addresses to a sender that was chosen', () => {
    expect(patchOf(draft, { ...draft, sender_id: '9', sender_name: 'typed' })).toEqual({ sender_id: '9' });
    expect(patchOf({ ...draft, sender_id: '9' }, { ...draft, sender_name: 'typed' })).toEqual({ sender_id: null, sender_name: 'typed' });
  });
});

describe('a test of variants', () => {
  const plain: VariantDraft = { subject: '', preheader: '', sender_id: null, delay_minutes: 0, content: null };
  const text: Document = { subject: 'Subject of the template', preheader: 'Of the template', body: { kind: 'text', text: 'Other words' } };
  const tested = (variants: VariantDraft[]) => ({ ...draft, ab: { share_percent: 20, winner_by: 'clicks' as const, test_minutes: 60, variants } });
  const saved = (content_revision_id: string | null) => ({
    ...campaign,
    version: 2,
    ab: {
      share_percent: 20,
      winner_by: 'clicks',
      test_minutes: 60,
      variants: [null, content_revision_id].map((id) => ({ subject: null, preheader: null, sender: null, delay_minutes: 0, content_revision_id: id, revision_id: null })),
      winner: null,
      decided_at: null,
      decided_on: null,
    },
  }) as unknown as Campaign;

  afterEach(() => vi.restoreAllMocks());

  it('says of each variant only what differs', () => {
    expect(patchOf(draft, tested([plain, { ...plain, subject: ' Other ', sender_id: '9', delay_minutes: 30 }]))?.ab?.variants).toEqual([
      { subject: null, preheader: null, sender_id: null, delay_minutes: 0, content: null },
      { subject: 'Other', preheader: null, sender_id: '9', delay_minutes: 30, content: null },
    ]);
    expect(kindsOf(tested([plain, { ...plain, sender_id: '9', content: text }]).ab)).toEqual(['sender', 'content']);
  });

  it('gives a text of its own the subject of the campaign, also when that changes later', () => {
    const before = tested([plain, { ...plain, content: text }]);
    expect(patchOf(draft, before)?.ab?.variants[1]?.content).toEqual({ ...text, subject: 'Hi', preheader: null });
    expect(patchOf(before, { ...before, subject: 'Hello' })?.ab?.variants[1]?.content?.subject).toBe('Hello');
  });

  it('keeps the text of a variant, whatever else of the test changes', async () => {
    const before = draftOf(saved('77'), document, { '77': text });
    const kept = before.ab!.variants;
    expect(kept.map(({ content }) => content)).toEqual([null, text]);
    expect(patchOf(before, { ...before })).toBeNull();
    const own = { ...text, subject: 'Hi', preheader: null };
    expect(patchOf(before, { ...before, ab: { ...before.ab!, share_percent: 50 } })?.ab?.variants[1]?.content).toEqual(own);
    expect(patchOf(before, { ...before, ab: null })).toEqual({ ab: null });
    const patch = vi.spyOn(api, 'PATCH').mockResolvedValue({ data: saved('88'), response: new Response() } as never);
    const store = new DraftStore('1', saved('77'), document, { '77': text }, () => undefined);
    store.change({ ab: { ...before.ab!, variants: kept.with(1, { ...kept[1]!, content: null }) } });
    expect(await store.flush()).toBe(true);
    expect(patch.mock.calls[0]![1]).toMatchObject({ body: { ab: { variants: [{}, { content: null }] } } });
  });
});
