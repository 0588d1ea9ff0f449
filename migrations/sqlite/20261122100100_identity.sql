-- Who may do what: accounts, people, sessions, API tokens; what they did; answers to repeated requests.

create table account (
    id integer not null primary key,
    name text not null,
    time_zone text not null,
    language text not null,
    sender_name text,
    sender_email text,
    reply_to text,
    postal_address text,
    version bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);

-- A person who can sign in, of any number of accounts. (USER is a reserved word.)
create table app_user (
    id integer not null primary key,
    email text not null,
    email_folded text not null,
    name text not null,
    password_hash text not null,
    password_changed_at bigint not null,
    created_at bigint not null,
    updated_at bigint not null
);
create unique index app_user_email on app_user (email_folded);

create table membership (
    account_id bigint not null,
    user_id bigint not null,
    role text not null check (role in ('owner', 'admin', 'editor', 'viewer')),
    added_by text not null,
    created_at bigint not null,
    updated_at bigint not null,
    primary key (account_id, user_id)
) without rowid;
create index membership_user on membership (user_id, account_id);

-- The cookie holds the secret, this its hash.
create table session (
    secret_hash blob not null primary key,
    user_id bigint not null,
    account_id bigint,
    created_at bigint not null,
    last_seen_at bigint not null,
    expires_at bigint not null,
    ip text,
    user_agent text
) without rowid;
create index session_of_user on session (user_id);
create index session_expiry on session (expires_at);

create table api_token (
    account_id bigint not null,
    id integer not null primary key,
    user_id bigint not null,
    name text not null,
    secret_hash blob not null,
    scopes text not null,
    created_by text not null,
    created_at bigint not null,
    expires_at bigint,
    last_used_at bigint,
    revoked_at bigint
);
create index api_token_account on api_token (account_id, id);
create unique index api_token_secret on api_token (secret_hash);

create table audit_log (
    account_id bigint not null,
    id integer not null primary key,
    at bigint not null,
    actor text not null,
    action text not null,
    target_kind text not null,
    target_id text not null,
    before text,
    after text
);
create index audit_log_newest on audit_log (account_id, id);
create index audit_log_target on audit_log (account_id, target_kind, target_id, id);

-- Attempts to sign in, counted per address and per network within a window of time.
create table throttle (
    key_hash blob not null primary key,
    attempts bigint not null,
    window_ends_at bigint not null
) without rowid;
create index throttle_end on throttle (window_ends_at);

-- What a POST with an Idempotency-Key was answered with. The body is sealed: an answer may hold a new token.
create table idempotency (
    account_id bigint,
    key_hash blob not null primary key,
    request_hash blob not null,
    state text not null check (state in ('running', 'done')),
    took_effect smallint not null check (took_effect in (0, 1)),
    node_epoch bigint not null,
    status bigint,
    headers text,
    body blob,
    created_at bigint not null
);
create index idempotency_created on idempotency (created_at);
