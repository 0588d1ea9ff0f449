-- What the base crates need: the registry of running processes, jobs, events.

create table instance (
    id integer not null primary key check (id = 1),
    created_at bigint not null,
    set_up_at bigint,
    -- Recognizes the secret key: with another one, sealed passwords and signed links would be worthless.
    key_check blob
);

-- Orders commits, for event cursors.
create table commit_stamp (
    id integer not null primary key check (id = 1),
    n bigint not null
);
insert into commit_stamp (id, n) values (1, 0);

-- One row per process that ran; a lease is the epoch of a live one.
create table node (
    epoch integer not null primary key,
    number bigint not null,
    name text not null,
    started_at bigint not null,
    alive_until bigint not null,
    stopped_at bigint
);
create index node_alive on node (alive_until);

create table job (
    id integer not null primary key,
    account_id bigint,
    kind text not null,
    payload text not null,
    unique_key text,
    state text not null check (state in ('ready', 'running', 'done', 'dead')),
    due_at bigint not null,
    attempts bigint not null,
    max_attempts bigint not null,
    lease_epoch bigint,
    leased_at bigint,
    last_error text,
    created_at bigint not null,
    finished_at bigint
);
create index job_due on job (due_at, id) where state = 'ready';
create index job_running on job (lease_epoch) where state = 'running';
create index job_account on job (account_id, due_at, id) where state = 'ready';
create index job_done on job (finished_at) where state = 'done';
create index job_dead on job (finished_at, id) where state = 'dead';
create unique index job_unique on job (kind, unique_key) where state in ('ready', 'running') and unique_key is not null;

create table schedule (
    name text not null primary key,
    next_at bigint not null,
    last_at bigint,
    lease_epoch bigint
);

create table event (
    account_id bigint not null,
    id bigint not null,
    txn bigint not null,
    kind text not null,
    subscriber_id bigint,
    subject_id bigint,
    at bigint not null,
    body text not null,
    primary key (txn, id)
) without rowid;
create index event_timeline on event (account_id, subscriber_id, at, id) where subscriber_id is not null;
create index event_behavior on event (account_id, kind, at, subscriber_id, subject_id);

create table event_cursor (
    consumer text not null primary key,
    txn bigint not null,
    event_id bigint not null,
    updated_at bigint not null
);
