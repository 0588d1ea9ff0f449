-- Servers that requests of automations go to.

-- Servers that failed when they were last asked: in a row, and until when they are left alone.
create table automation_host (
    account_id bigint not null,
    host text not null,
    failures bigint not null,
    rests bigint not null,
    until bigint,
    error text not null,
    failed_at bigint not null,
    primary key (account_id, host)
) without rowid;
