-- The list also has whole domains and hashes from elsewhere, and one of the whole instance, whose account is 0.
-- `address` is what people see: an address, a domain, a hash; null when only the keyed hash is left of an erased person.
-- `via_id` is the entry for which a single address is listed: a domain, a hash, or one of the instance.
alter table suppression add column kind text not null default 'address'
    check (kind in ('address', 'domain', 'sha256', 'md5'));
alter table suppression add column via_id bigint;
create index suppression_kind on suppression (account_id, kind);
create index suppression_newest on suppression (account_id, id);
create index suppression_via on suppression (via_id, id) where via_id is not null;
