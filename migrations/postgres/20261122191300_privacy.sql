-- How long an account keeps what people did, and from where. Null is for ever.
create table privacy_settings (
    account_id bigint not null primary key,
    event_days bigint,
    ip_days bigint,
    -- Up to where IP addresses of opens and clicks are removed already.
    ip_swept_to bigint not null,
    updated_at bigint not null
);

-- That somebody was erased, and nothing of who it was.
create table erasure (
    account_id bigint not null,
    id bigint not null primary key,
    subscriber_id bigint not null,
    erased_by text not null,
    at bigint not null
);
create unique index erasure_subscriber on erasure (account_id, subscriber_id);
create index erasure_at on erasure (at);

create index hit_at on hit (account_id, at);
create index message_tests on message (account_id, id) where kind = 'test';
