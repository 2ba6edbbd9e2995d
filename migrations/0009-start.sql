-- What an organisation said of itself at the start: by it Vigil says which three files to bring first, and where they are.
create table start_answer (
  organisation_id bigint primary key default current_organisation() references organisation,
  size text not null,
  ehr text not null,
  directory text not null,
  it text not null, -- who does IT
  given_by text not null,
  given_at timestamptz not null
);

-- What Today asks each time it is opened.
create index task_of_assignee on task (organisation_id, assignee, due_on, id) where done_at is null;
create index finding_reopened on finding (organisation_id, reopened_at) where closed_at is null;
create index finding_ownerless on finding (organisation_id, severity_rank) where closed_at is null and owner is null;
create index task_due on task (organisation_id, due_on) where done_at is null;
create index job_failed on job (organisation_id, finished_at) where state = 'failed';
create index source_run_finished on source_run (organisation_id, finished_at);
create index exception_ends on finding_exception (organisation_id, expires_on) where ended_at is null;

do $$
declare
  name text;
begin
  foreach name in array array['start_answer'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
