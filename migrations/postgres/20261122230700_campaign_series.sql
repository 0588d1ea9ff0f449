-- Campaigns that are sent again and again.
create table campaign_series (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    state text not null check (state in ('active', 'paused')),
    campaign_id bigint not null,
    rule text not null,
    time_zone text not null,
    next_at bigint not null,
    note text,
    created_at bigint not null,
    updated_at bigint not null
);
create index campaign_series_account on campaign_series (account_id, id);
create index campaign_series_due on campaign_series (next_at) where state = 'active';

alter table campaign add column series_id bigint;
