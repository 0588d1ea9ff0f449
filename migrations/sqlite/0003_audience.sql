-- The contact database.

create table subscriber (
    account_id bigint not null,
    id integer not null primary key,
    email text not null,
    email_folded text not null,
    first_name text,
    first_name_folded text,
    last_name text,
    last_name_folded text,
    phone text,
    status text not null check (status in ('active', 'unconfirmed', 'unsubscribed', 'bounced', 'suppressed')),
    status_reason text,
    status_changed_at bigint not null,
    source text not null check (source in ('form', 'import', 'api', 'automation', 'manual', 'booking', 'inbound')),
    score bigint not null,
    owner_id bigint,
    time_zone text,
    language text,
    consent_at bigint,
    consent_ip text,
    consent_source text,
    consent_text text,
    confirmed_at bigint,
    confirmed_ip text,
    created_at bigint not null,
    updated_at bigint not null,
    last_activity_at bigint,
    import_id bigint
);
create unique index subscriber_email on subscriber (account_id, email_folded);
create index subscriber_newest on subscriber (account_id, id);
create index subscriber_status on subscriber (account_id, status, id);
create index subscriber_import on subscriber (account_id, import_id, id) where import_id is not null;

create table field (
    account_id bigint not null,
    id integer not null primary key,
    key text not null,
    name text not null,
    kind text not null check (kind in ('text', 'number', 'date', 'boolean', 'dropdown')),
    visibility text not null check (visibility in ('visible', 'hidden', 'api_only')),
    options text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index field_key on field (account_id, key);

-- One typed value per subscriber and field; the columns of the other types are null.
create table field_value (
    account_id bigint not null,
    subscriber_id bigint not null,
    field_id bigint not null,
    text_value text,
    text_folded text,
    number_value bigint,
    date_value bigint,
    bool_value smallint check (bool_value in (0, 1)),
    primary key (account_id, subscriber_id, field_id)
) without rowid;
create index field_value_text on field_value (account_id, field_id, text_folded, subscriber_id) where text_folded is not null;
create index field_value_number on field_value (account_id, field_id, number_value, subscriber_id) where number_value is not null;
create index field_value_date on field_value (account_id, field_id, date_value, subscriber_id) where date_value is not null;
create index field_value_bool on field_value (account_id, field_id, bool_value, subscriber_id) where bool_value is not null;

create table contact_group (
    account_id bigint not null,
    id integer not null primary key,
    name text not null,
    name_folded text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index contact_group_name on contact_group (account_id, name_folded);

create table group_member (
    account_id bigint not null,
    group_id bigint not null,
    subscriber_id bigint not null,
    added_at bigint not null,
    added_by text not null,
    primary key (account_id, group_id, subscriber_id)
) without rowid;
create index group_member_subscriber on group_member (account_id, subscriber_id, group_id);

create table tag (
    account_id bigint not null,
    id integer not null primary key,
    name text not null,
    name_folded text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index tag_name on tag (account_id, name_folded);

create table tagging (
    account_id bigint not null,
    tag_id bigint not null,
    subscriber_id bigint not null,
    added_at bigint not null,
    added_by text not null,
    primary key (account_id, tag_id, subscriber_id)
) without rowid;
create index tagging_subscriber on tagging (account_id, subscriber_id, tag_id);

create table segment (
    account_id bigint not null,
    id integer not null primary key,
    name text not null,
    name_folded text not null,
    rule text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index segment_name on segment (account_id, name_folded);

-- Addresses that never get mail again, whoever imports them. An erased person leaves only the hash.
create table suppression (
    account_id bigint not null,
    id integer not null primary key,
    address_hash blob not null,
    address text,
    reason text not null,
    created_at bigint not null
);
create unique index suppression_address on suppression (account_id, address_hash);

create table import (
    account_id bigint not null,
    id integer not null primary key,
    state text not null check (state in ('uploaded', 'queued', 'running', 'stopping', 'stopped', 'completed', 'failed')),
    file_name text not null,
    file_path text not null,
    size_bytes bigint not null,
    options text not null,
    created_by text not null,
    byte_offset bigint not null,
    line bigint not null,
    total bigint,
    processed bigint not null,
    created bigint not null,
    updated bigint not null,
    unchanged bigint not null,
    skipped bigint not null,
    invalid bigint not null,
    error text,
    created_at bigint not null,
    started_at bigint,
    finished_at bigint
);
create index import_newest on import (account_id, id);

-- Rows of a file that were not taken, with the reason.
create table import_error (
    account_id bigint not null,
    import_id bigint not null,
    line bigint not null,
    position bigint not null,
    code text not null,
    column_name text,
    value text,
    reason text not null,
    primary key (account_id, import_id, line, position)
) without rowid;

-- Changes to many people at once.
create table bulk_action (
    account_id bigint not null,
    id integer not null primary key,
    state text not null check (state in ('queued', 'running', 'stopped', 'completed', 'failed')),
    selection text not null,
    action text not null,
    created_by text not null,
    cursor_id bigint not null,
    total bigint,
    processed bigint not null,
    changed bigint not null,
    error text,
    created_at bigint not null,
    finished_at bigint
);
create index bulk_action_newest on bulk_action (account_id, id);
