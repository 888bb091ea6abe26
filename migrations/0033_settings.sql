-- Whether anybody may write in by the workspace's contact page.
alter table desk_settings add column contact_page boolean not null default true;

-- What was tried, to sign in or by the contact page, counted for all processes. Addresses and accounts share some tens of thousands
-- of keys by a keyed hash: the table has no more rows than that, and says of nobody that they tried.
create table attempts (
  key text primary key,
  count int4 not null,
  -- When the count is forgotten, by the clock of the database.
  ends_at timestamptz not null
);
create index attempts_ended on attempts (ends_at);
