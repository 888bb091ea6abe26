-- What members began to write on tickets, so that it is there on another device.

create table drafts (
  workspace_id text not null references workspaces (id),
  ticket_id text not null,
  user_id text not null,
  kind text not null check (kind in ('reply', 'note', 'forward')),
  -- Empty where only files are attached, or only a recipient is named.
  body text not null check (char_length(body) <= 50000),
  -- Of a forward.
  forward_to text,
  -- Null: whoever gets copies by default.
  cc text[],
  bcc text[] not null default '{}',
  -- Uploads that are to go with it; those that have expired since are gone.
  attachment_ids text[] not null default '{}',
  -- The ticket's version as it was read when this was begun: what came after it is shown before it is sent.
  seen int4 not null,
  -- Rises with every save: a device that saved finds out that another one did meanwhile.
  version int4 not null default 1,
  saved_at timestamptz not null,
  -- One of each kind: what is for colleagues never becomes what a customer gets.
  primary key (workspace_id, ticket_id, user_id, kind),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id) on delete cascade
);

select isolate('drafts');
grant select, insert, update, delete on drafts to postern_workspace;

-- What agents paid for on a ticket.
create index purchases_of_ticket on purchases (workspace_id, (input ->> 'ticketId')) where input ? 'ticketId';
