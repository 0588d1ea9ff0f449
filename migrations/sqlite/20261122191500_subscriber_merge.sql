-- Who somebody is now whose record was merged into another one.
create table subscriber_merge (
    account_id bigint not null,
    id bigint not null,
    into_id bigint not null,
    merged_at bigint not null,
    primary key (account_id, id)
) without rowid;
create index subscriber_merge_into on subscriber_merge (account_id, into_id);
