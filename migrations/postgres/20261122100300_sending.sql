-- Campaigns, their messages, and what people did with them.

-- Immutable content: what was sent can be rendered again.
create table content_revision (
    account_id bigint not null,
    id bigint not null primary key,
    document text not null,
    created_at bigint not null,
    created_by text not null
);

create table transport (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    kind text not null check (kind in ('sandbox', 'smtp')),
    config text not null,
    secret bytea,
    max_per_second bigint,
    max_connections bigint not null,
    is_default smallint not null check (is_default in (0, 1)),
    created_at bigint not null,
    updated_at bigint not null
);
create index transport_account on transport (account_id, id);

create table campaign (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    state text not null check (state in ('draft', 'scheduled', 'sending', 'paused', 'sent', 'cancelled')),
    revision_id bigint,
    sender_name text not null,
    sender_email text not null,
    reply_to text,
    audience text not null,
    transport_id bigint,
    scheduled_at bigint,
    started_at bigint,
    finished_at bigint,
    pause_reason text,
    snapshot_done smallint not null check (snapshot_done in (0, 1)),
    snapshot_cursor bigint not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    created_by text not null
);
create index campaign_newest on campaign (account_id, id);
create index campaign_active on campaign (state, scheduled_at) where state in ('scheduled', 'sending');

-- The queue, the log, and the answer to "who got it". States: see crates/sending/src/messages/model.rs.
create table message (
    account_id bigint not null,
    id bigint not null primary key,
    kind text not null check (kind in ('campaign', 'test')),
    source_id bigint not null,
    subscriber_id bigint not null,
    entry bigint not null,
    revision_id bigint not null,
    address text not null,
    state text not null check (state in ('queued', 'leased', 'wire', 'sent', 'failed', 'skipped', 'cancelled', 'unknown')),
    not_before bigint not null,
    attempts bigint not null,
    lease_epoch bigint,
    wire_at bigint,
    sent_at bigint,
    first_queued_at bigint not null,
    detail text
);
create unique index message_once on message (source_id, kind, subscriber_id, entry);
create index message_due on message (source_id, not_before, id) where state = 'queued';
create index message_held on message (source_id, lease_epoch) where state in ('leased', 'wire');
create index message_test on message (account_id, source_id, id) where kind = 'test' and state = 'queued';
create index message_subscriber on message (account_id, subscriber_id, id);
create index message_ended on message (account_id, source_id, state, id) where state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown');

-- One row per tracked link of a revision.
create table link (
    account_id bigint not null,
    revision_id bigint not null,
    number bigint not null,
    url text not null,
    primary key (account_id, revision_id, number)
);

-- Raw hits of pixels and links; events are what they mean.
create table hit (
    account_id bigint not null,
    id bigint not null primary key,
    message_id bigint not null,
    source_id bigint not null,
    subscriber_id bigint not null,
    kind text not null check (kind in ('open', 'click')),
    link_number bigint,
    class text not null check (class in ('human', 'machine')),
    user_agent text,
    ip text,
    at bigint not null,
    is_first smallint not null check (is_first in (0, 1))
);
create index hit_message on hit (account_id, message_id, kind, link_number);
create index hit_source on hit (account_id, source_id, id);

-- Roll-ups: a report reads these, whatever the size of the campaign.
create table campaign_total (
    account_id bigint not null,
    campaign_id bigint not null,
    name text not null,
    n bigint not null,
    primary key (account_id, campaign_id, name)
);

create table campaign_hour (
    account_id bigint not null,
    campaign_id bigint not null,
    hour bigint not null,
    name text not null,
    n bigint not null,
    primary key (account_id, campaign_id, hour, name)
);

create table campaign_link (
    account_id bigint not null,
    campaign_id bigint not null,
    link_number bigint not null,
    clicks bigint not null,
    unique_clicks bigint not null,
    machine_clicks bigint not null,
    primary key (account_id, campaign_id, link_number)
);

create table unsubscribe_reason (
    account_id bigint not null,
    message_id bigint not null,
    campaign_id bigint not null,
    subscriber_id bigint not null,
    reason text not null,
    comment text,
    at bigint not null,
    primary key (account_id, message_id)
);
create index unsubscribe_reason_campaign on unsubscribe_reason (account_id, campaign_id, reason);

-- The sandbox inbox: mail that was "sent" without leaving the database.
create table sandbox_message (
    account_id bigint not null,
    id bigint not null primary key,
    message_id bigint not null,
    recipient text not null,
    subject text not null,
    source bytea not null,
    received_at bigint not null
);
create index sandbox_message_newest on sandbox_message (account_id, id);
