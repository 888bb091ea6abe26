-- What customers were called before: strangers do not see it either, and it is handed out and erased with the rest.

create table customer_aliases (
  workspace_id text not null references workspaces (id),
  customer_id text not null,
  kind text not null check (kind in ('name', 'email')),
  -- An address in lower case.
  value text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, customer_id, kind, value),
  foreign key (workspace_id, customer_id) references customers (workspace_id, id) on delete cascade
);
create index customer_aliases_of_email on customer_aliases (workspace_id, value) where kind = 'email';

-- An address that was verified stays in customer_addresses, until somebody says that it is not theirs.
create function keep_customer_alias() returns trigger language plpgsql as $$
begin
  insert into customer_aliases (workspace_id, customer_id, kind, value)
    select old.workspace_id, old.id, kind, value from (values
      ('name', case when old.name is distinct from new.name then old.name end),
      ('email', case when not old.email_verified and lower(old.email) is distinct from lower(new.email)
        then lower(old.email) end)
    ) as former (kind, value)
    where value is not null
    on conflict do nothing;
  return new;
end $$;
create trigger keep_customer_alias after update of name, email on customers
  for each row when (new.erased_at is null) execute function keep_customer_alias();

select isolate('customer_aliases');
grant select, insert, update, delete on customer_aliases to postern_workspace;

-- A block is of whoever uses the address: of the customer who has it, of who had it where nobody has it now, and of a record
-- that only names it. `lower` is not leakproof, so its index is used by the tables' owner alone, as for customers_named.
create index customers_blocked on customers (workspace_id, lower(email)) where blocked_at is not null;
create function is_blocked_address(asked text) returns boolean language sql stable security definer
  set search_path from current as $$
  select exists (select from customers where workspace_id = current_setting('postern.workspace_id', true)
      and lower(email) = asked and blocked_at is not null)
    or exists (select from customer_addresses a join customers c on c.workspace_id = a.workspace_id and c.id = a.customer_id
      where a.workspace_id = current_setting('postern.workspace_id', true) and a.address = asked
        and c.blocked_at is not null)
    or exists (select from customer_aliases a join customers c on c.workspace_id = a.workspace_id and c.id = a.customer_id
      where a.workspace_id = current_setting('postern.workspace_id', true) and a.kind = 'email' and a.value = asked
        and c.blocked_at is not null and not exists (select from customer_addresses theirs
          where theirs.workspace_id = a.workspace_id and theirs.address = a.value))
$$;
revoke all on function is_blocked_address from public;
grant execute on function is_blocked_address to postern_workspace;
