-- What several people set is changed by who saw it as it is: the version rises with whatever they would write over.

create function raise_version() returns trigger language plpgsql as $$
begin
  new.version := old.version + 1;
  return new;
end $$;

alter table saved_replies add column version int4 not null default 1;
create trigger raise_version before update on saved_replies for each row
  when ((old.name, old.body) is distinct from (new.name, new.body)) execute function raise_version();

alter table macros add column version int4 not null default 1;
create trigger raise_version before update on macros for each row
  when ((old.name, old.actions) is distinct from (new.name, new.actions)) execute function raise_version();

-- Its place among the others is set by who names them all.
alter table rules add column version int4 not null default 1;
create trigger raise_version before update on rules for each row
  when ((old.name, old.enabled, old.trigger, old.minutes, old.all_of, old.any_of, old.actions)
    is distinct from (new.name, new.enabled, new.trigger, new.minutes, new.all_of, new.any_of, new.actions))
  execute function raise_version();

alter table desk_automation add column version int4 not null default 1;
create trigger raise_version before update on desk_automation for each row
  when ((old.week, old.holidays) is distinct from (new.week, new.holidays)) execute function raise_version();

alter table desk_settings add column version int4 not null default 1;
create trigger raise_version before update on desk_settings for each row
  when (old is distinct from new) execute function raise_version();
