-- Calendars of hosts elsewhere: how they are reached, what they say is taken, and the copies of bookings in them.

-- A way to somebody's calendars. The secret is sealed: an address, a password, or tokens.
create table calendar_connection (
    account_id bigint not null,
    id integer not null primary key,
    host_id bigint not null,
    kind text not null check (kind in ('feed', 'caldav', 'google', 'microsoft')),
    name text not null,
    address text,
    user_name text,
    secret blob not null,
    when_unreachable text not null check (when_unreachable in ('keep_offering', 'stop_offering')),
    -- Leaving: its copies are taken out, then it is deleted.
    state text not null check (state in ('ok', 'broken', 'leaving')),
    fault text,
    failures bigint not null,
    broken_since bigint,
    synced_at bigint,
    listed_at bigint,
    sync_at bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index calendar_connection_host on calendar_connection (account_id, host_id, id);
create index calendar_connection_due on calendar_connection (sync_at) where state <> 'leaving';

create table calendar (
    account_id bigint not null,
    id integer not null primary key,
    connection_id bigint not null,
    host_id bigint not null,
    remote_id text not null,
    name text not null,
    color text,
    time_zone text,
    owner text,
    writable smallint not null check (writable in (0, 1)),
    is_primary smallint not null check (is_primary in (0, 1)),
    -- Whether what is in it keeps slots away, and whether bookings are put into it.
    blocks smallint not null check (blocks in (0, 1)),
    receives smallint not null check (receives in (0, 1)),
    sync_token text,
    synced_at bigint,
    -- When all of it was read, in which zone, and how far ahead.
    whole_at bigint,
    read_zone text,
    window_end bigint,
    unreadable bigint not null,
    created_at bigint not null
);
create unique index calendar_remote on calendar (account_id, connection_id, remote_id);
create index calendar_host on calendar (account_id, host_id, id);
create unique index calendar_receives on calendar (account_id, host_id) where receives = 1;

-- What is in a calendar and takes time. The digest tells whether its times changed.
create table calendar_object (
    account_id bigint not null,
    id integer not null primary key,
    calendar_id bigint not null,
    object_key text not null,
    uid text,
    digest blob not null,
    read_at bigint not null
);
create unique index calendar_object_key on calendar_object (account_id, calendar_id, object_key);

-- When. What is longer than a week stands here in pieces, so that a range of starts is enough to find all of it.
create table calendar_busy (
    account_id bigint not null,
    id integer not null primary key,
    host_id bigint not null,
    calendar_id bigint not null,
    object_id bigint not null,
    start_at bigint not null,
    end_at bigint not null,
    all_day smallint not null check (all_day in (0, 1)),
    summary text
);
create index calendar_busy_time on calendar_busy (account_id, host_id, start_at);
create index calendar_busy_object on calendar_busy (account_id, object_id);
create index calendar_busy_calendar on calendar_busy (account_id, calendar_id);

-- A booking in the calendar of one of its hosts.
create table calendar_copy (
    account_id bigint not null,
    booking_id bigint not null,
    host_id bigint not null,
    calendar_id bigint not null,
    object_key text not null,
    uid text not null,
    etag text,
    sequence bigint not null,
    start_at bigint not null,
    end_at bigint not null,
    -- Gone: somebody deleted it there. Failed: the calendar did not take it.
    state text not null check (state in ('written', 'gone', 'failed')),
    fault text,
    updated_at bigint not null,
    primary key (account_id, booking_id, host_id)
) without rowid;
create index calendar_copy_key on calendar_copy (account_id, calendar_id, object_key);
