-- Case and accents say nothing to who looks for words: `cafe` finds `Café`. What a database makes of letters depends on the
-- locale that it was made with (under C it knows only English ones), so what is compared here never asks it.

do $$ begin
  if current_setting('server_version_num')::int4 >= 170000 then
    create collation letters (provider = builtin, locale = 'C.UTF-8');
  else
    create collation letters (provider = icu, locale = 'und');
  end if;
end $$;

-- Bodies that are parsed here and now, and not as text, also hold where a dump is restored, which has no search path.

-- For names that there may be one of: whatever the case, and however the letters are put together.
create function caseless(text text) returns text language sql immutable strict parallel safe
  return lower(normalize(text, NFKC) collate letters);

-- Most texts are of English letters alone, and cost next to nothing; of the others little is done that need not be.
create function is_english(text text) returns boolean language sql immutable parallel safe
  return octet_length(text) = char_length(text);

-- Korean and Japanese signs in one piece again, after accents were taken off.
create function composed(text text) returns text language sql immutable parallel safe
  return case when text ~ '[\u1100-\u11ff\u3099\u309a]' then normalize(text, NFC) else text end;

-- Letters that Unicode takes for no variant of another, and quotes and dashes as they are typed.
create function typed(text text) returns text language sql immutable parallel safe
  return case when text !~ '[ßæœþøłđħıðς\u2010-\u2015\u2018-\u201f\u2212]' then text
    else translate(replace(replace(replace(replace(text, 'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'þ', 'th'),
      'øłđħıðς' || U&'\2018\2019\201A\201B\201C\201D\201E\201F\2010\2012\2013\2014\2015\2212',
      'oldhidσ''''''''""""------') end;

-- Without case and accents; `fold` of src/desk/search/fold.ts makes the same of a text.
create function folded(text text) returns text language sql immutable parallel safe
  return case when is_english(text) then lower(text collate "C")
    -- Accents; Hebrew and Arabic points; what is not seen.
    else typed(composed(regexp_replace(lower(normalize(text, NFKD) collate letters),
      '[\u00ad\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u061c\u0640\u064b-\u065f\u0670\u1ab0-\u1aff'
        '\u1dc0-\u1dff\u200b-\u200f\u202a-\u202e\u2060-\u206f\u20d0-\u20f0\ufe00-\ufe0f\ufeff]+', '', 'g')))
      collate "C" end;

create function without_signs(folded text) returns text language sql immutable parallel safe
  return case when is_english(folded) then folded
    else regexp_replace(folded collate letters, '(?![\x01-\x7f])[[:punct:][:space:]]', ' ', 'g') collate "C" end;

-- Folded, and without what the parser takes for letters under one locale and not under another. Nor does it see tags, of
-- which it would leave out all that is between their brackets.
create function plain_words(text text) returns text language sql immutable parallel safe
  return translate(without_signs(folded(text)), '<>', '  ');

-- As `cut_words` was. Chinese, Japanese and Korean are written without spaces, or with endings: each sign is a word.
create function cut_parts(plain text) returns text language sql immutable parallel safe
  return case when is_english(plain) then regexp_replace(plain collate "C",
      '([-+](?=\d)|(?<=\d)-(?=[[:alpha:]])|/|[.:@_](?=[[:alnum:]]))', '\1' || chr(3), 'g')
    else regexp_replace(plain collate letters, '([-+](?=\d)|(?<=\d)-(?=[[:alpha:]])|/|[.:@_](?=[[:alnum:]])'
      '|[[:alnum:]](?=[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])'
      '|[\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u30fc-\u30ff\u3105-\u312f\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3\uf900-\ufaff\U00020000-\U0003ffff])',
      '\1' || chr(3), 'g') collate "C" end;

create or replace function cut_words(text text) returns text language sql immutable parallel safe
  return cut_parts(plain_words(text));

create or replace function cut_query(text text) returns text language sql immutable parallel safe
  return case when plain_words(text) collate letters ~ '^[^\s@]+@[^\s@]+\.[[:alnum:]]+$' then plain_words(text)
    else cut_words(text) end;

create or replace function written_otherwise(text text) returns tsquery language sql immutable parallel safe
  return case
    when folded(text) collate letters ~ '^[[:alpha:]]+\d{3,}$'
      then phraseto_tsquery('simple', regexp_replace(folded(text), '\d', ' \&'))
    when folded(text) collate letters ~ '^[[:alpha:]]+-\d{3,}$'
      then plainto_tsquery('simple', replace(folded(text), '-', '')) end;

-- Addresses whole, too.
create function address_words(plain text) returns tsvector language sql immutable parallel safe
  return to_tsvector('english', array_to_string(array(select found[1] from regexp_matches(plain, '\S+@\S+', 'g') found), ' '));

create or replace function ticket_words(text text) returns tsvector language sql immutable parallel safe
  return to_tsvector('english', cut_words(text))
    || case when text ~ '[@\ufe6b\uff20]' then address_words(plain_words(text)) else '' end;

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
      execute format('select given from generate_series(%4$L::int8, 10000) n, left(%5$L, 60) || '' ('' || n || '')'' given
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
alter table articles drop column search;
alter table articles add column search tsvector
  generated always as (to_tsvector('english', plain_words(title || ' ' || body))) stored;
create index articles_search on articles using gin (search);
