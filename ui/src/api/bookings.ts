import { keepPreviousData, queryOptions } from '@tanstack/react-query';
import { api, body, ifMatch } from './client';
import { READ_ONCE } from './live';
import type { Booking, BookingRequest, BookingSettingsInput, BookingStatus, EventTypeInput, EventTypePatch, HostPatch, NewBlock, NewHost, NewSchedule, NewTimeOff, NoShow, OverrideHours, SchedulePatch } from './schema';

const at = (id: string) => ({ params: { path: { id } } });

export const hostsQuery = queryOptions({
  queryKey: ['hosts'],
  queryFn: async () => (await body(api.GET('/api/hosts'))).data,
});

export const hostActions = {
  create: (host: NewHost) => body(api.POST('/api/hosts', { body: host })),
  change: (id: string, change: HostPatch) => body(api.PATCH('/api/hosts/{id}', { ...at(id), body: change })),
  remove: (id: string) => api.DELETE('/api/hosts/{id}', at(id)),
};

export const schedulesQuery = queryOptions({
  queryKey: ['schedules'],
  queryFn: async () => (await body(api.GET('/api/schedules'))).data,
});

/** As it is when somebody begins to change it. */
export function openedScheduleQuery(id: string) {
  return queryOptions({
    queryKey: ['schedules', id, READ_ONCE],
    queryFn: () => body(api.GET('/api/schedules/{id}', at(id))),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

export const scheduleActions = {
  create: (schedule: NewSchedule) => body(api.POST('/api/schedules', { body: schedule })),
  change: (id: string, change: SchedulePatch) => body(api.PATCH('/api/schedules/{id}', { ...at(id), body: change })),
  remove: (id: string) => api.DELETE('/api/schedules/{id}', at(id)),
  setDate: (id: string, date: string, hours: OverrideHours) => body(api.PUT('/api/schedules/{id}/overrides/{date}', { params: { path: { id, date } }, body: hours })),
  asUsual: (id: string, date: string) => body(api.DELETE('/api/schedules/{id}/overrides/{date}', { params: { path: { id, date } } })),
};

export function blocksQuery(host: string) {
  return queryOptions({ queryKey: ['hosts', host, 'blocks'], queryFn: async () => (await body(api.GET('/api/hosts/{id}/blocks', at(host)))).data });
}

export function timeOffQuery(host: string) {
  return queryOptions({ queryKey: ['hosts', host, 'time-off'], queryFn: async () => (await body(api.GET('/api/hosts/{id}/time-off', at(host)))).data });
}

export const timeActions = {
  block: (host: string, block: NewBlock) => body(api.POST('/api/hosts/{id}/blocks', { ...at(host), body: block })),
  unblock: (host: string, block: string) => api.DELETE('/api/hosts/{id}/blocks/{block_id}', { params: { path: { id: host, block_id: block } } }),
  away: (host: string, timeOff: NewTimeOff) => body(api.POST('/api/hosts/{id}/time-off', { ...at(host), body: timeOff })),
  back: (host: string, timeOff: string) => api.DELETE('/api/hosts/{id}/time-off/{time_off_id}', { params: { path: { id: host, time_off_id: timeOff } } }),
};

export const bookingSettingsQuery = queryOptions({
  queryKey: ['booking-settings'],
  queryFn: () => body(api.GET('/api/booking-settings')),
});

export const settingsActions = {
  change: (settings: BookingSettingsInput) => body(api.PUT('/api/booking-settings', { body: settings })),
};

export const eventTypesQuery = queryOptions({
  queryKey: ['event-types'],
  queryFn: async () => (await body(api.GET('/api/event-types'))).data,
});

/** As it is when somebody begins to change it. */
export function openedEventTypeQuery(id: string) {
  return queryOptions({
    queryKey: ['event-types', id, READ_ONCE],
    queryFn: () => body(api.GET('/api/event-types/{id}', at(id))),
    gcTime: 0,
    refetchOnWindowFocus: false,
  });
}

export const eventTypeActions = {
  create: (eventType: EventTypeInput) => body(api.POST('/api/event-types', { body: eventType })),
  change: (id: string, version: number, eventType: EventTypeInput) => body(api.PUT('/api/event-types/{id}', { ...at(id), headers: ifMatch(version), body: eventType })),
  /** A switch that somebody presses: the last one counts, whatever it was before. */
  patch: (id: string, change: EventTypePatch) => body(api.PATCH('/api/event-types/{id}', { ...at(id), body: change })),
  remove: (id: string) => api.DELETE('/api/event-types/{id}', at(id)),
};

/** The times that can be booked. `moves`: those to which this booking can be moved. */
export function slotsQuery(id: string, from: Date, to: Date, duration?: number, zone?: string, host?: string, moves?: string) {
  const query = { from: from.toISOString(), to: to.toISOString(), duration, time_zone: zone, host_id: host, moves };
  return queryOptions({
    queryKey: ['event-types', id, 'slots', query],
    staleTime: 0,
    queryFn: ({ signal }) => body(api.GET('/api/event-types/{id}/slots', { params: { path: { id }, query }, signal })),
  });
}

export function explainQuery(id: string, date: string, zone: string, host?: string) {
  return queryOptions({
    queryKey: ['event-types', id, 'explain', date, zone, host],
    staleTime: 0,
    queryFn: ({ signal }) => body(api.GET('/api/event-types/{id}/explain', { params: { path: { id }, query: { date, time_zone: zone, host_id: host } }, signal })),
  });
}

/** What a calendar shows unless more is asked for. */
export const STANDING: readonly BookingStatus[] = ['pending', 'confirmed', 'completed', 'no_show'];

export interface BookingFilter {
  host?: string;
  type?: string;
  statuses?: readonly BookingStatus[];
}

/** No calendar that somebody reads has more; a list goes on by pages. */
const MOST_IN_CALENDAR = 2000;
const PAGE = 500;

const asked = ({ host, type, statuses }: BookingFilter) => ({ host_id: host, event_type_id: type, status: statuses?.join(',') });

/** All bookings of a span of time. */
export function calendarBookingsQuery(from: Date, to: Date, filter: BookingFilter) {
  const query = { ...asked(filter), from: from.toISOString(), to: to.toISOString(), limit: PAGE };
  return queryOptions({
    queryKey: ['bookings', 'calendar', query],
    placeholderData: keepPreviousData,
    queryFn: async ({ signal }) => {
      const all: Booking[] = [];
      let cursor: string | undefined;
      do {
        const page = await body(api.GET('/api/bookings', { params: { query: { ...query, cursor } }, signal }));
        all.push(...page.data);
        cursor = page.next_cursor ?? undefined;
      } while (cursor !== undefined && all.length < MOST_IN_CALENDAR);
      return all;
    },
  });
}

export function bookingQuery(id: string) {
  return queryOptions({ queryKey: ['bookings', id], queryFn: () => body(api.GET('/api/bookings/{id}', at(id))) });
}

export const bookingActions = {
  create: (booking: BookingRequest) => body(api.POST('/api/bookings', { body: booking })),
  confirm: (id: string) => body(api.POST('/api/bookings/{id}/confirm', at(id))),
  decline: (id: string, reason: string | null) => body(api.POST('/api/bookings/{id}/decline', { ...at(id), body: { reason } })),
  cancel: (id: string, reason: string | null) => body(api.POST('/api/bookings/{id}/cancel', { ...at(id), body: { reason } })),
  reschedule: (id: string, start: string, reason: string | null) => body(api.POST('/api/bookings/{id}/reschedule', { ...at(id), body: { start, reason } })),
  reassign: (id: string, host: string) => body(api.POST('/api/bookings/{id}/reassign', { ...at(id), body: { host_id: host } })),
  noShow: (id: string, by: NoShow) => body(api.POST('/api/bookings/{id}/no-show', { ...at(id), body: { by } })),
  complete: (id: string) => body(api.POST('/api/bookings/{id}/complete', at(id))),
};

export function bookingSummaryQuery(from: Date, to: Date, zone: string) {
  const query = { from: from.toISOString(), to: to.toISOString(), time_zone: zone };
  return queryOptions({
    queryKey: ['bookings', 'summary', query],
    placeholderData: keepPreviousData,
    queryFn: () => body(api.GET('/api/bookings/summary', { params: { query } })),
  });
}

export function waitingQuery(id: string) {
  return queryOptions({
    queryKey: ['event-types', id, 'waiting'],
    queryFn: async () => (await body(api.GET('/api/event-types/{id}/waiting', { params: { path: { id }, query: { limit: 100 } } }))).data,
  });
}

export function stopWaiting(id: string, waiting: string) {
  return api.DELETE('/api/event-types/{id}/waiting/{waiting_id}', { params: { path: { id, waiting_id: waiting } } });
}
