-- Campaigns that anybody may read, with the subject that the list of them shows.
create table campaign_archive (
    account_id bigint not null,
    campaign_id bigint not null,
    title text not null,
    started_at bigint not null,
    published_at bigint not null,
    primary key (account_id, campaign_id)
);
