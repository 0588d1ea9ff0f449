-- Campaigns that paused by themselves because too much bounced or was complained about. Each does so once.
create table campaign_guard (
    account_id bigint not null,
    campaign_id bigint not null,
    paused_at bigint not null,
    primary key (account_id, campaign_id)
);
-- How often mail to a person came back of late.
create index message_soft on message (account_id, subscriber_id, id) where bounce_class = 'soft';
