-- Mail as people write it: copies, attachments, forwards, conversations that an operator starts, signatures.

-- Content of files, once a workspace however often it is attached.
create table blobs (
  workspace_id text not null references workspaces (id),
  -- Of the bytes, in hexadecimal.
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  size int4 not null check (size = octet_length(bytes)),
  bytes bytea not null,
  primary key (workspace_id, sha256)
);
-- What people attach is mostly packed already.
alter table blobs alter column bytes set storage external;

create table attachments (
  workspace_id text not null references workspaces (id),
  id text not null,
  -- Null: uploaded, and no message has it yet; it goes after a day.
  message_id text,
  position int2 not null default 0,
  name text not null check (char_length(name) between 1 and 200),
  media_type text not null,
  size int4 not null,
  sha256 text not null,
  -- As `actorOf` says it: nobody else attaches what waits.
  uploaded_by text not null,
  created_at timestamptz not null,
  primary key (workspace_id, id),
  foreign key (workspace_id, sha256) references blobs (workspace_id, sha256),
  foreign key (workspace_id, message_id) references messages (workspace_id, id) on delete cascade
);
create index attachments_of_message on attachments (workspace_id, message_id, position) where message_id is not null;
create index attachments_waiting on attachments (created_at) where message_id is null;
create index attachments_of_blob on attachments (workspace_id, sha256);

-- Who gets a copy of every reply, beside the customer.
create table ticket_participants (
  workspace_id text not null references workspaces (id),
  ticket_id text not null,
  -- Lower case.
  address text not null,
  created_at timestamptz not null,
  primary key (workspace_id, ticket_id, address),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id)
);
create index ticket_participants_by_address on ticket_participants (workspace_id, address);

create table signatures (
  workspace_id text not null references workspaces (id),
  user_id text not null,
  -- With its variables as they were written.
  body text not null check (char_length(body) between 1 and 2000),
  primary key (workspace_id, user_id),
  foreign key (workspace_id, user_id) references members (workspace_id, user_id) on delete cascade
);

alter table outbox
  add column cc text[] not null default '{}',
  -- In the envelope and in no header.
  add column bcc text[] not null default '{}',
  -- Whom the server has taken it for, and whom it will not: [{"address", "error"}]. Who is in neither waits.
  add column delivered text[] not null default '{}',
  add column refused jsonb not null default '[]',
  -- The message of the ticket that it carries, with that message's attachments.
  add column of_message text,
  -- False for a forward: an answer to it is none of the customer's.
  add column in_thread boolean not null default true;
update outbox set delivered = array[rcpt_to] where state = 'sent';
update outbox set of_message = m.id from messages m
  where m.workspace_id = outbox.workspace_id and m.ticket_id = outbox.ticket_id
    and outbox.message_id like '<' || m.id || '@%';
create index outbox_of_message on outbox (workspace_id, of_message) where of_message is not null;

-- The closed ticket that a customer answered: what they wrote opened this one.
alter table tickets add column follow_up_of text;
create index tickets_follow_ups on tickets (workspace_id, follow_up_of, number desc) where follow_up_of is not null;

select isolate('blobs', 'attachments', 'ticket_participants', 'signatures');
grant select, insert, update, delete on blobs, attachments, ticket_participants, signatures to postern_workspace;
