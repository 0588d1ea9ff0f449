-- When each schedule that automations name is due next, and how far those were told who are concerned.
create table automation_schedule (
    account_id bigint not null,
    schedule text not null,
    zone text not null,
    due bigint not null,
    -- Behind whom it goes on.
    after_id bigint not null,
    primary key (account_id, schedule)
);

-- Addresses that take what other programs send.
create table automation_hook (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    email_at text not null,
    new_people text not null check (new_people in ('unconfirmed', 'active', 'refused')),
    secret_hash bytea not null,
    created_at bigint not null,
    created_by text not null,
    last_received_at bigint
);
create index automation_hook_account on automation_hook (account_id, id);
create unique index automation_hook_secret on automation_hook (secret_hash);
