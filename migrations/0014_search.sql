-- Search over tickets: one document a ticket, for its words may be spread over messages. Newest first is by number, which
-- never changes: so a page is where it was, however the tickets move meanwhile.

create table ticket_documents (
  workspace_id text not null references workspaces (id),
  ticket_id text not null,
  number int8 not null,
  -- Subject and tags.
  head tsvector not null default '',
  -- Name and address of the customer. Agents who are strangers never search in it.
  customer tsvector not null default '',
  -- Public messages, and notes.
  said tsvector not null default '',
  noted tsvector not null default '',
  words tsvector generated always as (head || customer || said || noted) stored,
  primary key (workspace_id, number),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id) on delete cascade
);
create unique index ticket_documents_of_ticket on ticket_documents (workspace_id, ticket_id);
create index ticket_documents_words on ticket_documents using gin (words);
-- Words lie beside the row, and as they are: what the index finds is then read from few pages, by its number alone.
alter table ticket_documents set (toast_tuple_target = 256);
alter table ticket_documents alter column words set storage external,
  alter column workspace_id set storage plain, alter column ticket_id set storage plain;
alter table ticket_documents alter column words set statistics 1000;

-- English stems, whatever the language: query and document are cut alike, so other words match at least themselves.
create function ticket_words(text text) returns tsvector language sql immutable parallel safe as
  $$ select to_tsvector('english', text) $$;

create function customer_words(name text, email text) returns tsvector language sql immutable parallel safe as $$
  -- The address whole, and in its parts.
  select to_tsvector('simple', concat_ws(' ', name, email, translate(email, '@.+-_', '     ')))
    || to_tsvector('english', coalesce(name, ''))
$$;

-- A document has its bounds (a tsvector ends at 1 MB): what is said beyond them is not found by its words.
create function with_words(document tsvector, text text) returns tsvector language sql immutable parallel safe as $$
  select case when pg_column_size(document) > 200000 then document else document || ticket_words(left(text, 50000)) end
$$;

create function keep_ticket_document() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into ticket_documents (workspace_id, ticket_id, number, head, customer)
      values (new.workspace_id, new.id, new.number,
        ticket_words(new.subject || ' ' || array_to_string(new.tags, ' ')),
        coalesce((select customer_words(name, email) from customers
          where workspace_id = new.workspace_id and id = new.customer_id), ''));
  else
    update ticket_documents set
        head = ticket_words(new.subject || ' ' || array_to_string(new.tags, ' ')),
        customer = coalesce((select customer_words(name, email) from customers
          where workspace_id = new.workspace_id and id = new.customer_id), '')
      where workspace_id = new.workspace_id and ticket_id = new.id;
  end if;
  return null;
end $$;
create trigger keep_ticket_document after insert on tickets for each row execute function keep_ticket_document();
create trigger keep_ticket_document_true after update of subject, tags, customer_id on tickets for each row
  when (old.subject is distinct from new.subject or old.tags is distinct from new.tags
    or old.customer_id is distinct from new.customer_id)
  execute function keep_ticket_document();

create function keep_message_words() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    if new.visibility = 'public' then
      update ticket_documents set said = with_words(said, new.body)
        where workspace_id = new.workspace_id and ticket_id = new.ticket_id;
    else
      update ticket_documents set noted = with_words(noted, new.body)
        where workspace_id = new.workspace_id and ticket_id = new.ticket_id;
    end if;
    return null;
  end if;
  -- Erased, or moved to another ticket: both documents are made anew.
  update ticket_documents d set
      said = ticket_words(left(coalesce((select string_agg(left(body, 50000), ' ' order by created_at, id) from messages m
        where m.workspace_id = d.workspace_id and m.ticket_id = d.ticket_id and visibility = 'public'), ''), 400000)),
      noted = ticket_words(left(coalesce((select string_agg(left(body, 50000), ' ' order by created_at, id) from messages m
        where m.workspace_id = d.workspace_id and m.ticket_id = d.ticket_id and visibility = 'note'), ''), 400000))
    where workspace_id = new.workspace_id and ticket_id in (old.ticket_id, new.ticket_id);
  return null;
end $$;
create trigger keep_message_words after insert on messages for each row execute function keep_message_words();
create trigger keep_message_words_true after update of body, ticket_id, visibility on messages for each row
  execute function keep_message_words();

create function keep_customer_words() returns trigger language plpgsql as $$
begin
  update ticket_documents d set customer = customer_words(new.name, new.email)
    from tickets t
    where t.workspace_id = new.workspace_id and t.customer_id = new.id
      and d.workspace_id = t.workspace_id and d.ticket_id = t.id;
  return null;
end $$;
create trigger keep_customer_words after update of name, email on customers for each row
  when (old.name is distinct from new.name or old.email is distinct from new.email)
  execute function keep_customer_words();

insert into ticket_documents (workspace_id, ticket_id, number, head, customer, said, noted)
  select t.workspace_id, t.id, t.number, ticket_words(t.subject || ' ' || array_to_string(t.tags, ' ')),
    coalesce((select customer_words(name, email) from customers c
      where c.workspace_id = t.workspace_id and c.id = t.customer_id), ''),
    ticket_words(left(coalesce((select string_agg(body, ' ' order by created_at) from messages m
      where m.workspace_id = t.workspace_id and m.ticket_id = t.id and visibility = 'public'), ''), 400000)),
    ticket_words(left(coalesce((select string_agg(body, ' ' order by created_at) from messages m
      where m.workspace_id = t.workspace_id and m.ticket_id = t.id and visibility = 'note'), ''), 400000))
  from tickets t;

-- The newest documents that hold all of `required` and nothing of `refused` (null: nothing is), by the index over all
-- words; of each, whether it holds `in_order` (null: nothing is asked), which the index does not know. Under row-level
-- security that index cannot be used, for `@@` might tell of rows that nobody may see. The function's owner may see them
-- all, and it looks at the one workspace that the transaction is in, and at nothing else.
create function find_documents(required tsquery, refused tsquery, in_order tsquery, below int8, most int4)
  returns table (ticket_id text, number int8, fits boolean) language sql stable security definer
  set search_path from current set enable_seqscan = off as $$
    -- Materialized, or the planner would walk the documents by number and read each: it does not know what that costs.
    with hits as materialized (
      select d.ticket_id, d.number from ticket_documents d
      -- Asked only where there is something to ask: reading a document costs ten times what the index does.
      where d.words @@ required and (refused is null or not d.words @@ refused)
        and d.workspace_id = current_setting('postern.workspace_id') and d.number < below
    )
    select newest.ticket_id, newest.number, in_order is null or exists (
      select from ticket_documents d where d.workspace_id = current_setting('postern.workspace_id')
        and d.number = newest.number and d.words @@ in_order)
    from (select * from hits order by number desc limit most) newest
$$;
revoke all on function find_documents from public;
grant execute on function find_documents to postern_workspace;

-- Lists: what waits for an answer is little beside what is done with; a view is nearly always over that.
create index tickets_waiting on tickets (workspace_id, updated_at desc, id desc)
  where status in ('open', 'pending', 'snoozed');
create index tickets_by_status on tickets (workspace_id, status, updated_at desc, id desc);
create index tickets_by_assignee on tickets (workspace_id, assignee_id, updated_at desc, id desc)
  where assignee_id is not null;
create index tickets_by_tag on tickets using gin (tags);
drop index tickets_newest;
create index tickets_newest on tickets (workspace_id, updated_at desc, id desc);

do $$
declare t text;
begin
  foreach t in array array['ticket_documents'] loop
    execute format('alter table %I enable row level security', t);
    execute format('alter table %I force row level security', t);
    execute format($p$create policy of_workspace on %I to postern_workspace
      using (workspace_id = (select current_setting('postern.workspace_id')))
      with check (workspace_id = (select current_setting('postern.workspace_id')))$p$, t);
    execute format('create policy of_system on %I to current_user using (true) with check (true)', t);
  end loop;
end $$;
grant select, insert, update, delete on ticket_documents to postern_workspace;
