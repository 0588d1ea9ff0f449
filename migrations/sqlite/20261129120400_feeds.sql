-- Feeds that are followed, what was seen in them (`item` is there while it waits to be sent), and what campaigns say of them.
create table feed (
    account_id bigint not null,
    id integer not null primary key,
    name text not null,
    url text not null,
    campaign_id bigint not null,
    mode text not null check (mode in ('each', 'digest')),
    rule text,
    time_zone text not null,
    every_minutes bigint not null,
    most_items bigint not null,
    state text not null check (state in ('active', 'paused')),
    seen smallint not null check (seen in (0, 1)),
    poll_at bigint not null,
    send_at bigint,
    etag text,
    last_modified text,
    failures bigint not null,
    note text,
    title text not null,
    link text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create index feed_account on feed (account_id, id);
create index feed_due on feed (poll_at) where state = 'active';

create table feed_item (
    account_id bigint not null,
    feed_id bigint not null,
    id integer not null primary key,
    key_hash blob not null,
    item text,
    seen_at bigint not null
);
create unique index feed_item_once on feed_item (account_id, feed_id, key_hash);
create index feed_item_waiting on feed_item (account_id, feed_id, id) where item is not null;

create table campaign_variables (
    account_id bigint not null,
    campaign_id bigint not null,
    variables text not null,
    primary key (account_id, campaign_id)
) without rowid;
