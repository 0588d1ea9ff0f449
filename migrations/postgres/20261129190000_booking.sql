-- Booking: who can be met and when, what can be booked, and what is booked.

-- What belongs to the booking pages of an account as a whole. The page is the part of their address that names the account.
create table booking_settings (
    account_id bigint not null primary key,
    page text collate "C" not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index booking_settings_page on booking_settings (page);

-- A user who can be met.
create table booking_host (
    account_id bigint not null,
    id bigint not null primary key,
    user_id bigint not null,
    slug text collate "C" not null,
    name text not null,
    time_zone text not null,
    about text,
    schedule_id bigint,
    enabled smallint not null check (enabled in (0, 1)),
    created_at bigint not null,
    updated_at bigint not null
);
create unique index booking_host_user on booking_host (account_id, user_id);
create unique index booking_host_slug on booking_host (account_id, slug);

-- Weekly hours, of one host or for everybody. Hours and travel are JSON.
create table booking_schedule (
    account_id bigint not null,
    id bigint not null primary key,
    host_id bigint,
    name text not null,
    time_zone text not null,
    weekly text not null,
    travel text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index booking_schedule_account on booking_schedule (account_id, id);

-- Other hours on one date; none: closed.
create table booking_override (
    account_id bigint not null,
    schedule_id bigint not null,
    day text collate "C" not null,
    ranges text not null,
    note text,
    updated_at bigint not null,
    primary key (account_id, schedule_id, day)
);

-- Time that a host has for nobody, once or repeated.
create table booking_block (
    account_id bigint not null,
    id bigint not null primary key,
    host_id bigint not null,
    title text,
    spec text not null,
    created_at bigint not null
);
create index booking_block_host on booking_block (account_id, host_id, id);

-- Dates on which a host is out of office.
create table booking_time_off (
    account_id bigint not null,
    id bigint not null primary key,
    host_id bigint not null,
    first_day text not null,
    last_day text not null,
    note text,
    created_at bigint not null
);
create index booking_time_off_host on booking_time_off (account_id, host_id, id);

-- What can be booked. The settings are JSON.
create table event_type (
    account_id bigint not null,
    id bigint not null primary key,
    slug text collate "C" not null,
    title text not null,
    enabled smallint not null check (enabled in (0, 1)),
    private smallint not null check (private in (0, 1)),
    settings text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index event_type_slug on event_type (account_id, slug);
create index event_type_account on event_type (account_id, id);

create table event_type_host (
    account_id bigint not null,
    event_type_id bigint not null,
    host_id bigint not null,
    position bigint not null,
    part text not null check (part in ('fixed', 'rotating')),
    priority bigint not null,
    weight bigint not null,
    primary key (account_id, event_type_id, host_id)
);
create index event_type_host_of on event_type_host (account_id, host_id, event_type_id);

-- A meeting with seats, while somebody has one. The last seat is sold once: the check is behind the lock.
create table booking_occurrence (
    account_id bigint not null,
    id bigint not null primary key,
    event_type_id bigint not null,
    start_at bigint not null,
    end_at bigint not null,
    capacity bigint not null,
    taken bigint not null check (taken >= 0 and taken <= capacity)
);
create index booking_occurrence_type on booking_occurrence (account_id, event_type_id, start_at);

create table booking (
    account_id bigint not null,
    id bigint not null primary key,
    event_type_id bigint not null,
    occurrence_id bigint,
    status text not null check (status in ('pending', 'confirmed', 'declined', 'cancelled', 'expired', 'completed', 'no_show')),
    start_at bigint not null,
    end_at bigint not null,
    minutes bigint not null,
    seats bigint not null,
    subscriber_id bigint,
    name text not null,
    email text not null,
    email_folded text collate "C" not null,
    phone text,
    time_zone text not null,
    language text,
    answers text not null,
    location text,
    sequence bigint not null,
    -- With the key of the server, this makes the token of its links.
    token_salt bytea not null,
    hold_hash bytea,
    expires_at bigint,
    reason text,
    no_show_by text,
    source text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index booking_time on booking (account_id, start_at, id);
create index booking_of_type on booking (account_id, event_type_id, start_at);
create index booking_person on booking (account_id, subscriber_id, start_at);
create index booking_of_occurrence on booking (account_id, occurrence_id) where occurrence_id is not null;
create unique index booking_from_hold on booking (account_id, hold_hash) where hold_hash is not null;
create index booking_ending on booking (end_at) where status = 'confirmed';
create index booking_expiring on booking (expires_at) where status = 'pending';

-- Who hosts a booking; for a chosen host, by which rules.
create table booking_member (
    account_id bigint not null,
    booking_id bigint not null,
    host_id bigint not null,
    position bigint not null,
    chosen_by text,
    primary key (account_id, booking_id, host_id)
);
create index booking_member_host on booking_member (account_id, host_id, booking_id);

-- The time of hosts that is taken. No two active ones of a host overlap, whoever writes them.
create table booking_claim (
    account_id bigint not null,
    id bigint not null primary key,
    host_id bigint not null,
    kind text not null check (kind in ('booking', 'hold', 'occurrence')),
    ref_id bigint not null,
    start_at bigint not null,
    end_at bigint not null,
    before_minutes bigint not null,
    after_minutes bigint not null,
    expires_at bigint,
    active smallint not null check (active in (0, 1)),
    -- A range of its own for each host, so that no extension is needed to compare hosts: microseconds are below 2^63.
    constraint booking_claim_alone exclude using gist (
        numrange(cast(host_id as numeric) * 18446744073709551616 + start_at, cast(host_id as numeric) * 18446744073709551616 + end_at) with &&
    ) where (active = 1)
);
create index booking_claim_time on booking_claim (account_id, host_id, end_at) where active = 1;
create index booking_claim_of on booking_claim (account_id, kind, ref_id);

-- What keeps a slot for a visitor who has not finished yet. Who they are is not stored, only hashes that tell them apart.
create table booking_hold (
    account_id bigint not null,
    id bigint not null primary key,
    event_type_id bigint not null,
    occurrence_id bigint,
    visitor_hash bytea not null,
    source_hash bytea not null,
    token_hash bytea not null,
    start_at bigint not null,
    end_at bigint not null,
    seats bigint not null,
    expires_at bigint not null,
    created_at bigint not null
);
create unique index booking_hold_visitor on booking_hold (account_id, event_type_id, visitor_hash);
create index booking_hold_source on booking_hold (account_id, source_hash);
create index booking_hold_token on booking_hold (account_id, token_hash);
create index booking_hold_occurrence on booking_hold (account_id, occurrence_id) where occurrence_id is not null;
create index booking_hold_expiry on booking_hold (expires_at);

-- What happened to a booking, and who did it.
create table booking_trail (
    account_id bigint not null,
    id bigint not null primary key,
    booking_id bigint not null,
    at bigint not null,
    action text not null,
    from_status text,
    to_status text not null,
    actor text not null,
    detail text
);
create index booking_trail_of on booking_trail (account_id, booking_id, id);

-- Who would come if a place became free.
create table booking_waiting (
    account_id bigint not null,
    id bigint not null primary key,
    event_type_id bigint not null,
    subscriber_id bigint,
    name text not null,
    email text not null,
    time_zone text not null,
    language text,
    from_at bigint,
    until_at bigint,
    minutes bigint not null,
    seats bigint not null,
    told_at bigint,
    created_at bigint not null
);
create index booking_waiting_type on booking_waiting (account_id, event_type_id, id);
create index booking_waiting_person on booking_waiting (account_id, subscriber_id);
