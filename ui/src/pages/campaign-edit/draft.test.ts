import { describe, expect, it } from 'vitest';
import type { Campaign, Document } from '~/api/schema';
import { draftOf, patchOf } from './draft';

const campaign = {
  id: '1',
  name: 'May letter',
  sender_name: 'Ada',
  sender_email: 'ada@example.com',
  reply_to: null,
  audience: { groups: ['7'] },
} as unknown as Campaign;
const document: Document = { subject: 'Hi', body: { kind: 'html', html: '<p>x</p>' } };
const draft = draftOf(campaign, document);

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

  it('leaves name and addresses to a sender that was chosen', () => {
    expect(patchOf(draft, { ...draft, sender_id: '9', sender_name: 'typed' })).toEqual({ sender_id: '9' });
    expect(patchOf({ ...draft, sender_id: '9' }, { ...draft, sender_name: 'typed' })).toEqual({ sender_id: null, sender_name: 'typed' });
  });
});
