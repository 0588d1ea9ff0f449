-- Which link a click followed, so that rules can ask for it by index.
alter table event add column target_id bigint;
create index event_target on event (account_id, target_id, kind, at, subscriber_id, subject_id) where target_id is not null;

-- Addresses that links lead to, as they were written in mails. The same one may be here twice.
create table link_target (
    account_id bigint not null,
    id bigint not null primary key,
    url text not null,
    url_folded text collate "C" not null,
    url_hash bigint not null
);
create index link_target_url on link_target (account_id, url_hash);

-- Who is in a segment: see crates/audience/src/segments/members.
create table segment_member (
    account_id bigint not null,
    segment_id bigint not null,
    subscriber_id bigint not null,
    entered_at bigint not null,
    primary key (account_id, segment_id, subscriber_id)
);
create index segment_member_subscriber on segment_member (account_id, subscriber_id, segment_id);

-- How far a segment's members are known.
create table segment_membership (
    account_id bigint not null,
    segment_id bigint not null primary key,
    state text not null check (state in ('building', 'current', 'broken')),
    -- Rises whenever the members have to be determined anew.
    generation bigint not null,
    fault text,
    size bigint not null,
    as_of bigint not null,
    due_at bigint,
    time_zone text not null
);
create index segment_membership_account on segment_membership (account_id, segment_id);
create index segment_membership_due on segment_membership (due_at) where due_at is not null;
insert into segment_membership (account_id, segment_id, state, generation, size, as_of, due_at, time_zone)
select account_id, id, 'building', 0, 0, 0, 0, '' from segment;

-- Days are those of the account's zone, counted from 1970-01-01.
create table segment_day (
    account_id bigint not null,
    segment_id bigint not null,
    day bigint not null,
    entered bigint not null,
    departed bigint not null,
    size bigint not null,
    primary key (account_id, segment_id, day)
);
