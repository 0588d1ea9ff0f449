-- Pictures for mails. Their bytes lie apart, so that lists do not read them.
create table file (
    account_id bigint not null,
    id integer not null primary key,
    name text not null,
    name_folded text not null,
    alt text,
    kind text not null check (kind in ('png', 'jpeg', 'gif', 'webp')),
    width bigint not null,
    height bigint not null,
    size_bytes bigint not null,
    sha256 text not null,
    token text not null,
    created_at bigint not null,
    created_by text not null,
    updated_at bigint not null
);
create index file_newest on file (account_id, id);
create unique index file_content on file (account_id, sha256);
-- What a public address names: nobody who asks for a picture has an account.
create unique index file_token on file (token);

create table file_blob (
    account_id bigint not null,
    id integer not null primary key,
    bytes blob not null
);
