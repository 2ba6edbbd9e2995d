-- The access trail as the practice sees it: how its sources are, what was asked of it, and the cases that people decide. The
-- accesses themselves stand in a log of their own (src/trail); of patients there is nothing here that is not sealed.

-- Where there is no row, what the code says.
create table trail_settings (
  organisation_id bigint primary key default current_organisation() references organisation,
  retention_years integer not null check (retention_years between 6 and 100),
  review_within_days integer not null check (review_within_days between 1 and 90),
  decide_within_days integer not null check (decide_within_days between 1 and 180),
  tell text[] not null,
  changed_by text not null,
  changed_at timestamptz not null
);

-- What people say of a source, and how it was when it was last looked at. One that was announced and never spoke has counted
-- nothing.
create table trail_source (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  name text not null,
  title text,
  system_id bigint references system,
  responsible text,
  expected_minutes integer,
  retired_at timestamptz,
  accepted bigint not null default 0,
  rejected bigint not null default 0,
  duplicates bigint not null default 0,
  first_at timestamptz,
  last_received_at timestamptz,
  last_at timestamptz,
  missing bigint not null default 0,
  gaps jsonb not null default '[]',
  usual_silence_ms bigint,
  state text not null default 'expected' check (state in ('well', 'troubled', 'new', 'expected')),
  troubles text[] not null default '{}',
  says text[] not null default '{}', -- a sentence for each of the troubles
  seen_at timestamptz not null,
  -- One that was heard after somebody retired it is not: what is wrong with it counts.
  is_retired boolean not null generated always as (retired_at is not null and coalesce(last_received_at <= retired_at, true)) stored,
  unique (organisation_id, name)
);
create index on trail_source (organisation_id, system_id);

-- What came on each day, in the organisation's zone.
create table trail_source_day (
  organisation_id bigint not null default current_organisation() references organisation,
  trail_source_id bigint not null references trail_source on delete cascade,
  day date not null,
  accepted bigint not null,
  rejected bigint not null,
  primary key (trail_source_id, day)
);

-- The whole trail when it was last looked at.
create table trail_standing (
  organisation_id bigint primary key default current_organisation() references organisation,
  accesses bigint not null,
  log_size bigint not null,
  months jsonb not null,
  seen_at timestamptz not null
);

create table trail_verification (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  asked_by text not null,
  at timestamptz not null,
  is_intact boolean not null,
  size bigint not null,
  problem text,
  took_ms integer not null
);
create index on trail_verification (organisation_id, id);

-- Destroying a month takes two officers: one asks, another confirms.
create table trail_destruction (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  month text not null,
  reason bytea not null, -- sealed, as what somebody wrote may name patients
  asked_by text not null,
  asked_at timestamptz not null,
  state text not null default 'asked' check (state in ('asked', 'confirmed', 'done', 'refused')),
  decided_by text,
  decided_at timestamptz,
  decided_why bytea -- sealed; of one that is asked for again, why it could not be done
);
create unique index on trail_destruction (organisation_id, month) where state in ('asked', 'confirmed');

-- What somebody asked, so that they can read on; gone when they no longer may.
create table trail_question (
  id uuid primary key default uuidv7(),
  organisation_id bigint not null default current_organisation() references organisation,
  asked_by text not null,
  asked_at timestamptz not null,
  readable_until timestamptz not null,
  sealed bytea not null -- of whom, and between which instants
);
create index on trail_question (readable_until);

-- Patients whose records are watched.
create table trail_watched (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  mark bytea not null, -- a keyed digest of the identifier, so that nobody is listed twice
  sealed bytea not null, -- the identifier and why
  added_by text not null,
  added_at timestamptz not null,
  unique (organisation_id, mark)
);

-- What the trail was told of each login, so that it is told of what has changed alone.
create table trail_worker_told (
  organisation_id bigint not null default current_organisation() references organisation,
  login text not null,
  digest bytea not null,
  -- Which fields said something, so that they are taken back where they no longer do.
  said text[] not null,
  primary key (organisation_id, login)
);

create table access_case (
  organisation_id bigint not null default current_organisation() references organisation,
  id text collate "C" not null, -- the story's: 32 hexadecimal digits
  version bigint not null,
  digest bytea not null, -- of the story as it was handed over, but for its version
  kind text collate "C" not null,
  score integer not null,
  state text collate "C" not null check (state in ('open', 'talk', 'appropriate', 'violation', 'explained')),
  story_state text not null check (story_state in ('open', 'explained')),
  sealed bytea not null, -- the story: what it says, and of which patients
  person_id bigint references person,
  person_name text not null,
  department text not null,
  role text not null,
  logins text[] not null,
  person_key text collate "C" not null, -- what says that two cases are of one person
  words text not null,
  words_folded text collate "C" not null generated always as (folded(left(words, 400))) stored,
  patient_count integer not null,
  accesses integer not null,
  days integer not null,
  first_at timestamptz not null,
  last_at timestamptz not null,
  opened_at timestamptz not null, -- again, where it was
  review_by date not null,
  due_on date not null,
  seen_at timestamptz, -- by a person, since it was opened
  decision text check (decision in ('talk', 'appropriate', 'violation')),
  decided_at timestamptz,
  decided_by text,
  -- How far the story went when it was decided.
  decided_accesses integer,
  decided_patients integer,
  decided_score integer,
  owner_member_id bigint references member,
  incident_task_id bigint references task,
  primary key (organisation_id, id)
);
create index access_case_score on access_case (organisation_id, score, id) where state in ('open', 'talk');
create index access_case_opened on access_case (organisation_id, opened_at, id);
create index access_case_person on access_case (organisation_id, person_key, last_at);
create index access_case_decided on access_case (organisation_id, kind, state);

-- The logins of a case, in small letters: two cases with one in common are of one person, whoever that is.
create table access_case_login (
  organisation_id bigint not null default current_organisation() references organisation,
  case_id text collate "C" not null,
  login text collate "C" not null,
  primary key (organisation_id, case_id, login),
  foreign key (organisation_id, case_id) references access_case (organisation_id, id)
);
create index on access_case_login (organisation_id, login);

create table access_case_event (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  case_id text collate "C" not null,
  kind text not null,
  decision text,
  sealed bytea, -- what somebody wrote, or what explains it
  actor text not null,
  at timestamptz not null,
  foreign key (organisation_id, case_id) references access_case (organisation_id, id)
);
create index on access_case_event (organisation_id, case_id, id);

-- Up to which change of the trail's stories the cases were brought.
create table access_case_cursor (
  organisation_id bigint primary key default current_organisation() references organisation,
  version bigint not null
);

do $$
declare
  name text;
begin
  foreach name in array array['trail_settings', 'trail_source', 'trail_source_day', 'trail_standing', 'trail_verification',
    'trail_destruction', 'trail_question', 'trail_watched', 'trail_worker_told', 'access_case', 'access_case_login',
    'access_case_event', 'access_case_cursor'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
