-- Automations: their documents and versions, who is in them and where, and what is to happen when.

create table automation (
    account_id bigint not null,
    id integer not null primary key,
    name text not null,
    status text not null check (status in ('draft', 'active', 'paused', 'deleted')),
    draft text not null,
    live_version_id bigint,
    version bigint not null,
    paused_at bigint,
    published_at bigint,
    -- What is still to be done with every run, and behind which run: null when nothing is.
    moving text,
    moving_after bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    created_by text not null
);
create index automation_account on automation (account_id, id);

-- Immutable, and never deleted: runs and their histories name them.
create table automation_version (
    account_id bigint not null,
    id integer not null primary key,
    automation_id bigint not null,
    number bigint not null,
    document text not null,
    plan text not null,
    restored_from bigint,
    published_at bigint not null,
    published_by text not null
);
create unique index automation_version_number on automation_version (automation_id, number);

-- Rises whenever what a process holds of automations in memory may be out of date.
create table automation_change (
    id integer not null primary key check (id = 1),
    n bigint not null
);
insert into automation_change (id, n) values (1, 0);

-- Who was let in, how often and when last: this decides whether they come in again.
create table automation_enrolment (
    account_id bigint not null,
    automation_id bigint not null,
    contact_id bigint not null,
    entry_key text not null,
    runs bigint not null,
    last_at bigint not null,
    primary key (account_id, automation_id, contact_id, entry_key)
) without rowid;

create table automation_run (
    account_id bigint not null,
    id integer not null primary key,
    automation_id bigint not null,
    version_id bigint not null,
    contact_id bigint not null,
    entry_key text not null,
    step text not null,
    state text not null check (state in ('waiting', 'outbox', 'parked', 'done')),
    -- The error of a parked run, the outcome of a finished one.
    reason text,
    seq bigint not null,
    began_at bigint not null,
    step_at bigint not null,
    began_with bigint not null,
    step_after bigint not null,
    chain text not null,
    data text not null,
    hold text not null,
    paused_at bigint,
    ended_at bigint
);
create index automation_run_of on automation_run (account_id, automation_id, id);
create index automation_run_at on automation_run (account_id, automation_id, step, id) where state <> 'done';
create index automation_run_parked on automation_run (account_id, automation_id, id) where state = 'parked';
create index automation_run_contact on automation_run (account_id, contact_id, id);

-- Narrow, since it is looked at all the time: one row for each run that waits for a time.
create table automation_timer (
    account_id bigint not null,
    run_id integer not null primary key,
    automation_id bigint not null,
    contact_id bigint not null,
    due bigint not null,
    seq bigint not null
);
create index automation_timer_due on automation_timer (account_id, automation_id, due, run_id);

-- What leaves the database, once per run and number of the step that asked for it.
create table automation_effect (
    account_id bigint not null,
    run_id bigint not null,
    seq bigint not null,
    automation_id bigint not null,
    version_id bigint not null,
    contact_id bigint not null,
    step text not null,
    kind text not null,
    awaited smallint not null check (awaited in (0, 1)),
    state text not null check (state in ('pending', 'leased', 'queued', 'done', 'failed')),
    attempts bigint not null,
    not_before bigint not null,
    lease_epoch bigint,
    message_id bigint,
    error text,
    created_at bigint not null,
    primary key (run_id, seq)
) without rowid;
create index automation_effect_due on automation_effect (not_before, run_id, seq) where state = 'pending';
create index automation_effect_leased on automation_effect (lease_epoch) where state = 'leased';
create index automation_effect_queued on automation_effect (account_id, run_id, seq) where state = 'queued';
create index automation_effect_message on automation_effect (account_id, message_id) where message_id is not null;
create index automation_effect_contact on automation_effect (account_id, contact_id, created_at) where message_id is not null;

-- What happened to each run, step by step.
create table automation_log (
    account_id bigint not null,
    run_id bigint not null,
    id bigint not null,
    seq bigint not null,
    version_id bigint not null,
    step text not null,
    what text not null,
    detail text,
    at bigint not null,
    primary key (account_id, run_id, id)
) without rowid;

-- Roll-ups of the log and of what became of mails, per day in UTC.
create table automation_stat (
    account_id bigint not null,
    automation_id bigint not null,
    day bigint not null,
    version_id bigint not null,
    step text not null,
    name text not null,
    n bigint not null,
    primary key (account_id, automation_id, day, version_id, step, name)
) without rowid;

-- Events of other programs that came with a key: the same key is the same event.
create table automation_event_key (
    account_id bigint not null,
    event_key text not null,
    at bigint not null,
    primary key (account_id, event_key)
) without rowid;
create index automation_event_key_at on automation_event_key (at);
