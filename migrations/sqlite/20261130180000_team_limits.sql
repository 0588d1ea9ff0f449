-- What limits all event types with several hosts of an account together: JSON, with the first day of its weeks.
alter table booking_settings add column team_limits text not null default '{}';
