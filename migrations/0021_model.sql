-- What the model that is configured was asked to spend, by workspace and day (UTC). A call sets aside what it may use at most
-- and gives back the rest; what a process that died had set aside counts as spent.
create table model_tokens (
  workspace_id text not null references workspaces (id) on delete cascade,
  day date not null,
  tokens int8 not null check (tokens >= 0),
  primary key (workspace_id, day)
);

select isolate('model_tokens');
grant select, insert, update on model_tokens to postern_workspace;
