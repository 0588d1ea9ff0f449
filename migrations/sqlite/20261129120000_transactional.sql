-- Transactional messages: one mail to one person, because a program asked for it. What the relay took may come back
-- (`bounced_at`, with its class) or be complained about; both beside the state, which says what became of the sending.
-- SQLite cannot change a check, so the table is made anew.
create table message_rebuilt (
    account_id bigint not null,
    id integer not null primary key,
    kind text not null check (kind in ('campaign', 'test', 'transactional')),
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
    detail text,
    variant bigint,
    bounced_at bigint,
    bounce_class text,
    complained_at bigint
);
insert into message_rebuilt (account_id, id, kind, source_id, subscriber_id, entry, revision_id, address, state, not_before,
        attempts, lease_epoch, wire_at, sent_at, first_queued_at, detail, variant)
    select account_id, id, kind, source_id, subscriber_id, entry, revision_id, address, state, not_before,
        attempts, lease_epoch, wire_at, sent_at, first_queued_at, detail, variant
    from message;
drop table message;
alter table message_rebuilt rename to message;
create unique index message_once on message (source_id, kind, subscriber_id, entry);
create index message_due on message (source_id, not_before, id) where state = 'queued';
create index message_held on message (source_id, lease_epoch) where state in ('leased', 'wire');
create index message_test on message (account_id, source_id, id) where kind = 'test' and state = 'queued';
create index message_tests on message (account_id, id) where kind = 'test';
create index message_subscriber on message (account_id, subscriber_id, id);
create index message_ended on message (account_id, source_id, state, id) where state in ('sent', 'failed', 'skipped', 'cancelled', 'unknown');
create index message_urgent on message (account_id, not_before) where kind = 'transactional' and state = 'queued';
create index message_transactional on message (account_id, id) where kind = 'transactional';
create index message_bounced on message (account_id, source_id, id) where bounced_at is not null;
create index message_complained on message (account_id, source_id, id) where complained_at is not null;

-- What a transactional message is made from, beside its content.
create table transactional_message (
    account_id bigint not null,
    id integer not null primary key,
    sender_name text not null,
    sender_email text not null,
    recipient_name text,
    reply_to text,
    headers text not null,
    -- Null once it is forgotten.
    variables text,
    tag text,
    track_opens smallint not null check (track_opens in (0, 1)),
    track_clicks smallint not null check (track_clicks in (0, 1)),
    attachments bigint not null,
    key_hash blob,
    request_hash blob not null,
    created_at bigint not null,
    created_by text not null
);
create unique index transactional_message_key on transactional_message (account_id, key_hash) where key_hash is not null;
create index transactional_message_tag on transactional_message (account_id, tag, id) where tag is not null;
create index transactional_message_kept on transactional_message (created_at, id) where variables is not null;

create table message_attachment (
    account_id bigint not null,
    message_id bigint not null,
    number bigint not null,
    name text not null,
    media_type text not null,
    content_id text,
    content blob not null,
    created_at bigint not null,
    primary key (account_id, message_id, number)
) without rowid;
create index message_attachment_kept on message_attachment (created_at);

-- Content that came with a transactional message is kept once, whoever sends it again, and until then.
alter table content_revision add column content_hash blob;
alter table content_revision add column kept_until bigint;
create unique index content_revision_hash on content_revision (account_id, content_hash) where content_hash is not null;
create index content_revision_kept on content_revision (kept_until, id) where kept_until is not null;

-- What became of transactional messages, in the order of commits: a stream for programs.
create table message_event (
    account_id bigint not null,
    id bigint not null,
    txn bigint not null,
    message_id bigint not null,
    kind text not null,
    at bigint not null,
    body text not null,
    primary key (account_id, txn, id)
) without rowid;
create index message_event_of on message_event (account_id, message_id, id);
create index message_event_kept on message_event (at);
