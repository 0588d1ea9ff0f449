import { api, body } from '~/api/client';
import { isProblem } from '~/api/problem';
import type { AbTest, Audience, Body, Campaign, CampaignPatch, Document, NewAbTest, WinnerBy } from '~/api/schema';

/** A variant of a test. What is empty is as in the campaign. */
export interface VariantDraft {
  subject: string;
  preheader: string;
  sender_id: string | null;
  delay_minutes: number;
  /** A text of its own. */
  content: Document | null;
}

export interface AbDraft {
  share_percent: number;
  winner_by: WinnerBy;
  test_minutes: number | null;
  variants: VariantDraft[];
}

/** In what variants can differ. */
export const AB_KINDS = ['subject', 'sender', 'content', 'time'] as const;
export type AbKind = (typeof AB_KINDS)[number];

/** A variant without some of its differences. */
export function without(variant: VariantDraft, kind: AbKind): VariantDraft {
  if (kind === 'subject') return { ...variant, subject: '', preheader: '' };
  if (kind === 'sender') return { ...variant, sender_id: null };
  return kind === 'content' ? { ...variant, content: null } : { ...variant, delay_minutes: 0 };
}

/** In what the variants of a test differ by now. */
export function kindsOf({ variants }: AbDraft): AbKind[] {
  return AB_KINDS.filter((kind) => variants.some((one) => JSON.stringify(without(one, kind)) !== JSON.stringify(one)));
}

/** The texts of their own that variants have, by revision. */
export type Texts = Record<string, Document>;

/** A campaign as the steps of the wizard change it. */
export interface Draft {
  name: string;
  sender_id: string | null;
  sender_name: string;
  sender_email: string;
  reply_to: string;
  audience: Required<Audience>;
  subject: string;
  preheader: string;
  /** Over how many minutes it is spread. */
  spread_minutes: number | null;
  ab: AbDraft | null;
  kind: Body['kind'];
  html: string;
  /** The plain text; empty beside HTML when it is derived. */
  text: string;
  /** The body as the server has it. What is written elsewhere, such as blocks, goes back untouched. */
  body: Body;
}

export function draftOf(campaign: Campaign, document: Document, texts: Texts): Draft {
  return {
    name: campaign.name,
    sender_id: campaign.sender_id ?? null,
    sender_name: campaign.sender_name,
    sender_email: campaign.sender_email,
    reply_to: campaign.reply_to ?? '',
    audience: {
      everyone: campaign.audience.everyone ?? false,
      groups: campaign.audience.groups ?? [],
      segments: campaign.audience.segments ?? [],
      tags: campaign.audience.tags ?? [],
      exclude_groups: campaign.audience.exclude_groups ?? [],
      exclude_segments: campaign.audience.exclude_segments ?? [],
      exclude_tags: campaign.audience.exclude_tags ?? [],
    },
    subject: document.subject,
    preheader: document.preheader ?? '',
    spread_minutes: campaign.spread_minutes,
    ab: campaign.ab && abOf(campaign.ab, texts),
    kind: document.body.kind,
    html: document.body.kind === 'html' ? document.body.html : '',
    text: document.body.text ?? '',
    body: document.body,
  };
}

export function abOf({ share_percent, winner_by, test_minutes, variants }: AbTest, texts: Texts): AbDraft {
  return {
    share_percent,
    winner_by,
    test_minutes,
    variants: variants.map(({ subject, preheader, sender, delay_minutes, content_revision_id }) => ({
      subject: subject ?? '',
      preheader: preheader ?? '',
      sender_id: sender?.id ?? null,
      delay_minutes,
      content: content_revision_id === null ? null : (texts[content_revision_id] ?? null),
    })),
  };
}

/** A test as it is said to the server. */
export function newAb({ ab, subject, preheader }: Pick<Draft, 'ab' | 'subject' | 'preheader'>): NewAbTest | null {
  if (!ab) return null;
  // Where a person decides, or nobody is left over, no time decides.
  const test_minutes = ab.winner_by === 'hand' || ab.share_percent === 100 ? null : ab.test_minutes;
  return {
    ...ab,
    test_minutes,
    variants: ab.variants.map((variant) => ({
      subject: variant.subject.trim() || null,
      preheader: variant.preheader.trim() || null,
      sender_id: variant.sender_id,
      delay_minutes: variant.delay_minutes,
      // A text brings a subject along, which is the campaign's unless the variant has its own.
      content: variant.content && { ...variant.content, subject, preheader: preheader.trim() || null },
    })),
  };
}

/** Whether the audience names anybody. */
export function chosen({ everyone, groups, segments, tags }: Draft['audience']): boolean {
  return everyone || groups.length + segments.length + tags.length > 0;
}

const CONTENT = ['subject', 'preheader', 'kind', 'html', 'text', 'body'] as const;
const PLAIN = ['name', 'sender_name', 'sender_email', 'reply_to'] as const;

/** What has to be said to the server so that it knows `after`; null when it does. */
export function patchOf(before: Draft, after: Draft): CampaignPatch | null {
  const patch: CampaignPatch = {};
  for (const key of PLAIN) if (before[key] !== after[key]) patch[key] = after[key].trim();
  if (before.sender_id !== after.sender_id) {
    patch.sender_id = after.sender_id;
    // A sender brings its own.
    if (after.sender_id !== null) for (const key of ['sender_name', 'sender_email', 'reply_to'] as const) delete patch[key];
  }
  if (JSON.stringify(before.audience) !== JSON.stringify(after.audience)) patch.audience = after.audience;
  if (before.spread_minutes !== after.spread_minutes) patch.spread_minutes = after.spread_minutes;
  const ab = newAb(after);
  if (JSON.stringify(newAb(before)) !== JSON.stringify(ab)) patch.ab = ab;
  if (CONTENT.some((key) => before[key] !== after[key])) {
    patch.content = {
      subject: after.subject,
      preheader: after.preheader.trim() || null,
      body: bodyOf(after),
    };
  }
  return Object.keys(patch).length > 0 ? patch : null;
}

/** The body that a draft stands for. */
export function bodyOf({ kind, html, text, body }: Draft): Body {
  if (kind === 'html') return { kind, html, text: text.trim() ? text : null };
  if (kind === 'text') return { kind, text };
  return body;
}

/** Whether there is anything to read in it. */
export function written({ kind, html, text, body }: Draft): boolean {
  if (kind === 'html') return html.trim() !== '';
  if (kind === 'text') return text.trim() !== '';
  return body.kind === kind;
}

export interface Saving {
  draft: Draft;
  /** `waiting` for a pause in the typing; `refused` with faults; `overtaken` by somebody else; `failed` and tried again. */
  state: 'saved' | 'waiting' | 'saving' | 'refused' | 'overtaken' | 'failed';
  /** What is wrong by field, in the server's words. */
  faults: Record<string, string>;
  error: unknown;
  version: number;
  savedAt: Date | null;
}

const PAUSE_MS = 900;
const RETRY_MS = 5000;

/** Keeps what is typed and saves it by itself, one request after the other. */
export class DraftStore {
  private now: Saving;
  private saved: Draft;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | null = null;
  private readonly listeners = new Set<() => void>();

  constructor(
    private readonly id: string,
    campaign: Campaign,
    document: Document,
    texts: Texts,
    private readonly onSaved: (campaign: Campaign) => void,
  ) {
    this.saved = draftOf(campaign, document, texts);
    this.now = { draft: this.saved, state: 'saved', faults: {}, error: null, version: campaign.version, savedAt: null };
  }

  readonly get = (): Saving => this.now;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  change(change: Partial<Draft>): void {
    this.set({ draft: { ...this.now.draft, ...change } });
    if (this.now.state === 'overtaken') return;
    if (!this.running) this.set({ state: patchOf(this.saved, this.now.draft) ? 'waiting' : 'saved' });
    this.later(PAUSE_MS);
  }

  /** Saves at once what is not saved yet. Says whether everything is. */
  async flush(): Promise<boolean> {
    clearTimeout(this.timer);
    if (this.now.state === 'overtaken') return false;
    await this.running;
    await this.save();
    return this.now.state === 'saved';
  }

  private later(ms: number): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  private set(change: Partial<Saving>): void {
    this.now = { ...this.now, ...change };
    for (const listener of this.listeners) listener();
  }

  private save(): Promise<void> {
    this.running ??= this.send().finally(() => {
      this.running = null;
    });
    return this.running;
  }

  private async send(): Promise<void> {
    for (;;) {
      const sent = this.now.draft;
      const patch = patchOf(this.saved, sent);
      if (!patch) {
        this.set({ state: 'saved', faults: {}, error: null });
        return;
      }
      this.set({ state: 'saving' });
      try {
        const campaign = await body(
          api.PATCH('/api/campaigns/{id}', {
            params: { path: { id: this.id }, header: { 'If-Match': `"${this.now.version}"` } },
            body: patch,
          }),
        );
        this.saved = sent;
        this.set({ version: campaign.version, savedAt: new Date(), faults: {}, error: null, state: 'saved' });
        // The server knows better who a sender is; keep what was typed meanwhile.
        if (patch.sender_id && this.now.draft === sent) {
          const taken = {
            sender_name: campaign.sender_name,
            sender_email: campaign.sender_email,
            reply_to: campaign.reply_to ?? '',
          };
          this.saved = { ...sent, ...taken };
          this.set({ draft: this.saved });
        }
        this.onSaved(campaign);
      } catch (error) {
        if (isProblem(error, 'version_conflict')) this.set({ state: 'overtaken', error });
        else if (isProblem(error) && error.status < 500 && error.status !== 429) {
          this.set({ state: 'refused', faults: error.faults, error });
        } else {
          this.set({ state: 'failed', error });
          this.later(RETRY_MS);
        }
        return;
      }
    }
  }
}
