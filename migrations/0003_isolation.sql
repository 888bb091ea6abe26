-- Row-level security: a query that forgets its filter still sees one workspace only.
-- postern_workspace owns nothing and cannot bypass it; each transaction takes that role for its time.
do $$ begin
  create role postern_workspace nologin nosuperuser nobypassrls;
exception when duplicate_object or unique_violation then null;
end $$;
grant postern_workspace to current_user;

do $$
declare t text;
begin
  foreach t in array array['customers', 'tickets', 'messages', 'articles', 'proposals', 'outbox', 'purchases',
    'receipts', 'workspace_networks', 'workspace_prices', 'claims'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    -- The subselect makes it a constant for the query: nothing measurable, where a plain call costs 35 ms a list.
    execute format($p$create policy of_workspace on %I to postern_workspace
      using (workspace_id = (select current_setting('postern.workspace_id')))
      with check (workspace_id = (select current_setting('postern.workspace_id')))$p$, t);
    -- The owner that runs asSystem need not be a superuser, and `force` binds owners too.
    execute format('create policy of_system on %I to current_user using (true) with check (true)', t);
  end loop;
  -- A workspace sees itself.
  alter table workspaces enable row level security;
  alter table workspaces force row level security;
  create policy of_workspace on workspaces to postern_workspace
    using (id = (select current_setting('postern.workspace_id')))
    with check (id = (select current_setting('postern.workspace_id')));
  create policy of_system on workspaces to current_user using (true) with check (true);
  execute format('grant usage on schema %I to postern_workspace', current_schema());
end $$;

grant select, insert, update, delete on customers, tickets, messages, articles, proposals, outbox to postern_workspace;
grant select, insert, update on purchases, receipts to postern_workspace;
grant select on workspace_networks, workspace_prices, workspaces, claims to postern_workspace;
grant update (next_ticket_number) on workspaces to postern_workspace;
grant update (state, reason, attempts, updated_at) on claims to postern_workspace;
