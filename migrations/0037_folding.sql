-- Case and accents say nothing to who looks for words: `cafe` finds `Café`. What a database makes of letters depends on the
-- locale that it was made with (under C it knows only English ones), so what is compared here never asks it.

-- Texts without case and accents, step by step: 0 for letters alone, 1 for words, 2 for words that are cut into their parts.
-- One function, for it is called for each text that a search reads, and calls are dear. It names what is Postgres's own and
-- nothing else, so that it also holds where a dump is restored, which has no search path.
do $$ begin
  execute replace($made$

-- For names that there may be one of: whatever the case, and however the letters are put together.
create function caseless(name text) returns text language sql immutable strict parallel safe
  return lower(normalize(name, NFKC) collate LETTERS);

create function fold_text(given text, steps int4) returns text language plpgsql immutable strict parallel safe as $body$
declare
  folded text := given;
begin
  if octet_length(folded) <> char_length(folded) then
    -- Quotes and dashes as they are typed: then most texts in English are of its letters alone, and cost next to nothing.
    folded := regexp_replace(folded, '[\u2018-\u201b]', '''', 'g');
    folded := regexp_replace(folded, '[\u201c-\u201f]', '"', 'g');
    folded := regexp_replace(folded, '[\u2010-\u2015\u2212]', '-', 'g');
  end if;
  if octet_length(folded) = char_length(folded) then
    folded := lower(folded collate "C");
  else
    -- Without accents, Hebrew and Arabic points, and what is not seen.
    folded := regexp_replace(lower(normalize(folded, NFKD) collate LETTERS),
      '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u061c\u0640\u064b-\u065f\u0670\u1ab0-\u1aff'
        '\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ufe00-\ufe0f\ufeff]+', '', 'g');
    -- Korean and Japanese signs in one piece again.
    if folded ~ '[\u1100-\u11ff\u3099\u309a]' then folded := normalize(folded, NFC); end if;
    -- Letters that Unicode takes for no variant of another.
    if folded ~ '[ßæœþøłđħıðς]' then
      folded := translate(replace(replace(replace(replace(folded, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
        'øłđħıðς', 'oldhidσ');
    end if;
  end if;
  if steps = 0 then return folded; end if;

  -- What the parser takes for letters under one locale and not under another.
  if octet_length(folded) <> char_length(folded) then
    folded := regexp_replace(folded collate LETTERS, '(?![\x01-\x7f])[[:punct:][:space:]]', ' ', 'g');
  end if;
  -- Nor are there tags for it, of which it would leave out all that is between their brackets.
  folded := translate(folded, '<>', '  ');
  if steps = 1 then return folded; end if;

  -- As `cut_words` did. Chinese, Japanese and Korean are written without spaces, or with endings: each sign is a word.
  if octet_length(folded) = char_length(folded) then
    return regexp_replace(folded collate "C",
      '([-+](?=\d)|(?<=\d)-(?=[[:alpha:]])|/|[.:@_](?=[[:alnum:]])|[[:alpha:]](?=\d{4,}\M))', '\1' || chr(3), 'g');
  end if;
  return regexp_replace(folded collate LETTERS, '([-+](?=\d)|(?<=\d)-(?=[[:alpha:]])|/|[.:@_](?=[[:alnum:]])|[[:alpha:]](?=\d{4,}\M)'
    '|[[:alnum:]](?=[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])'
    '|[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])',
    '\1' || chr(3), 'g');
end $body$;

-- As `cut_query` and `written_otherwise` were, of folded texts.
create or replace function cut_query(text text) returns text language sql immutable parallel safe
  return case when fold_text(text, 1) collate LETTERS ~ '^[^\s@]+@[^\s@]+\.[[:alnum:]]+$' then fold_text(text, 1)
    else fold_text(text, 2) end;

create or replace function written_otherwise(text text) returns tsquery language sql immutable parallel safe
  return case
    when fold_text(text, 0) collate LETTERS ~ '^[[:alpha:]]+\d{3,}$'
      then phraseto_tsquery('simple', regexp_replace(fold_text(text, 0), '\d', ' \&')) || plainto_tsquery('simple', fold_text(text, 0))
    when fold_text(text, 0) collate LETTERS ~ '^[[:alpha:]]+-\d{3,}$'
      then plainto_tsquery('simple', replace(fold_text(text, 0), '-', '')) end;

  $made$, 'LETTERS', case when current_setting('server_version_num')::int4 >= 170000 then 'pg_catalog.pg_c_utf8'
    else 'pg_catalog."und-x-icu"' end);
end $$;

-- `fold` of src/desk/search/fold.ts makes the same of a text. Texts of English letters are folded without a call.
create function folded(text text) returns text language sql immutable parallel safe
  return case when octet_length(text) = char_length(text) then lower(text collate "C") else fold_text(text, 0) end;
create function plain_words(text text) returns text language sql immutable parallel safe
  return case when octet_length(text) = char_length(text) then translate(lower(text collate "C"), '<>', '  ')
    else fold_text(text, 1) end;
create or replace function cut_words(text text) returns text language sql immutable parallel safe
  return fold_text(text, 2);

-- Addresses whole, too.
create or replace function ticket_words(text text) returns tsvector language plpgsql immutable parallel safe as $$
begin
  if text ~ '[@\ufe6b\uff20]' then
    return to_tsvector('english', cut_words(text)) || to_tsvector('english',
      array_to_string(array(select one[1] from regexp_matches(plain_words(text), '\S+@\S+', 'g') one), ' '));
  end if;
  return to_tsvector('english', cut_words(text));
end $$;

create or replace function customer_words(name text, email text) returns tsvector language sql immutable parallel safe
  return to_tsvector('simple', concat_ws(' ', cut_words(name), plain_words(email),
      translate(plain_words(email), '@.+-_', '     ')))
    || to_tsvector('english', coalesce(cut_words(name), ''));

-- All documents anew. The index over them is made at the end, of all at once.
drop index ticket_documents_words;
truncate ticket_documents;
insert into ticket_documents (workspace_id, ticket_id, number, facets, head, customer, said, noted)
  select t.workspace_id, t.id, t.number, ticket_facets(t), ticket_words(t.subject || ' ' || array_to_string(t.tags, ' ')),
    coalesce((select customer_words(name, email) from customers c
      where c.workspace_id = t.workspace_id and c.id = t.customer_id), ''),
    ticket_words(left(coalesce((select string_agg(left(body, 50000), ' ' order by created_at, id) from messages m
      where m.workspace_id = t.workspace_id and m.ticket_id = t.id and visibility = 'public'), ''), 400000)),
    ticket_words(left(coalesce((select string_agg(left(body, 50000), ' ' order by created_at, id) from messages m
      where m.workspace_id = t.workspace_id and m.ticket_id = t.id and visibility = 'note'), ''), 400000))
  from tickets t;
create index ticket_documents_words on ticket_documents using gin (words) with (gin_pending_list_limit = 256);
analyze ticket_documents;

drop index customers_by_name;
create index customers_by_name on customers (workspace_id, (folded(name) collate "C"), id);
create or replace function customers_named(beginning text) returns setof text language sql stable security definer
  set search_path from current as $$
  select id from customers where workspace_id = current_setting('postern.workspace_id')
    and folded(name) collate "C" >= folded(beginning) and folded(name) collate "C" < folded(beginning) || U&'\+10FFFF'
$$;

-- Names that are one name now: one keeps it, the others are numbered.
do $$
declare
  kind record;
  one record;
  freed text;
begin
  for kind in select * from (values
    ('teams', '''''', 'true'), ('saved_replies', '''''', 'true'), ('macros', '''''', 'true'),
    ('sla_policies', '''''', 'true'), ('rules', '''''', 'true'),
    ('views', 'coalesce(owner_id, '''')', 'true'), ('credentials', '''''', 'revoked_at is null')
  ) kinds (tab, shelf, counted) loop
    for one in execute format('select * from (select workspace_id, id, name, %2$s as shelf,
        row_number() over (partition by workspace_id, %2$s, caseless(name) order by id) as place
      from %1$I where %3$s) named where place > 1', kind.tab, kind.shelf, kind.counted) loop
      execute format('select given from generate_series(%4$L::int8, 10000) n, lateral (select left(%5$L, 60) || '' ('' || n || '')'' as given) made
        where not exists (select from %1$I where workspace_id = %6$L and %2$s = %7$L and %3$s and caseless(name) = caseless(given))
        order by n limit 1', kind.tab, kind.shelf, kind.counted, one.place, one.name, one.workspace_id, one.shelf)
        into strict freed;
      execute format('update %I set name = %L where workspace_id = %L and id = %L', kind.tab, freed, one.workspace_id, one.id);
    end loop;
  end loop;
end $$;
drop index teams_name;
create unique index teams_name on teams (workspace_id, caseless(name));
drop index saved_replies_name;
create unique index saved_replies_name on saved_replies (workspace_id, caseless(name));
drop index macros_name;
create unique index macros_name on macros (workspace_id, caseless(name));
drop index views_name;
create unique index views_name on views (workspace_id, coalesce(owner_id, ''), caseless(name));
drop index credentials_name;
create unique index credentials_name on credentials (workspace_id, caseless(name)) where revoked_at is null;
drop index issues_titles;
create index issues_titles on issues (workspace_id, caseless(title)) where published;

-- Articles, as they are asked in src/desk/articles.ts and passages.ts.
create or replace function article_words(text text) returns tsvector language sql immutable parallel safe
  set search_path from current as $$
  select cut || ts_delete(to_tsvector('english', plain_words(text)), tsvector_to_array(cut))
  from to_tsvector('english', cut_words(text)) cut
$$;
alter table articles drop column search,
  add column search tsvector generated always as (article_words(title || ' ' || body)) stored;
create index articles_search on articles using gin (search);
