-- Mail of automations goes the way of campaigns: each sender of an account has one that is never over and in no list. The
-- value is the sender's id, or 0 for the account's own address.
alter table campaign add column automated bigint;
create unique index campaign_automated on campaign (account_id, automated) where automated is not null;

-- Copies of what templates say, perhaps with another subject: mails are made from them, whatever becomes of the template.
create table automated_content (
    account_id bigint not null,
    revision_id bigint not null,
    subject text not null,
    footer smallint not null check (footer in (0, 1)),
    content_id bigint not null,
    primary key (account_id, revision_id, subject, footer)
);
