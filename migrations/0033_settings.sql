-- Whether anybody may write in by the workspace's contact page.
alter table desk_settings add column contact_page boolean not null default true;

-- What was tried to sign in, counted for all processes. Hashes of addresses and accounts share some tens of thousands of keys:
-- the table has no more rows than that, and says of nobody that they tried.
create table sign_in_attempts (
  key text primary key,
  count int4 not null,
  -- When the count is forgotten, by the clock of the database.
  ends_at timestamptz not null
);
create index sign_in_attempts_ended on sign_in_attempts (ends_at);
