-- What mail is signed with. The private half is sealed.
create table dkim_key (
    account_id bigint not null,
    id bigint not null primary key,
    domain text collate "C" not null,
    selector text collate "C" not null,
    algorithm text not null check (algorithm in ('rsa', 'ed25519')),
    secret bytea not null,
    record text not null,
    is_active smallint not null check (is_active in (0, 1)),
    created_at bigint not null
);
create unique index dkim_key_record on dkim_key (account_id, domain, selector);
