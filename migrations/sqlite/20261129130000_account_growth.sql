-- How the active subscribers of an account became as many as they are, counted as if they were a group with the id 0. Of
-- those who left before this was counted nothing is known; who is active now joined when they were created.
insert into label_day (account_id, label_id, day, joined, removed)
    select account_id, 0, created_at / 86400000000, count(*), 0 from subscriber where status = 'active' group by 1, 2, 3;
insert into label_total (account_id, label_id, members)
    select account_id, 0, count(*) from subscriber where status = 'active' group by 1, 2;
