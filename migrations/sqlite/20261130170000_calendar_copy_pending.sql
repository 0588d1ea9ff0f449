-- A copy is remembered before it is put into a calendar, so that one is found and taken out that nobody came to remember.
create table calendar_copy_new (
    account_id bigint not null,
    booking_id bigint not null,
    host_id bigint not null,
    calendar_id bigint not null,
    object_key text not null,
    uid text not null,
    etag text,
    sequence bigint not null,
    start_at bigint not null,
    end_at bigint not null,
    -- Pending: it may be there. Gone: somebody deleted it there. Failed: the calendar did not take it.
    state text not null check (state in ('pending', 'written', 'gone', 'failed')),
    fault text,
    updated_at bigint not null,
    primary key (account_id, booking_id, host_id)
) without rowid;
insert into calendar_copy_new select * from calendar_copy;
drop table calendar_copy;
alter table calendar_copy_new rename to calendar_copy;
create index calendar_copy_key on calendar_copy (account_id, calendar_id, object_key);
