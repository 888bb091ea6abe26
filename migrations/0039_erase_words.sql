-- An erasure also takes a customer's address out of what others wrote of them.

-- The address by itself, and not as the end of a longer one or the beginning of another. Before it may stand the escape of a
-- line's end, as JSON has it.
create function address_pattern(address text) returns text language sql immutable as $$
  select '((?<![\w.%+-])|(?<=\\[nrtbf]))' || regexp_replace(address, '([.*+?^${}()|\[\]\\])', '\\\1', 'g') || '(?![\w-]|\.\w)'
$$;
create function without_addresses(words text, addresses text[]) returns text language plpgsql immutable as $$
declare
  address text;
begin
  foreach address in array addresses loop
    words := regexp_replace(words, address_pattern(address), '[erased]', 'gi');
  end loop;
  return words;
end $$;

-- The audit log is only ever added to, by whoever works in a workspace. This is all that is ever changed of it: reasons of what
-- was done to customers who are erased, and an address that no customer has any more, in words of the workspace's own.
create function erase_in_audit_log(customers_erased text[], addresses text[]) returns void language sql security definer
  set search_path from current as $$
  with gone as (
    select id from customers where workspace_id = current_setting('postern.workspace_id', true)
      and id = any(customers_erased) and erased_at is not null
  ), free as (
    select coalesce(array_agg(said.address), '{}') as addresses from unnest(addresses) as said (address)
    where said.address like '%_@_%' and not exists (select from customer_addresses a
      where a.workspace_id = current_setting('postern.workspace_id', true) and a.address = lower(said.address))
  )
  update audit_log set
    reason = case when reason <> '' and subject in (select id from gone) then '[erased]'
      else without_addresses(reason, free.addresses) end,
    details = case when action = 'automation.changed' then without_addresses(details::text, free.addresses)::jsonb
      else details end
  from free
  where workspace_id = current_setting('postern.workspace_id', true)
    and (subject in (select id from gone) or reason like '%@%' or action = 'automation.changed')
$$;
revoke all on function erase_in_audit_log from public;
grant execute on function erase_in_audit_log to postern_workspace;
