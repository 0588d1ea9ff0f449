-- Whom a bulk action still has to visit: ids in their order, up to 1,000 in a row, each as the distance to the one before.
create table bulk_chunk (
    account_id bigint not null,
    action_id bigint not null,
    number bigint not null,
    ids bytea not null,
    primary key (account_id, action_id, number)
);
