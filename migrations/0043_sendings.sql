-- What members sent, by a key that their client made for the one sending: a repeat after a lost answer gets the first answer,
-- and sends nothing. For a day; the answers hold ids and versions, and nothing that was written.

create table sendings (
  workspace_id text not null references workspaces (id),
  -- Who sent: a key is theirs alone.
  actor text not null,
  key text not null,
  -- SHA-256 of the operation and its arguments: the same key with others is another sending.
  sha256 text not null,
  output jsonb not null,
  sent_at timestamptz not null,
  primary key (workspace_id, actor, key)
);
create index sendings_age on sendings (sent_at);

select isolate('sendings');
grant select, insert, update, delete on sendings to postern_workspace;
