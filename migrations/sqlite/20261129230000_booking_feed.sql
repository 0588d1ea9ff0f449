-- The calendars of hosts that other programs read. Their addresses are secret: only hashes of them are stored.
create table booking_feed (
    account_id bigint not null,
    host_id bigint not null,
    token_hash blob not null,
    created_at bigint not null,
    primary key (account_id, host_id)
) without rowid;
