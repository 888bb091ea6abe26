-- Admit and claim for all calls that came at the same moment: one statement, one commit, and what all new wallets spend
-- together is locked once. `calls` is an array of purchases with their columns' names; the answer has one row a call, in
-- their order.
--
-- Each is judged as if it had come alone, one after the other. The rows that they are judged by are locked before the first
-- of them, in an order that every process keeps (wallets, then new_wallet_spending, each by its key), and so are claims
-- made: no two that lock many wait for each other. Invariant 5 is in `for update`: who waits for the row reads it anew, so
-- of two that find room for one the second finds none. `on conflict do nothing` covers the unique keys of claims: the
-- authorization (invariant 1), the wallet in flight (invariant 4), the client's name for the call.
create function claim_purchases(calls json) returns table (
  place int8,
  -- Null where it is refused, or taken: then every cap is null as well.
  claimed claims,
  refused_cap text,
  -- Whose bound it is.
  refused_of text,
  refused_limit int8,
  frees_at timestamptz,
  frees_in_seconds int4
) language plpgsql as $$
declare
  call record;
  wallet wallets;
  pool new_wallet_spending;
  is_new boolean;
  bound record;
  -- The places of those that are claimed.
  won int8[] := '{}';
begin
  -- A wallet's first call: a row can be locked only once it is there.
  insert into wallets (workspace_id, address)
  select distinct c.workspace_id, c.payer from json_to_recordset(calls) as c (workspace_id text, payer text)
  where not exists (select from wallets w where w.workspace_id = c.workspace_id and w.address = c.payer)
  order by 1, 2 on conflict do nothing;

  perform from wallets where (workspace_id, address) in (
    select c.workspace_id, c.payer from json_to_recordset(calls) as c (workspace_id text, payer text))
  order by workspace_id, address for update;

  perform from new_wallet_spending where workspace_id in (
    select w.workspace_id from json_to_recordset(calls) as c (workspace_id text, payer text)
      join wallets w on w.workspace_id = c.workspace_id and w.address = c.payer and w.standing = 'new')
  order by workspace_id for update;

  for call in
    select c.* from rows from (json_to_recordset(calls) as (id text, workspace_id text, network text, asset text, payer text,
      nonce text, pay_to text, amount_atomic int8, call_hash text, signature text, identifier text, process_id text,
      breaker text, proposes boolean)) with ordinality as c (id, workspace_id, network, asset, payer, nonce, pay_to,
      amount_atomic, call_hash, signature, identifier, process_id, breaker, proposes, place)
    -- Every unique key of claims has the payer in it.
    order by c.payer, c.network, c.asset, c.place
  loop
    place := call.place;
    claimed := null;
    select * into strict wallet from wallets where workspace_id = call.workspace_id and address = call.payer;
    is_new := wallet.standing = 'new';
    select * into pool from new_wallet_spending where is_new and workspace_id = call.workspace_id;
    -- A window that is over begins again now.
    if now() >= wallet.minute_at + interval '1 minute' then
      wallet.minute_at := now(); wallet.minute_calls := 0;
    end if;
    if now() >= wallet.day_at + interval '1 day' then
      wallet.day_at := now(); wallet.day_actions := 0; wallet.day_amount_atomic := 0;
    end if;
    if now() >= pool.minute_at + interval '1 minute' then
      pool.minute_at := now(); pool.minute_calls := 0;
    end if;
    if now() >= pool.day_at + interval '1 day' then
      pool.day_at := now(); pool.day_actions := 0; pool.day_amount_atomic := 0;
    end if;

    -- The bound that stands in the way; of several the one that frees last, for a call before that would be in vain, and of
    -- those that free together the wallet's own.
    select b.cap, b.whose, b.most, case when b.asked <= b.most then b.frees_at end as frees_at into bound
    from (
      select b.*, s.whose, b.nth + s.after as nth_of_all
      from (values
          ('wallet', 0, wallet.standing, wallet.minute_at, wallet.minute_calls, wallet.day_at, wallet.day_actions,
            wallet.day_amount_atomic),
          ('new wallets', 3, case when is_new then 'all new' end, pool.minute_at, pool.minute_calls, pool.day_at,
            pool.day_actions, pool.day_amount_atomic)
        ) as s (whose, after, caps_of, minute_at, minute_calls, day_at, day_actions, day_amount_atomic)
        left join workspace_caps caps on caps.workspace_id = call.workspace_id and caps.standing = s.caps_of,
        lateral (values
          -- A wallet whose standing has no caps, such as a blocked one, has no room at all.
          (1, 'calls_per_minute', s.minute_calls::int8, 1::int8, coalesce(caps.calls_per_minute, 0)::int8,
            s.minute_at + interval '1 minute'),
          (2, 'actions_per_day', s.day_actions, 1, coalesce(caps.actions_per_day, 0), s.day_at + interval '1 day'),
          (3, 'usd_per_day', s.day_amount_atomic, call.amount_atomic, coalesce(caps.amount_per_day_atomic, 0),
            s.day_at + interval '1 day')
        ) as b (nth, cap, used, asked, most, frees_at)
      where s.caps_of is not null
      union all
      select 0, 'blocked', 0, 1, 0, null, 'wallet', 0 where wallet.standing = 'blocked'
      union all
      -- Nobody knows when a proposal will be decided.
      select 0, 'waiting_proposals', pool.waiting_proposals, 1, p.waiting_proposals_of_new, null, 'new wallets', 7
      from workspace_policies p where p.workspace_id = call.workspace_id and is_new and call.proposes
    ) as b
    where b.used + b.asked > b.most
    order by b.cap = 'blocked' desc, case when b.asked <= b.most then b.frees_at end desc nulls first, b.nth_of_all limit 1;
    refused_cap := bound.cap;
    refused_of := bound.whose;
    refused_limit := bound.most;
    frees_at := bound.frees_at;
    frees_in_seconds := greatest(1, ceil(extract(epoch from bound.frees_at - now())));

    if bound.cap is null then
      insert into claims (id, workspace_id, network, asset, payer, nonce, pay_to, amount_atomic, call_hash, signature,
        identifier, process_id, breaker, standing, holds_proposal, created_at)
      values (call.id, call.workspace_id, call.network, call.asset, call.payer, call.nonce, call.pay_to,
        call.amount_atomic, call.call_hash, call.signature, call.identifier, call.process_id, call.breaker,
        wallet.standing, is_new and call.proposes,
        -- Not before the windows it is counted in, which another's slightly later clock may have begun.
        greatest(now(), wallet.day_at, pool.day_at))
      on conflict do nothing returning * into claimed;
    end if;
    -- What is not claimed spends nothing.
    if claimed.id is not null then
      won := won || call.place;
      update wallets set minute_at = wallet.minute_at, minute_calls = wallet.minute_calls + 1, day_at = wallet.day_at,
        day_actions = wallet.day_actions + 1, day_amount_atomic = wallet.day_amount_atomic + call.amount_atomic
      where workspace_id = call.workspace_id and address = call.payer;
      update new_wallet_spending set minute_at = pool.minute_at, minute_calls = pool.minute_calls + 1,
        day_at = pool.day_at, day_actions = pool.day_actions + 1,
        day_amount_atomic = pool.day_amount_atomic + call.amount_atomic,
        waiting_proposals = pool.waiting_proposals + claimed.holds_proposal::int4
      where is_new and workspace_id = call.workspace_id;
    end if;
    return next;
  end loop;

  insert into purchases (workspace_id, id, operation, input, plan, private, payer)
  select c.workspace_id, c.id, c.operation, c.input, c.plan, c.private, c.payer
  from rows from (json_to_recordset(calls) as (workspace_id text, id text, operation text, input jsonb, plan jsonb,
    private boolean, payer text)) with ordinality
    as c (workspace_id, id, operation, input, plan, private, payer, place)
  where c.place = any(won);
  insert into settlements (id, network, asset, payer, pay_to, amount_atomic, valid_after, valid_before, nonce,
    signature, verified_at_block)
  select c.id, c.network, c.asset, c.payer, c.pay_to, c.amount_atomic, c.valid_after, c.valid_before, c.nonce,
    c.signature, c.verified_at_block
  from rows from (json_to_recordset(calls) as (id text, network text, asset text, payer text, pay_to text,
    amount_atomic int8, valid_after int8, valid_before int8, nonce text, signature text, verified_at_block int8))
    with ordinality as c (id, network, asset, payer, pay_to, amount_atomic, valid_after, valid_before, nonce,
    signature, verified_at_block, place)
  where c.place = any(won);
end $$;
