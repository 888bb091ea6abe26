-- What the door's page is made of, beside what is there: what was asked for and not bought, and what a workspace may see
-- of its purchases' settlements.

-- Challenges and refusals, counted in each process and added up here every few seconds: a flood of them writes no more
-- than a trickle.
create table door_counts (
  workspace_id text not null references workspaces (id),
  -- Its beginning.
  hour timestamptz not null,
  -- A name of the catalogue, or `other`.
  operation text not null,
  -- `challenged`, or what a call was refused for: a code of the error table, a reason of x402's, or `other`.
  reason text not null,
  count int8 not null,
  primary key (workspace_id, hour, operation, reason)
);

-- The newest of a workspace, and those of a span.
create index claims_newest on claims (workspace_id, created_at, id);

-- Settlements belong to no workspace: one sees those of its own claims, and of their refunds.
create function settlement_of(purchase text, refund boolean)
  returns table (network text, state text, attempts int4, last_error text, valid_before int8, transaction_hash text,
    block_number int8, created_at timestamptz, updated_at timestamptz, sent json, sent_at timestamptz)
  language sql stable security definer set search_path from current rows 1 as $$
  select s.network, s.state, s.attempts, s.last_error, s.valid_before, s.transaction_hash, s.block_number, s.created_at,
    s.updated_at, signed.hashes, signed.first_at
  from claims c
    join settlements s on s.id = case when refund then 'rfd_' || substr(c.id, 5) else c.id end
    cross join lateral (
      select coalesce(json_agg(hash order by at), '[]') as hashes, min(at) as first_at
      from (
        select t.hash, t.created_at as at
        from relayer_transaction_settlements l join relayer_transactions t on t.id = l.transaction_id
        where l.settlement_id = s.id
        union all
        select signature, svm_transactions.created_at from svm_transactions where settlement_id = s.id
      ) as one
    ) as signed
  where c.id = purchase and c.workspace_id = current_setting('postern.workspace_id')
$$;

-- What becomes of a debt is not the workspace's to write, but for its members to ask. It is done by a running server.
-- Says how the purchase stands; null where the workspace has none of this id. Only what is owed is asked for.
create function ask_for_owed(purchase text, refund boolean) returns text
  language plpgsql security definer set search_path from current as $$
declare found_state text;
begin
  select state into found_state from claims
    where id = purchase and workspace_id = current_setting('postern.workspace_id') for update;
  if found_state is distinct from 'owed' then return found_state; end if;
  if refund then
    update claims set refund_approved_at = now(), refund_next_at = now() where id = purchase;
  else
    insert into delivery_requests (purchase_id) values (purchase) on conflict do nothing;
  end if;
  return found_state;
end $$;

revoke all on function settlement_of, ask_for_owed from public;
grant execute on function settlement_of, ask_for_owed to postern_workspace;

select isolate('door_counts');
grant select on door_counts to postern_workspace;
