-- Imports that can be tried and taken back, and exports.

-- Rows that were taken although something about them looks wrong.
alter table import add column warnings bigint not null default 0;
alter table import add column dry_run smallint not null default 0 check (dry_run in (0, 1));

-- What an import changed of people who were known before: the values before and after, and what they joined. Kept for
-- as long as the import can be taken back.
create table import_change (
    account_id bigint not null,
    import_id bigint not null,
    subscriber_id bigint not null,
    body text not null,
    primary key (account_id, import_id, subscriber_id)
) without rowid;

-- Taking an import back.
create table import_undo (
    account_id bigint not null,
    import_id integer not null primary key,
    state text not null check (state in ('queued', 'running', 'completed', 'failed')),
    cursor_id bigint not null,
    total bigint not null,
    processed bigint not null,
    deleted bigint not null,
    restored bigint not null,
    kept bigint not null,
    error text,
    created_by text not null,
    created_at bigint not null,
    finished_at bigint
);

-- People on their way into a file.
create table export (
    account_id bigint not null,
    id integer not null primary key,
    state text not null check (state in ('queued', 'running', 'stopped', 'completed', 'failed', 'expired')),
    selection text not null,
    options text not null,
    file_path text not null,
    cursor_id bigint not null,
    total bigint,
    processed bigint not null,
    size_bytes bigint not null,
    error text,
    created_by text not null,
    created_at bigint not null,
    finished_at bigint
);
create index export_newest on export (account_id, id);
create index export_finished on export (state, finished_at);
