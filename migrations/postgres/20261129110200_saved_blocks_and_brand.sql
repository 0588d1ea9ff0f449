-- Blocks to be used again, and how an account looks.
create table saved_block (
    account_id bigint not null,
    id bigint not null primary key,
    name text not null,
    name_folded text collate "C" not null,
    block text not null,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null,
    created_by text not null
);
create index saved_block_newest on saved_block (account_id, id);

create table brand (
    account_id bigint not null primary key,
    logo_file_id bigint,
    brand text not null,
    version bigint not null,
    updated_at bigint not null
);
