import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { Status, SubscriberSort } from '~/api/schema';
import { STATUSES, type Filter } from '~/api/subscribers';

export interface SubscribersSearch extends Filter {
  sort?: SubscriberSort;
  view?: string;
  /** The form for a new person is open. */
  add?: boolean;
}

const SORTS = ['newest', 'email', 'last_activity'] satisfies SubscriberSort[];
const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : typeof value === 'number' ? String(value) : undefined);

export const Route = createFileRoute('/_app/subscribers/')({
  validateSearch: (search): SubscribersSearch => ({
    status: STATUSES.find((status) => status === (search.status as Status)),
    group: text(search.group),
    tag: text(search.tag),
    segment: text(search.segment),
    search: text(search.search),
    sort: SORTS.find((sort) => sort === search.sort),
    view: text(search.view),
    add: search.add === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/subscribers/list')),
});
