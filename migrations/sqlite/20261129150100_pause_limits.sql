-- When campaigns of an account pause by themselves: by shares of bounces and complaints, in 1,000, once so many messages are
-- at an end. The defaults are what held for everybody before.
alter table account add column pause_bounces_per_1000 bigint not null default 80;
alter table account add column pause_complaints_per_1000 bigint not null default 3;
alter table account add column pause_min_messages bigint not null default 200;
