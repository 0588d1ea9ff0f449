-- A/B tests, campaigns sent again, and mail that is spread over time.

-- Minutes over which the messages are spread.
alter table campaign add column spread_minutes bigint;
-- The wall time at which everybody gets it where they live.
alter table campaign add column local_time text;
-- The variants of an A/B test, and how it was decided.
alter table campaign add column ab text;
-- Goes to those recipients of this campaign who did not react.
alter table campaign add column resend_of bigint;
alter table campaign add column resend_to text;
create index campaign_scheduled on campaign (account_id, scheduled_at) where scheduled_at is not null;
create index campaign_started on campaign (account_id, started_at) where started_at is not null;

-- Which variant of an A/B test a message is: from 1, null where there is none or it is not decided yet.
alter table message add column variant bigint;

create table variant_total (
    account_id bigint not null,
    campaign_id bigint not null,
    variant bigint not null,
    name text not null,
    n bigint not null,
    primary key (account_id, campaign_id, variant, name)
);
