import { createFileRoute, lazyRouteComponent } from '@tanstack/react-router';

export interface HostSearch {
  /** What became of a sign-in elsewhere, as the server says when somebody comes back. */
  calendar_connection?: true;
  calendar_error?: string;
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value ? value : undefined);

export const Route = createFileRoute('/_app/bookings/hosts/$id')({
  validateSearch: (search: Record<string, unknown>): HostSearch => ({
    // An id, which may have become a number on the way: that there is one is enough.
    calendar_connection: search.calendar_connection === undefined ? undefined : true,
    calendar_error: text(search.calendar_error),
  }),
  component: lazyRouteComponent(() => import('~/pages/booking/host')),
});
