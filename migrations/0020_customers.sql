-- Customers as people know them: one person over several addresses, notes about them, blocked, erased.

alter table customers
  add column blocked_at timestamptz,
  -- Nothing of theirs is left but what books and statistics need.
  add column erased_at timestamptz;

-- Every verified address, the primary one (customers.email) included: one address is one customer. The trigger keeps the
-- primary one in; a former one stays theirs until somebody takes it away.
create table customer_addresses (
  workspace_id text not null references workspaces (id),
  -- Lower case.
  address text not null,
  customer_id text not null,
  created_at timestamptz not null default now(),
  primary key (workspace_id, address),
  foreign key (workspace_id, customer_id) references customers (workspace_id, id) on delete cascade
);
create index customer_addresses_of_customer on customer_addresses (workspace_id, customer_id);
insert into customer_addresses (workspace_id, address, customer_id)
  select workspace_id, lower(email), id from customers where email_verified and email is not null;

create function keep_customer_address() returns trigger language plpgsql as $$
begin
  if new.email_verified and new.email is not null then
    insert into customer_addresses (workspace_id, address, customer_id)
      values (new.workspace_id, lower(new.email), new.id)
      on conflict (workspace_id, address) do update set customer_id = excluded.customer_id
        where customer_addresses.customer_id = excluded.customer_id;
    if not exists (select from customer_addresses where workspace_id = new.workspace_id
        and address = lower(new.email) and customer_id = new.id) then
      raise unique_violation using constraint = 'customer_addresses_pkey',
        message = 'the address belongs to another customer';
    end if;
  end if;
  return new;
end $$;
create trigger keep_customer_address after insert or update of email, email_verified on customers
  for each row execute function keep_customer_address();
create index customers_newest on customers (workspace_id, created_at desc, id desc);
create index customers_unverified_email on customers (workspace_id, lower(email)) where not email_verified;
create index tickets_of_customer on tickets (workspace_id, customer_id, created_at desc) where customer_id is not null;

create table customer_notes (
  workspace_id text not null references workspaces (id),
  id text not null,
  customer_id text not null,
  -- As `actorOf` says it.
  author text not null,
  body text not null check (char_length(body) between 1 and 50000),
  created_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, customer_id) references customers (workspace_id, id) on delete cascade
);
create index customer_notes_newest on customer_notes (workspace_id, customer_id, created_at desc);

select isolate('customer_addresses', 'customer_notes');
grant select, insert, update, delete on customer_addresses, customer_notes to postern_workspace;
-- What a customer said is taken out of history where the customer is erased; nothing else changes it.
grant update (changes) on ticket_events to postern_workspace;
