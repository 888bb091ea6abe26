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
  -- What filters ask for, as words that no text has: `=status:open`, `=tag:lens`; and the workspace and the blocks of numbers
  -- that it is in.
  facets tsvector not null default '',
  words tsvector generated always as (head || customer || said || noted || facets) stored,
  primary key (workspace_id, number),
  foreign key (workspace_id, ticket_id) references tickets (workspace_id, id) on delete cascade
);
create unique index ticket_documents_of_ticket on ticket_documents (workspace_id, ticket_id);
-- What waits to be sorted into the index is read by every search, so it is kept short.
create index ticket_documents_words on ticket_documents using gin (words) with (gin_pending_list_limit = 256);
-- Words lie beside the row, and as they are: what the index finds is then read from few pages, by its number alone.
alter table ticket_documents set (toast_tuple_target = 256);
alter table ticket_documents alter column words set storage external,
  alter column workspace_id set storage plain, alter column ticket_id set storage plain;
alter table ticket_documents alter column words set statistics 1000;

-- Postgres takes `AC-55934` for a word and a number below zero, and `1.2.3`, `K7/24`, addresses and links for one word each,
-- so none would be found by its parts. A character that is no text, set where they join, has it see the parts; whoever shows
-- the text takes it out again.
create function cut_words(text text) returns text language sql immutable parallel safe as $$
  select regexp_replace(text, '([-+](?=\d)|(?<=\d)-(?=[[:alpha:]])|(?<!<)/|[.:@_](?=[[:alnum:]]))', '\1' || chr(3), 'g')
$$;

-- What is asked for, cut alike; but an address that is whole is one word, for its parts are everybody's.
create function cut_query(text text) returns text language sql immutable parallel safe as
  $$ select case when text ~ '^[^\s@]+@[^\s@]+\.[[:alnum:]]+$' then text else cut_words(text) end $$;

-- `AC55934`, for who writes `AC-55934`, and the other way round; null for what is no such number.
create function written_otherwise(text text) returns tsquery language sql immutable parallel safe as $$
  select case
    when text ~ '^[[:alpha:]]+\d{3,}$' then phraseto_tsquery('simple', regexp_replace(text, '\d', ' \&'))
    when text ~ '^[[:alpha:]]+-\d{3,}$' then plainto_tsquery('simple', replace(text, '-', '')) end
$$;

-- English stems, whatever the language: query and document are cut alike, so other words match at least themselves.
create function ticket_words(text text) returns tsvector language sql immutable parallel safe as $$
  select to_tsvector('english', cut_words(text))
    || to_tsvector('english', array_to_string(array(select found[1] from regexp_matches(text, '\S+@\S+', 'g') found), ' '))
$$;

create function customer_words(name text, email text) returns tsvector language sql immutable parallel safe as $$
  -- The address whole, and in its parts.
  select to_tsvector('simple', concat_ws(' ', name, email, translate(email, '@.+-_', '     ')))
    || to_tsvector('english', coalesce(name, ''))
$$;

-- A document has its bounds (a tsvector ends at 1 MB): what is said beyond them is not found by its words.
create function with_words(document tsvector, text text) returns tsvector language sql immutable parallel safe as $$
  select case when pg_column_size(document) > 200000 then document else document || ticket_words(left(text, 50000)) end
$$;

-- Blocks of 2^shift numbers. A search asks the index for one block after the other, from the newest on, and each answer is
-- as small as the block, however frequent the word.
create function ticket_block(workspace_id text, shift int4, number int8) returns text language sql immutable parallel safe
  as $$ select '=' || workspace_id || ':' || shift || ':' || (number >> shift) $$;

create function ticket_facets(t tickets) returns tsvector language sql stable parallel safe as $$
  select array_to_tsvector(array[
      '=' || t.workspace_id, ticket_block(t.workspace_id, 9, t.number), ticket_block(t.workspace_id, 11, t.number),
      ticket_block(t.workspace_id, 13, t.number), ticket_block(t.workspace_id, 15, t.number),
      '=number:' || t.number, '=status:' || t.status, '=priority:' || t.priority, '=channel:' || t.channel,
      '=assignee:' || coalesce(t.assignee_id, ''), '=team:' || coalesce(t.team_id, ''),
      '=customer:' || coalesce(t.customer_id, '')
    ]
    || array(select '=tag:' || tag from unnest(t.tags) tag)
    -- The day that it was opened on, UTC, and eights of days, so that any span is a few of them.
    || array(select '=day:' || shift || ':' || (floor(extract(epoch from t.created_at) / 86400)::int4 >> shift)
      from unnest(array[0, 3, 6, 9, 12]) shift))
$$;

create function keep_ticket_document() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into ticket_documents (workspace_id, ticket_id, number, facets, head, customer)
      values (new.workspace_id, new.id, new.number, ticket_facets(new),
        ticket_words(new.subject || ' ' || array_to_string(new.tags, ' ')),
        coalesce((select customer_words(name, email) from customers
          where workspace_id = new.workspace_id and id = new.customer_id), ''));
  else
    update ticket_documents set
        facets = ticket_facets(new),
        head = ticket_words(new.subject || ' ' || array_to_string(new.tags, ' ')),
        customer = coalesce((select customer_words(name, email) from customers
          where workspace_id = new.workspace_id and id = new.customer_id), '')
      where workspace_id = new.workspace_id and ticket_id = new.id;
  end if;
  return null;
end $$;
create trigger keep_ticket_document after insert on tickets for each row execute function keep_ticket_document();
create trigger keep_ticket_document_true after update of subject, tags, customer_id, status, priority, channel, assignee_id,
    team_id, created_at on tickets for each row
  when ((old.subject, old.tags, old.customer_id, old.status, old.priority, old.channel, old.assignee_id, old.team_id,
      old.created_at)
    is distinct from (new.subject, new.tags, new.customer_id, new.status, new.priority, new.channel, new.assignee_id,
      new.team_id, new.created_at))
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

insert into ticket_documents (workspace_id, ticket_id, number, facets, head, customer, said, noted)
  select t.workspace_id, t.id, t.number, ticket_facets(t), ticket_words(t.subject || ' ' || array_to_string(t.tags, ' ')),
    coalesce((select customer_words(name, email) from customers c
      where c.workspace_id = t.workspace_id and c.id = t.customer_id), ''),
    ticket_words(left(coalesce((select string_agg(body, ' ' order by created_at) from messages m
      where m.workspace_id = t.workspace_id and m.ticket_id = t.id and visibility = 'public'), ''), 400000)),
    ticket_words(left(coalesce((select string_agg(body, ' ' order by created_at) from messages m
      where m.workspace_id = t.workspace_id and m.ticket_id = t.id and visibility = 'note'), ''), 400000))
  from tickets t;

-- The newest documents that hold `required` (null: all do), with numbers under `below`: at most `most`, and no more once
-- `enough` of them (null: `most`) also hold `in_order`, whose words follow each other (null: all do). Under row-level security
-- the index over all words cannot be used, for `@@` might tell of rows that nobody may see. The function's owner may see them
-- all, and it looks at the one workspace that the transaction is in, and at nothing else.
create function find_documents(
    required tsquery, below int8, most int4, in_order tsquery default null, enough int4 default null)
  returns table (ticket_id text, number int8, holds boolean) language plpgsql stable rows 20 security definer
  -- Only the index over all words is quick here, and the planner cannot know what a query finds.
  set search_path from current set enable_seqscan = off set enable_indexscan = off
  set plan_cache_mode = force_generic_plan as $$
declare
  workspace constant text := current_setting('postern.workspace_id');
  shifts constant int4[] := '{9,11,13,15}';
  -- Whether what the index gives for the words alone is mostly of this workspace. What only refuses ("-word") gives nothing.
  alone boolean;
  first int8;
  top int8;
  bottom int8;
  shift int4;
  -- So many numbers are looked through next.
  span float8;
  seen int4 := 0;
  held int4 := 0;
  asked tsquery;
begin
  select least(below, w.next_ticket_number),
      coalesce(querytree(required), '') not in ('', 'T')
        and 2 * w.next_ticket_number > (select reltuples from pg_class where oid = 'ticket_documents'::regclass)
    into first, alone from workspaces w where w.id = workspace;
  top := first;
  enough := coalesce(enough, most);
  -- As for a word of every sixth ticket.
  span := 6.0 * enough;
  while top > 0 and seen < most and held < enough loop
    if first > top and (seen + 1.0) * top <= 4.0 * enough * (first - top) then
      -- Rare: all that is left costs less at once than block by block.
      bottom := 0;
      asked := case when not alone then quote_literal('=' || workspace)::tsquery end;
    else
      foreach shift in array shifts loop
        bottom := ((top - 1) >> shift) << shift;
        exit when top - bottom >= span / 2;
      end loop;
      asked := quote_literal(ticket_block(workspace, shift, top - 1))::tsquery;
    end if;
    asked := case when asked is null then required when required is null then asked else asked && required end;
    for ticket_id, number, holds in
      -- Materialized, or the planner would walk by number and read each document. The words come along unread.
      with hits as materialized (
        select d.ticket_id, d.number, d.words from ticket_documents d
        where d.words @@ asked and d.workspace_id = workspace
      ), newest as materialized (
        select * from hits h where h.number < top order by h.number desc limit most - seen
      )
      select n.ticket_id, n.number, in_order is null or n.words @@ in_order from newest n order by n.number desc
    loop
      seen := seen + 1;
      held := held + holds::int4;
      return next;
      exit when held = enough;
    end loop;
    top := bottom;
    -- As far as what is missing reaches, if it lies as close as what was found.
    span := least(16, 1.25 * (enough - held) / greatest(held, 0.5), 1.25 * (most - seen) / greatest(seen, 0.5))
      * (first - top);
  end loop;
end $$;
revoke all on function find_documents from public;
grant execute on function find_documents to postern_workspace;

-- The customers whose names begin so. `lower` is not leakproof either; a name is compared as bytes, whatever the database's
-- order is.
create index customers_by_name on customers (workspace_id, (lower(name) collate "C"), id);
create function customers_named(beginning text) returns setof text language sql stable security definer
  set search_path from current as $$
  select id from customers where workspace_id = current_setting('postern.workspace_id')
    and lower(name) collate "C" >= lower(beginning) and lower(name) collate "C" < lower(beginning) || U&'\+10FFFF'
$$;
revoke all on function customers_named from public;
grant execute on function customers_named to postern_workspace;

-- Lists: what waits for an answer is little beside what is done with; a view is nearly always over that.
create index tickets_waiting on tickets (workspace_id, updated_at desc, id desc)
  where status in ('open', 'pending', 'snoozed');
create index tickets_by_status on tickets (workspace_id, status, updated_at desc, id desc);
create index tickets_by_assignee on tickets (workspace_id, assignee_id, updated_at desc, id desc)
  where assignee_id is not null;
create index tickets_by_tag on tickets using gin (tags);
create function ticket_urgency(priority text) returns int4 language sql immutable parallel safe as
  $$ select case priority when 'urgent' then 3 when 'high' then 2 when 'normal' then 1 else 0 end $$;
create index tickets_by_urgency on tickets (workspace_id, ticket_urgency(priority) desc, number desc);
create index tickets_by_due on tickets (workspace_id, resolution_due_at, id)
  where resolution_due_at is not null and status in ('open', 'pending', 'snoozed');
drop index tickets_newest;
create index tickets_newest on tickets (workspace_id, updated_at desc, id desc);

select isolate('ticket_documents');
grant select, insert, update, delete on ticket_documents to postern_workspace;
