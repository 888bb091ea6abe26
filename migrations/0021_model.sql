-- What the model that is configured was asked to spend, by workspace and day (UTC). A call sets aside what it may use at most
-- and gives back the rest; what a process that died had set aside counts as spent.
create table model_tokens (
  workspace_id text not null references workspaces (id) on delete cascade,
  day date not null,
  tokens int8 not null check (tokens >= 0),
  primary key (workspace_id, day)
);

do $$
declare t text;
begin
  foreach t in array array['model_tokens'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy of_workspace on %I to postern_workspace
      using (workspace_id = (select current_setting('postern.workspace_id')))
      with check (workspace_id = (select current_setting('postern.workspace_id')))$p$, t);
    execute format('create policy of_system on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert, update on model_tokens to postern_workspace;
