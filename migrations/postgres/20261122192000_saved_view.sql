-- How somebody looks at the list of subscribers.
create table saved_view (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    name_folded text collate "C" not null,
    shared smallint not null check (shared in (0, 1)),
    filter text not null,
    columns text not null,
    sort text not null,
    created_by text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index saved_view_name on saved_view (account_id, created_by, name_folded);
create index saved_view_newest on saved_view (account_id, id);
