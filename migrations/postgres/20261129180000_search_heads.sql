-- Who has a word or an address that begins with these three characters, by age: a page of the newest of them is read
-- without looking at the others, however many they are.
create index search_term_head on search_term (account_id, substr(term_folded, 1, 3), subscriber_id);
create index subscriber_head on subscriber (account_id, substr(email_folded, 1, 3), id);
