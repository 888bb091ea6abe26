-- A due time that passed unmet stays missed, whatever becomes of the ticket's due times later: paused, changed, taken away.
alter table tickets
  add column first_response_missed_at timestamptz,
  add column resolution_missed_at timestamptz;

create index tickets_by_first_response_missed on tickets (workspace_id, first_response_missed_at)
  where first_response_missed_at is not null;
create index tickets_by_resolution_missed on tickets (workspace_id, resolution_missed_at)
  where resolution_missed_at is not null;
