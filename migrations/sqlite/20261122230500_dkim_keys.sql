-- What mail is signed with. The private half is sealed.
create table dkim_key (
    account_id bigint not null,
    id integer not null primary key,
    domain text not null,
    selector text not null,
    algorithm text not null check (algorithm in ('rsa', 'ed25519')),
    secret blob not null,
    record text not null,
    is_active smallint not null check (is_active in (0, 1)),
    created_at bigint not null
);
create unique index dkim_key_record on dkim_key (account_id, domain, selector);
