-- A copy is remembered before it is put into a calendar, so that one is found and taken out that nobody came to remember.
alter table calendar_copy drop constraint calendar_copy_state_check;
alter table calendar_copy add constraint calendar_copy_state_check
    check (state in ('pending', 'written', 'gone', 'failed'));
