-- Long work that somebody asked for, or that is due: what an organisation sees of it. The queue itself (who is handed what,
-- and when) lies in the schema of pg-boss and can be lost without losing a job: what is queued here is handed over again.

create table job (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  kind text not null check (kind ~ '^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$'),
  state text not null default 'queued' check (state in ('queued', 'running', 'done', 'failed')),
  asked_by text not null, -- an actor: never a person's name
  input jsonb not null, -- ids and settings, never a secret
  progress jsonb,
  result jsonb,
  failure jsonb, -- also of the attempt before, where it is queued again
  attempts integer not null default 0, -- it only grows: it tells one attempt's writing from another's
  attempts_forgiven integer not null default 0, -- those that were not the job's fault, and those before it was tried anew
  message_id uuid, -- of the queue; null when it has not heard of this job yet
  queued_at timestamptz not null,
  due_at timestamptz, -- not begun before
  started_at timestamptz,
  finished_at timestamptz,
  check ((state in ('done', 'failed')) = (finished_at is not null)),
  check (state <> 'running' or started_at is not null)
);
create index job_newest on job (organisation_id, id desc);
create index job_unfinished on job (id) where state in ('queued', 'running');

-- Work that comes back at its times.
create table schedule (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  kind text not null check (kind ~ '^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$'),
  name text not null check (name <> ''), -- tells several of one kind apart: a source's number, for example
  input jsonb not null,
  cron text not null,
  zone text not null,
  is_on boolean not null default true,
  last_at timestamptz,
  last_job_id bigint references job on delete set null,
  next_at timestamptz not null,
  unique (organisation_id, kind, name)
);
create index schedule_last_job on schedule (last_job_id);
create index schedule_due on schedule (next_at) where is_on;

-- Whoever changes a job cannot forget to say so. Ids and the state only: every session of the database may listen.
create function tell_job() returns trigger language plpgsql as $$
begin
  perform pg_notify('vigil_job', new.organisation_id || ':' || new.id || ':' || new.state);
  return null;
end $$;
create trigger told after insert or update of state, progress on job for each row execute function tell_job();

-- What is to be done, of every organisation, for who hands it out: ids and words, nothing of what it is about.
create function unfinished_jobs(most integer)
  returns table (organisation_id bigint, id bigint, state text, attempts integer, message_id uuid)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select organisation_id, id, state, attempts, message_id from job
  where state in ('queued', 'running')
  -- A long queue must not hide what nobody was told of.
  order by state = 'queued', message_id is not null, id limit most
$$;

create function due_schedules(moment timestamptz) returns table (organisation_id bigint, id bigint)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select organisation_id, id from schedule where is_on and next_at <= moment order by next_at
$$;

do $$
declare
  name text;
begin
  foreach name in array array['job', 'schedule']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
