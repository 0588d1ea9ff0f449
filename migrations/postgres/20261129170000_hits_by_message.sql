-- A message that is opened again and again: what people did first is found without reading the rest, and so are the clicks
-- of the last seconds. Nothing is looked up by the campaign alone.
drop index hit_message;
drop index hit_source;
drop index hit_first;
create index hit_message on hit (account_id, message_id, kind, at);
create index hit_first on hit (account_id, source_id, kind, message_id) where is_first = 1;
create index hit_first_message on hit (account_id, message_id, kind, link_number) where is_first = 1;
