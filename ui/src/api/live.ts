import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { useEffect } from 'react';

/** What shows the things that the server says have changed: the beginnings of the keys of queries. */
const SHOWN_BY: Record<string, QueryKey[]> = {
  account: [['account'], ['session']],
  audit_log: [['audit-log']],
  automations: [['automations']],
  bookings: [['bookings'], ['event-types']],
  bulk_actions: [['bulk-actions']],
  campaign_series: [['series']],
  campaigns: [['campaigns'], ['calendar']],
  dkim_keys: [['dkim-keys']],
  event_types: [['event-types']],
  exports: [['exports']],
  fields: [['fields']],
  groups: [['groups']],
  hosts: [['hosts']],
  imports: [['imports']],
  messages: [['sandbox', 'list'], ['messages']],
  schedules: [['schedules']],
  segments: [['segments']],
  send_limits: [['send-limits']],
  senders: [['senders']],
  subscribers: [['subscribers'], ['segments', 'preview'], ['growth']],
  suppressions: [['suppressions']],
  tags: [['tags']],
  tokens: [['tokens']],
  transports: [['transports']],
  users: [['users']],
  views: [['views']],
};

/** In the key of what is read once, when an editor opens: nothing that can be searched or filtered for is called so. */
export const READ_ONCE = 'read-once-by-an-editor';

/** What is not asked for again just because something changed: drafts being written, and what is asked while typing or takes a while. */
const AT_REST = new Set(['content', READ_ONCE, 'preview', 'count', 'choices', 'checklist']);

/** Whoever scrolled a list this many pages down is not made to wait for all of them again. */
export const DEEP = 10;

/** Lists of people cost the server more than a number that moves. */
const PAUSE_MS = 400;
const LONG_PAUSE_MS = 4000;
const COSTLY = new Set(['subscribers', 'segments', 'groups', 'tags']);
/** How often a page asks while the server tells it what changes: the net. */
const NET_MS = 15_000;
const TRY_AGAIN_MS = 30_000;

let open = false;

/** How long to wait until the next look at something that moves: `ms`, or long while the server tells us. */
export function lookAgain(ms: number): number {
  return open ? Math.max(ms, NET_MS) : ms;
}

function isDeep(data: unknown): boolean {
  const { pages } = (data ?? {}) as { pages?: unknown };
  return Array.isArray(pages) && pages.length > DEEP;
}

/** Asks again for what has changed, each thing at most once in a while. */
export class Refresher {
  private readonly due = new Map<string, ReturnType<typeof setTimeout>>();
  private readonly last = new Map<string, number>();

  constructor(private readonly queries: QueryClient) {}

  changed(resources: string[]): void {
    for (const resource of resources) {
      if (this.due.has(resource) || !SHOWN_BY[resource]) continue;
      const pause = COSTLY.has(resource) ? LONG_PAUSE_MS : PAUSE_MS;
      const since = Date.now() - (this.last.get(resource) ?? 0);
      const wait = since >= pause ? PAUSE_MS / 4 : pause - since;
      this.due.set(
        resource,
        setTimeout(() => this.refresh(resource), wait),
      );
    }
  }

  everything(): void {
    this.changed(Object.keys(SHOWN_BY));
  }

  stop(): void {
    for (const timer of this.due.values()) clearTimeout(timer);
    this.due.clear();
  }

  private refresh(resource: string): void {
    this.due.delete(resource);
    this.last.set(resource, Date.now());
    for (const queryKey of SHOWN_BY[resource] ?? []) {
      void this.queries.invalidateQueries({
        queryKey,
        predicate: ({ queryKey: key, state }) => !isDeep(state.data) && (!key.some((part) => AT_REST.has(part as string)) || key[0] === 'segments'),
      });
    }
  }
}

/** Follows what changes in the account while the page is looked at. Without the stream, pages ask by themselves. */
export function useLive(queries: QueryClient, account: string | null): void {
  useEffect(() => {
    if (account === null) return undefined;
    const refresher = new Refresher(queries);
    let source: EventSource | null = null;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let before = false;

    const stop = () => {
      clearTimeout(timer);
      source?.close();
      source = null;
      open = false;
    };
    const start = () => {
      stop();
      const stream = new EventSource('/api/events/stream');
      source = stream;
      stream.addEventListener('ready', () => {
        // What changed while nobody listened is not known.
        if (before && !open) refresher.everything();
        before = true;
        open = true;
      });
      stream.addEventListener('changed', ({ data }: MessageEvent<string>) => {
        open = true;
        refresher.changed((JSON.parse(data) as { resources: string[] }).resources);
      });
      stream.addEventListener('reset', () => {
        open = true;
        refresher.everything();
      });
      stream.addEventListener('error', () => {
        // A stream that ends comes back by itself; one that is refused does not.
        if (stream.readyState !== EventSource.CLOSED) return;
        stop();
        timer = setTimeout(start, TRY_AGAIN_MS);
      });
    };
    // A browser has few connections to a server, and tabs in the background must not hold them.
    const follow = () => {
      if (document.visibilityState === 'hidden') stop();
      else if (!source) start();
    };
    follow();
    document.addEventListener('visibilitychange', follow);
    return () => {
      document.removeEventListener('visibilitychange', follow);
      refresher.stop();
      stop();
    };
  }, [queries, account]);
}
