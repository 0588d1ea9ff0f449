import { expect, it } from 'vitest';
import { fixOf } from './checklist';

it('leads to where something is mended', () => {
  expect(fixOf({ code: 'postal_address_missing' })).toBe('account');
  expect(fixOf({ code: 'sender_unverified', where: ['example.com'] })).toBe('dkim');
  expect(fixOf({ code: 'sender_record', where: ['one._domainkey.example.com'] })).toBe('dkim');
  expect(fixOf({ code: 'audience_list_empty', where: ['audience.groups[0]'] })).toBe('recipients');
  expect(fixOf({ code: 'preheader_empty' })).toBe('setup');
  expect(fixOf({ code: 'content', where: ['subject:1:4'] })).toBe('setup');
  expect(fixOf({ code: 'content', where: ['body.html:3:1'] })).toBe('content');
  expect(fixOf({ code: 'something_new' })).toBe('content');
});
