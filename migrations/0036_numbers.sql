-- `AC55934` is found by `55934`, as `AC-55934` is: a number of four digits or more is a part of its own where it ends a word.
create or replace function cut_words(text text) returns text language sql immutable parallel safe as $$
  select regexp_replace(text,
    '([-+](?=\d)|(?<=\d)-(?=[[:alpha:]])|(?<!<)/|[.:@_](?=[[:alnum:]])|[[:alpha:]](?=\d{4,}\M))', '\1' || chr(3), 'g')
$$;

-- `AC55934`, for who writes `AC-55934`, and the other way round; null for what is no such number. Also as it is, for
-- customers' names and addresses are not cut.
create or replace function written_otherwise(text text) returns tsquery language sql immutable parallel safe as $$
  select case
    when text ~ '^[[:alpha:]]+\d{3,}$'
      then phraseto_tsquery('simple', regexp_replace(text, '\d', ' \&')) || plainto_tsquery('simple', text)
    when text ~ '^[[:alpha:]]+-\d{3,}$' then plainto_tsquery('simple', replace(text, '-', '')) end
$$;

update ticket_documents d set
    head = ticket_words(t.subject || ' ' || array_to_string(t.tags, ' ')),
    said = ticket_words(left(coalesce((select string_agg(left(body, 50000), ' ' order by created_at, id) from messages m
      where m.workspace_id = d.workspace_id and m.ticket_id = d.ticket_id and visibility = 'public'), ''), 400000)),
    noted = ticket_words(left(coalesce((select string_agg(left(body, 50000), ' ' order by created_at, id) from messages m
      where m.workspace_id = d.workspace_id and m.ticket_id = d.ticket_id and visibility = 'note'), ''), 400000))
  from tickets t
  where t.workspace_id = d.workspace_id and t.id = d.ticket_id
    and exists (select from unnest(tsvector_to_array(d.words)) lexeme where lexeme ~ '[[:alpha:]]\d{4,}$');

-- Articles the same way: words and their parts, and what only is one word where it is not cut, such as a whole address. The path
-- is fixed, for a restored dump makes its columns without one.
create or replace function article_words(text text) returns tsvector language sql immutable parallel safe
  set search_path from current as $$
  select cut || ts_delete(to_tsvector('english', text), tsvector_to_array(cut))
  from to_tsvector('english', cut_words(text)) cut
$$;
alter table articles drop column search,
  add column search tsvector generated always as (article_words(title || ' ' || body)) stored;
create index articles_search on articles using gin (search);
