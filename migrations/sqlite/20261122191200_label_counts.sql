-- Sizes of groups and tags without counting their members. Each batch that changes members adds a row to label_change,
-- which nobody waits for; a schedule folds those rows into the days and the totals.
create table label_change (
    account_id bigint not null,
    id integer not null primary key,
    label_id bigint not null,
    day bigint not null,
    joined bigint not null,
    removed bigint not null
);
create index label_change_label on label_change (account_id, label_id);

create table label_day (
    account_id bigint not null,
    label_id bigint not null,
    day bigint not null,
    joined bigint not null,
    removed bigint not null,
    primary key (account_id, label_id, day)
) without rowid;

create table label_total (
    account_id bigint not null,
    label_id bigint not null,
    members bigint not null,
    primary key (account_id, label_id)
) without rowid;

insert into label_day (account_id, label_id, day, joined, removed)
    select account_id, group_id, added_at / 86400000000, count(*), 0 from group_member group by 1, 2, 3;
insert into label_day (account_id, label_id, day, joined, removed)
    select account_id, tag_id, added_at / 86400000000, count(*), 0 from tagging group by 1, 2, 3;
insert into label_total (account_id, label_id, members)
    select account_id, label_id, cast(sum(joined) as bigint) from label_day group by 1, 2;
