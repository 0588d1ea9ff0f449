-- Which conditions of a block document held for the recipient when the message was written, a bit for each: so that the
-- web version shows the blocks that were sent. Null where there are none, or nothing was written yet.
alter table message add column shown bigint;
