-- How long before their start bookings are announced, because an automation waits for it, and since when.
create table booking_notice_time (
    account_id bigint not null,
    minutes bigint not null,
    since bigint not null,
    primary key (account_id, minutes)
);

-- Which bookings were. A booking that is moved is announced again.
create table booking_notice (
    account_id bigint not null,
    booking_id bigint not null,
    minutes bigint not null,
    start_at bigint not null,
    at bigint not null,
    primary key (account_id, booking_id, minutes, start_at)
);

-- What ends by itself is looked for whenever something is booked.
create index booking_claim_expiry on booking_claim (account_id, host_id, expires_at) where expires_at is not null;
