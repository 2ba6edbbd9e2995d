-- How facts come in through the server: files that are dropped and wait to be imported, what was said of files before,
-- and the directories that are read live.

-- The bytes lie in the data directory, under the ids of delivery and file; a name is never a path there.
create table delivery (
  id uuid primary key default uuidv7(),
  organisation_id bigint not null default current_organisation() references organisation,
  state text not null default 'open' check (state in ('open', 'importing', 'done', 'discarded')),
  made_by text not null,
  made_at timestamptz not null,
  collected_on date, -- when the files were made, where they do not say it themselves
  settings jsonb, -- what a vigil.yaml among the files says of the others
  job_id bigint,
  finished_at timestamptz
);
create index on delivery (organisation_id, id);

create table delivery_file (
  id uuid primary key default uuidv7(),
  organisation_id bigint not null default current_organisation() references organisation,
  delivery_id uuid not null references delivery,
  name text not null check (length(name) between 1 and 500), -- the path within the delivery
  folded_name text not null, -- two names that differ only by case are one
  bytes bigint not null,
  digest bytea not null,
  modified_at timestamptz not null,
  preview jsonb, -- how it was recognised, without its rows
  mapping jsonb, -- what a person said of it
  outcome jsonb, -- what became of it when it was imported
  unique (delivery_id, folded_name)
);

-- What a person said of a file, for next month's file of the same name.
create table file_mapping (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  source_name text not null, -- the file's path without its date
  mapping jsonb not null,
  said_by text not null,
  said_at timestamptz not null,
  unique (organisation_id, source_name)
);

create table directory (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  name text not null,
  url text not null,
  bind_dn text,
  password bytea, -- sealed for this row of this organisation
  base text,
  filter text,
  start_tls boolean not null,
  ca text,
  system text,
  cron text, -- when it is read by itself, in the organisation's zone
  is_on boolean not null,
  last_job_id bigint,
  made_by text not null,
  made_at timestamptz not null,
  unique (organisation_id, name)
);

create index on source_run (organisation_id, id desc) where source_id is null;

-- The deliveries whose bytes are still needed, of every organisation: folders of others are swept away.
create function needed_deliveries() returns table (id uuid)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select id from delivery where state in ('open', 'importing')
$$;

do $$
declare
  name text;
begin
  foreach name in array array['delivery', 'delivery_file', 'file_mapping', 'directory']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    -- The owner, who only migrates, makes organisations, backs up and restores, sees all: it need not be a superuser.
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
