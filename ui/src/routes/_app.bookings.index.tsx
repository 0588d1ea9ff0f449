import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';
import type { BookingStatus } from '~/api/schema';
import { BOOKING_STATUSES, identifier, plainDate, VIEWS, type View } from '~/bookings/search';

export interface CalendarSearch {
  view?: View;
  date?: string;
  host?: string;
  type?: string;
  status?: BookingStatus | 'all';
  /** Which one is open. */
  booking?: string;
  /** The form of a new one is open. */
  new?: boolean;
}

export const Route = createFileRoute('/_app/bookings/')({
  validateSearch: (search: Record<string, unknown>): CalendarSearch => ({
    view: VIEWS.find((view) => view === search.view),
    date: plainDate(search.date),
    host: identifier(search.host),
    type: identifier(search.type),
    status: search.status === 'all' ? 'all' : BOOKING_STATUSES.find((status) => status === search.status),
    booking: identifier(search.booking),
    new: search.new === true ? true : undefined,
  }),
  component: lazyRouteComponent(() => import('~/pages/booking/calendar')),
});
