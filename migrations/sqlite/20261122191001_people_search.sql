-- What people are found by: written behind the changes, by a consumer of events.

-- The words of one person, each with a space before it.
create table search_words (
    account_id bigint not null,
    subscriber_id bigint not null,
    words text not null,
    primary key (account_id, subscriber_id)
) without rowid;

create table search_term (
    account_id bigint not null,
    term_folded text not null,
    subscriber_id bigint not null,
    primary key (account_id, term_folded, subscriber_id)
) without rowid;

-- Who was active last.
create index subscriber_activity on subscriber (account_id, last_activity_at, id) where last_activity_at is not null;
