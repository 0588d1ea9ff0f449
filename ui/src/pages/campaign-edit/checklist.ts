import type { ChecklistItem } from '~/api/schema';
import type { CampaignStep } from '~/routes/_app.campaigns.$id.edit';

/** What the rows of the review say themselves, before anything is saved. */
const TOLD = new Set(['audience', 'audience_empty', 'audience_missing', 'content_missing', 'sender_missing', 'subject_empty']);

export function isTold(code: string): boolean {
  return TOLD.has(code);
}

/** What the setup has: who writes, and what inboxes show. */
const SETUP = new Set(['preheader_empty', 'sender_free_mail', 'sender_missing', 'spam_exclamation_marks', 'spam_false_reply', 'spam_shouting', 'subject_empty', 'subject_long']);

/** Where something is mended: a step of the wizard, or a page of the settings. What is new to us is about the content. */
export function fixOf({ code, where }: Pick<ChecklistItem, 'code' | 'where'>): Exclude<CampaignStep, 'review'> | 'account' | 'dkim' {
  if (code === 'postal_address_missing') return 'account';
  if (code === 'sender_unverified' || code === 'sender_record') return 'dkim';
  if (code.startsWith('audience')) return 'recipients';
  if (SETUP.has(code) || (code === 'content' && !where?.[0]?.startsWith('body'))) return 'setup';
  return 'content';
}
