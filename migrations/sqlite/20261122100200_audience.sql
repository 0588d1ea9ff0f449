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
    import_id bigint,
    -- The values of custom fields: field.slot says which columns are whose.
    text_1 text, folded_1 text, value_1 bigint,
    text_2 text, folded_2 text, value_2 bigint,
    text_3 text, folded_3 text, value_3 bigint,
    text_4 text, folded_4 text, value_4 bigint,
    text_5 text, folded_5 text, value_5 bigint,
    text_6 text, folded_6 text, value_6 bigint,
    text_7 text, folded_7 text, value_7 bigint,
    text_8 text, folded_8 text, value_8 bigint,
    text_9 text, folded_9 text, value_9 bigint,
    text_10 text, folded_10 text, value_10 bigint,
    text_11 text, folded_11 text, value_11 bigint,
    text_12 text, folded_12 text, value_12 bigint,
    text_13 text, folded_13 text, value_13 bigint,
    text_14 text, folded_14 text, value_14 bigint,
    text_15 text, folded_15 text, value_15 bigint,
    text_16 text, folded_16 text, value_16 bigint,
    text_17 text, folded_17 text, value_17 bigint,
    text_18 text, folded_18 text, value_18 bigint,
    text_19 text, folded_19 text, value_19 bigint,
    text_20 text, folded_20 text, value_20 bigint,
    text_21 text, folded_21 text, value_21 bigint,
    text_22 text, folded_22 text, value_22 bigint,
    text_23 text, folded_23 text, value_23 bigint,
    text_24 text, folded_24 text, value_24 bigint,
    text_25 text, folded_25 text, value_25 bigint,
    text_26 text, folded_26 text, value_26 bigint,
    text_27 text, folded_27 text, value_27 bigint,
    text_28 text, folded_28 text, value_28 bigint,
    text_29 text, folded_29 text, value_29 bigint,
    text_30 text, folded_30 text, value_30 bigint,
    text_31 text, folded_31 text, value_31 bigint,
    text_32 text, folded_32 text, value_32 bigint,
    text_33 text, folded_33 text, value_33 bigint,
    text_34 text, folded_34 text, value_34 bigint,
    text_35 text, folded_35 text, value_35 bigint,
    text_36 text, folded_36 text, value_36 bigint,
    text_37 text, folded_37 text, value_37 bigint,
    text_38 text, folded_38 text, value_38 bigint,
    text_39 text, folded_39 text, value_39 bigint,
    text_40 text, folded_40 text, value_40 bigint,
    text_41 text, folded_41 text, value_41 bigint,
    text_42 text, folded_42 text, value_42 bigint,
    text_43 text, folded_43 text, value_43 bigint,
    text_44 text, folded_44 text, value_44 bigint,
    text_45 text, folded_45 text, value_45 bigint,
    text_46 text, folded_46 text, value_46 bigint,
    text_47 text, folded_47 text, value_47 bigint,
    text_48 text, folded_48 text, value_48 bigint,
    text_49 text, folded_49 text, value_49 bigint,
    text_50 text, folded_50 text, value_50 bigint,
    text_51 text, folded_51 text, value_51 bigint,
    text_52 text, folded_52 text, value_52 bigint,
    text_53 text, folded_53 text, value_53 bigint,
    text_54 text, folded_54 text, value_54 bigint,
    text_55 text, folded_55 text, value_55 bigint,
    text_56 text, folded_56 text, value_56 bigint,
    text_57 text, folded_57 text, value_57 bigint,
    text_58 text, folded_58 text, value_58 bigint,
    text_59 text, folded_59 text, value_59 bigint,
    text_60 text, folded_60 text, value_60 bigint,
    text_61 text, folded_61 text, value_61 bigint,
    text_62 text, folded_62 text, value_62 bigint,
    text_63 text, folded_63 text, value_63 bigint,
    text_64 text, folded_64 text, value_64 bigint,
    text_65 text, folded_65 text, value_65 bigint,
    text_66 text, folded_66 text, value_66 bigint,
    text_67 text, folded_67 text, value_67 bigint,
    text_68 text, folded_68 text, value_68 bigint,
    text_69 text, folded_69 text, value_69 bigint,
    text_70 text, folded_70 text, value_70 bigint,
    text_71 text, folded_71 text, value_71 bigint,
    text_72 text, folded_72 text, value_72 bigint,
    text_73 text, folded_73 text, value_73 bigint,
    text_74 text, folded_74 text, value_74 bigint,
    text_75 text, folded_75 text, value_75 bigint,
    text_76 text, folded_76 text, value_76 bigint,
    text_77 text, folded_77 text, value_77 bigint,
    text_78 text, folded_78 text, value_78 bigint,
    text_79 text, folded_79 text, value_79 bigint,
    text_80 text, folded_80 text, value_80 bigint,
    text_81 text, folded_81 text, value_81 bigint,
    text_82 text, folded_82 text, value_82 bigint,
    text_83 text, folded_83 text, value_83 bigint,
    text_84 text, folded_84 text, value_84 bigint,
    text_85 text, folded_85 text, value_85 bigint,
    text_86 text, folded_86 text, value_86 bigint,
    text_87 text, folded_87 text, value_87 bigint,
    text_88 text, folded_88 text, value_88 bigint,
    text_89 text, folded_89 text, value_89 bigint,
    text_90 text, folded_90 text, value_90 bigint,
    text_91 text, folded_91 text, value_91 bigint,
    text_92 text, folded_92 text, value_92 bigint,
    text_93 text, folded_93 text, value_93 bigint,
    text_94 text, folded_94 text, value_94 bigint,
    text_95 text, folded_95 text, value_95 bigint,
    text_96 text, folded_96 text, value_96 bigint,
    text_97 text, folded_97 text, value_97 bigint,
    text_98 text, folded_98 text, value_98 bigint,
    text_99 text, folded_99 text, value_99 bigint,
    text_100 text, folded_100 text, value_100 bigint
);
create unique index subscriber_email on subscriber (account_id, email_folded);
create unique index subscriber_newest on subscriber (account_id, id);
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
    -- Which columns of subscriber hold the values.
    slot bigint not null check (slot >= 1 and slot <= 100),
    created_at bigint not null,
    updated_at bigint not null,
    -- Set until its values are gone and the slot is free.
    deleted_at bigint
);
create unique index field_key on field (account_id, key) where deleted_at is null;
create unique index field_slot on field (account_id, slot);

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
