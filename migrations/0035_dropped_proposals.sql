-- A proposal that came to nothing by what the desk did itself: nobody decided on it, and it counts for nobody.
alter table proposals
  drop constraint proposals_state_check,
  add constraint proposals_state_check check (state in ('waiting', 'approved', 'rejected', 'dropped'));

-- `triage` takes a team by its id or its name, as `assign` does.
update proposals set arguments = (arguments - 'teamId') || jsonb_build_object('team', arguments -> 'teamId')
  where operation = 'triage' and state = 'waiting' and arguments ? 'teamId';

-- Of a refund and a delivery of one purchase one is ordered at a time. A refund that was tried in vain since is none any more.
create or replace function ask_for_owed(purchase text, refund boolean) returns text
  language plpgsql security definer set search_path from current as $$
declare found record;
begin
  select state, refund_approved_at is not null and refund_note is null as refunds,
      exists (select from delivery_requests where purchase_id = purchase) as delivers into found from claims
    where id = purchase and workspace_id = current_setting('postern.workspace_id') for update;
  if found.state is distinct from 'owed' then return found.state; end if;
  if refund then
    if found.delivers then return 'delivery ordered'; end if;
    update claims set refund_approved_at = now(), refund_next_at = now(), refund_note = null where id = purchase;
  else
    if found.refunds then return 'refund ordered'; end if;
    insert into delivery_requests (purchase_id) values (purchase) on conflict do nothing;
  end if;
  return found.state;
end $$;
