import { queryOptions } from '@tanstack/react-query';
import { api, body } from './client';
import { lookAgain } from './live';
import type { BeginCalendarSignIn, BusyTime, CalendarConnectionList, CalendarConnectionPatch, ConnectedCalendarPatch, NewCalendarConnection } from './schema';

/** What becomes of bookings that were put into calendars, when these are disconnected. */
export type CalendarCopies = 'keep' | 'remove';

const at = (id: string) => ({ params: { path: { id } } });

/** How often it is looked whether calendars were read: soon after somebody asked for it, and now and then. */
const SOON_MS = 1500;
const LOOK_MS = 20_000;

/** Whether anything of it is about to be read. */
function isWaiting({ data }: CalendarConnectionList): boolean {
  const now = Date.now();
  return data.some(({ connection, calendars }) => new Date(connection.sync_at).getTime() <= now || calendars.some(({ blocks, synced_at }) => blocks && synced_at === null && connection.fault === null));
}

/** The calendars elsewhere of a host. Only they and admins may see them. */
export function calendarsQuery(host: string) {
  return queryOptions({
    queryKey: ['bookings', 'calendars', host],
    queryFn: () => body(api.GET('/api/hosts/{id}/calendar-connections', at(host))),
    refetchInterval: ({ state }) => (state.data && isWaiting(state.data) ? SOON_MS : lookAgain(LOOK_MS)),
    retry: false,
  });
}

/** What calendars elsewhere say of a host's time. */
export function busyTimesQuery(host: string, from: Date, to: Date) {
  const query = { from: from.toISOString(), to: to.toISOString() };
  return queryOptions<BusyTime[], Error, BusyTime[], readonly unknown[]>({
    queryKey: ['bookings', 'busy', host, query],
    // Of the same host: what another one does would be taken for theirs.
    placeholderData: (before, of) => (of?.queryKey[2] === host ? before : undefined),
    queryFn: async ({ signal }) => (await body(api.GET('/api/hosts/{id}/busy-times', { params: { path: { id: host }, query }, signal }))).data,
  });
}

export const calendarActions = {
  connect: (host: string, connection: NewCalendarConnection) => body(api.POST('/api/hosts/{id}/calendar-connections', { ...at(host), body: connection })),
  /** The page to send the person to. */
  signIn: (host: string, wish: BeginCalendarSignIn) => body(api.POST('/api/hosts/{id}/calendar-connections/sign-in', { ...at(host), body: wish })),
  change: (id: string, change: CalendarConnectionPatch) => body(api.PATCH('/api/calendar-connections/{id}', { ...at(id), body: change })),
  sync: (id: string) => body(api.POST('/api/calendar-connections/{id}/sync', at(id))),
  use: (id: string, calendar: string, use: ConnectedCalendarPatch) => body(api.PATCH('/api/calendar-connections/{id}/calendars/{calendar}', { params: { path: { id, calendar } }, body: use })),
  disconnect: (id: string, copies: CalendarCopies) => api.DELETE('/api/calendar-connections/{id}', { params: { path: { id }, query: { copies } } }),
};
