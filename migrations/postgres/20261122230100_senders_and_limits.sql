-- Who mail comes from, in which order transports stand in for each other, and how much may be sent.

create table sender (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    email text not null,
    reply_to text,
    created_at bigint not null,
    updated_at bigint not null
);
create index sender_account on sender (account_id, id);

alter table campaign add column sender_id bigint;
-- Null: never stands in for another one. Otherwise the lowest is tried first.
alter table transport add column failover_order bigint;

-- What may be sent at most. The key is empty for the account, else an id, an address or a domain.
create table send_limit (
    account_id bigint not null,
    id bigint not null primary key,
    scope text not null check (scope in ('account', 'transport', 'sender', 'domain')),
    key text collate "C" not null,
    per_minute bigint,
    per_hour bigint,
    per_day bigint,
    warm_up text,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index send_limit_of on send_limit (account_id, scope, key);

-- How much of a limit was used, in slots of its span (0 minute, 1 hour, 2 day). Rows exist only where there is a limit.
create table send_usage (
    account_id bigint not null,
    scope text not null,
    key text collate "C" not null,
    span bigint not null,
    slot bigint not null,
    n bigint not null,
    primary key (account_id, scope, key, span, slot)
);

-- Recipient domains that are given time, because of a limit or because their servers said "later".
create table domain_pause (
    account_id bigint not null,
    domain text collate "C" not null,
    planned_until bigint not null,
    resting_until bigint not null,
    level bigint not null,
    primary key (account_id, domain)
);
