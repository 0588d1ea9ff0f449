-- The contact database. Folded text is compared and sorted bytewise, as SQLite does: prefixes are then ranges of an index.

create table subscriber (
    account_id bigint not null,
    id bigint not null,
    email text not null,
    email_folded text collate "C" not null,
    first_name text,
    first_name_folded text collate "C",
    last_name text,
    last_name_folded text collate "C",
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
    text_1 text, folded_1 text collate "C", value_1 bigint,
    text_2 text, folded_2 text collate "C", value_2 bigint,
    text_3 text, folded_3 text collate "C", value_3 bigint,
    text_4 text, folded_4 text collate "C", value_4 bigint,
    text_5 text, folded_5 text collate "C", value_5 bigint,
    text_6 text, folded_6 text collate "C", value_6 bigint,
    text_7 text, folded_7 text collate "C", value_7 bigint,
    text_8 text, folded_8 text collate "C", value_8 bigint,
    text_9 text, folded_9 text collate "C", value_9 bigint,
    text_10 text, folded_10 text collate "C", value_10 bigint,
    text_11 text, folded_11 text collate "C", value_11 bigint,
    text_12 text, folded_12 text collate "C", value_12 bigint,
    text_13 text, folded_13 text collate "C", value_13 bigint,
    text_14 text, folded_14 text collate "C", value_14 bigint,
    text_15 text, folded_15 text collate "C", value_15 bigint,
    text_16 text, folded_16 text collate "C", value_16 bigint,
    text_17 text, folded_17 text collate "C", value_17 bigint,
    text_18 text, folded_18 text collate "C", value_18 bigint,
    text_19 text, folded_19 text collate "C", value_19 bigint,
    text_20 text, folded_20 text collate "C", value_20 bigint,
    text_21 text, folded_21 text collate "C", value_21 bigint,
    text_22 text, folded_22 text collate "C", value_22 bigint,
    text_23 text, folded_23 text collate "C", value_23 bigint,
    text_24 text, folded_24 text collate "C", value_24 bigint,
    text_25 text, folded_25 text collate "C", value_25 bigint,
    text_26 text, folded_26 text collate "C", value_26 bigint,
    text_27 text, folded_27 text collate "C", value_27 bigint,
    text_28 text, folded_28 text collate "C", value_28 bigint,
    text_29 text, folded_29 text collate "C", value_29 bigint,
    text_30 text, folded_30 text collate "C", value_30 bigint,
    text_31 text, folded_31 text collate "C", value_31 bigint,
    text_32 text, folded_32 text collate "C", value_32 bigint,
    text_33 text, folded_33 text collate "C", value_33 bigint,
    text_34 text, folded_34 text collate "C", value_34 bigint,
    text_35 text, folded_35 text collate "C", value_35 bigint,
    text_36 text, folded_36 text collate "C", value_36 bigint,
    text_37 text, folded_37 text collate "C", value_37 bigint,
    text_38 text, folded_38 text collate "C", value_38 bigint,
    text_39 text, folded_39 text collate "C", value_39 bigint,
    text_40 text, folded_40 text collate "C", value_40 bigint,
    text_41 text, folded_41 text collate "C", value_41 bigint,
    text_42 text, folded_42 text collate "C", value_42 bigint,
    text_43 text, folded_43 text collate "C", value_43 bigint,
    text_44 text, folded_44 text collate "C", value_44 bigint,
    text_45 text, folded_45 text collate "C", value_45 bigint,
    text_46 text, folded_46 text collate "C", value_46 bigint,
    text_47 text, folded_47 text collate "C", value_47 bigint,
    text_48 text, folded_48 text collate "C", value_48 bigint,
    text_49 text, folded_49 text collate "C", value_49 bigint,
    text_50 text, folded_50 text collate "C", value_50 bigint,
    text_51 text, folded_51 text collate "C", value_51 bigint,
    text_52 text, folded_52 text collate "C", value_52 bigint,
    text_53 text, folded_53 text collate "C", value_53 bigint,
    text_54 text, folded_54 text collate "C", value_54 bigint,
    text_55 text, folded_55 text collate "C", value_55 bigint,
    text_56 text, folded_56 text collate "C", value_56 bigint,
    text_57 text, folded_57 text collate "C", value_57 bigint,
    text_58 text, folded_58 text collate "C", value_58 bigint,
    text_59 text, folded_59 text collate "C", value_59 bigint,
    text_60 text, folded_60 text collate "C", value_60 bigint,
    text_61 text, folded_61 text collate "C", value_61 bigint,
    text_62 text, folded_62 text collate "C", value_62 bigint,
    text_63 text, folded_63 text collate "C", value_63 bigint,
    text_64 text, folded_64 text collate "C", value_64 bigint,
    text_65 text, folded_65 text collate "C", value_65 bigint,
    text_66 text, folded_66 text collate "C", value_66 bigint,
    text_67 text, folded_67 text collate "C", value_67 bigint,
    text_68 text, folded_68 text collate "C", value_68 bigint,
    text_69 text, folded_69 text collate "C", value_69 bigint,
    text_70 text, folded_70 text collate "C", value_70 bigint,
    text_71 text, folded_71 text collate "C", value_71 bigint,
    text_72 text, folded_72 text collate "C", value_72 bigint,
    text_73 text, folded_73 text collate "C", value_73 bigint,
    text_74 text, folded_74 text collate "C", value_74 bigint,
    text_75 text, folded_75 text collate "C", value_75 bigint,
    text_76 text, folded_76 text collate "C", value_76 bigint,
    text_77 text, folded_77 text collate "C", value_77 bigint,
    text_78 text, folded_78 text collate "C", value_78 bigint,
    text_79 text, folded_79 text collate "C", value_79 bigint,
    text_80 text, folded_80 text collate "C", value_80 bigint,
    text_81 text, folded_81 text collate "C", value_81 bigint,
    text_82 text, folded_82 text collate "C", value_82 bigint,
    text_83 text, folded_83 text collate "C", value_83 bigint,
    text_84 text, folded_84 text collate "C", value_84 bigint,
    text_85 text, folded_85 text collate "C", value_85 bigint,
    text_86 text, folded_86 text collate "C", value_86 bigint,
    text_87 text, folded_87 text collate "C", value_87 bigint,
    text_88 text, folded_88 text collate "C", value_88 bigint,
    text_89 text, folded_89 text collate "C", value_89 bigint,
    text_90 text, folded_90 text collate "C", value_90 bigint,
    text_91 text, folded_91 text collate "C", value_91 bigint,
    text_92 text, folded_92 text collate "C", value_92 bigint,
    text_93 text, folded_93 text collate "C", value_93 bigint,
    text_94 text, folded_94 text collate "C", value_94 bigint,
    text_95 text, folded_95 text collate "C", value_95 bigint,
    text_96 text, folded_96 text collate "C", value_96 bigint,
    text_97 text, folded_97 text collate "C", value_97 bigint,
    text_98 text, folded_98 text collate "C", value_98 bigint,
    text_99 text, folded_99 text collate "C", value_99 bigint,
    text_100 text, folded_100 text collate "C", value_100 bigint,
    constraint subscriber_newest primary key (account_id, id)
);
create unique index subscriber_email on subscriber (account_id, email_folded);
create index subscriber_status on subscriber (account_id, status, id);
create index subscriber_import on subscriber (account_id, import_id, id) where import_id is not null;

create table field (
    account_id bigint not null,
    id bigint not null primary key,
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
    id bigint not null primary key,
    name text not null,
    name_folded text collate "C" not null,
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
);
create index group_member_subscriber on group_member (account_id, subscriber_id, group_id);

create table tag (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    name_folded text collate "C" not null,
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
);
create index tagging_subscriber on tagging (account_id, subscriber_id, tag_id);

create table segment (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    name_folded text collate "C" not null,
    rule text not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index segment_name on segment (account_id, name_folded);

-- Addresses that never get mail again, whoever imports them. An erased person leaves only the hash.
create table suppression (
    account_id bigint not null,
    id bigint not null primary key,
    address_hash bytea not null,
    address text,
    reason text not null,
    created_at bigint not null
);
create unique index suppression_address on suppression (account_id, address_hash);

create table import (
    account_id bigint not null,
    id bigint not null primary key,
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
);

-- Changes to many people at once.
create table bulk_action (
    account_id bigint not null,
    id bigint not null primary key,
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
