-- What somebody gave whom nobody had vouched for is masked in the tickets that it was given in, also once a reply has made
-- their record a customer's: else anybody could have words masked in a customer's other tickets, and see whose those are.

-- Null where it is the customer's own, and masked in all of their tickets.
alter table customer_aliases add column given_in text[];

-- As in 0034, and what the customer was called by the workspace is their own, whoever gave it before.
create or replace function keep_customer_alias() returns trigger language plpgsql as $$
begin
  insert into customer_aliases (workspace_id, customer_id, kind, value)
    select old.workspace_id, old.id, kind, value from (values
      ('name', case when old.name is distinct from new.name then old.name end),
      ('email', case when not old.email_verified and lower(old.email) is distinct from lower(new.email)
        then lower(old.email) end)
    ) as former (kind, value)
    where value is not null
    on conflict (workspace_id, customer_id, kind, value) do update set given_in = null;
  return new;
end $$;
