-- What machines they were, where people are, and what they read mail with.
alter table hit add column machine_kind text;
alter table hit add column country text;
create index hit_first on hit (account_id, source_id, kind, message_id) where class = 'human';

-- Roll-ups by client, device, system, country, and kind of machine.
create table campaign_facet (
    account_id bigint not null,
    campaign_id bigint not null,
    facet text not null,
    value text not null,
    opens bigint not null,
    unique_opens bigint not null,
    clicks bigint not null,
    unique_clicks bigint not null,
    primary key (account_id, campaign_id, facet, value)
);

-- The third link of one text is not the third link of another: clicks are counted by content and variant (0 for none).
create table link_total (
    account_id bigint not null,
    campaign_id bigint not null,
    variant bigint not null,
    revision_id bigint not null,
    link_number bigint not null,
    clicks bigint not null,
    unique_clicks bigint not null,
    machine_clicks bigint not null,
    primary key (account_id, campaign_id, variant, revision_id, link_number)
);
insert into link_total (account_id, campaign_id, variant, revision_id, link_number, clicks, unique_clicks, machine_clicks)
    select l.account_id, l.campaign_id, 0, c.revision_id, l.link_number, l.clicks, l.unique_clicks, l.machine_clicks
    from campaign_link l join campaign c on c.account_id = l.account_id and c.id = l.campaign_id
    where c.revision_id is not null;
drop table campaign_link;
