import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import { MESSAGE_STATUSES } from '~/api/messages';
import type { MessageStatus } from '~/api/schema';

export interface MessagesSearch {
  /** Only those of which this became. */
  status?: MessageStatus;
  /** Only those of this sort. */
  tag?: string;
}

export const Route = createFileRoute('/_app/messages/')({
  validateSearch: (search): MessagesSearch => ({
    status: MESSAGE_STATUSES.find((status) => status === search.status),
    tag: typeof search.tag === 'string' || typeof search.tag === 'number' ? String(search.tag) || undefined : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/messages')),
});
