-- The names that programs give values to when they send a template: a JSON list. Nobody else knows these names.
alter table template add column variables text not null default '[]';
