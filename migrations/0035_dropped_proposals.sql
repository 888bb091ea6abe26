-- A proposal that came to nothing by what the desk did itself: nobody decided on it, and it counts for nobody.
alter table proposals
  drop constraint proposals_state_check,
  add constraint proposals_state_check check (state in ('waiting', 'approved', 'rejected', 'dropped'));

-- `triage` takes a team by its id or its name, as `assign` does.
update proposals set arguments = (arguments - 'teamId') || jsonb_build_object('team', arguments -> 'teamId')
  where operation = 'triage' and state = 'waiting' and arguments ? 'teamId';
