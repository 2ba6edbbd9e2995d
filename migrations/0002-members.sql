-- Who may sign in, by what, and as whom. Identities, their factors and sessions belong to persons, not to organisations: one
-- person may serve several. They stand without row-level security, by name in test/faults/tenancy.test.ts; what an
-- organisation owns (members, invitations, tokens) stands behind it as everything else does.

create table identity (
  id bigint generated always as identity primary key,
  name text not null,
  email text not null,
  email_key text not null unique, -- folded: how it is compared
  password_hash text, -- argon2id
  password_stands_alone boolean not null default false, -- long enough to be the only factor
  password_set_at timestamptz,
  totp bytea, -- the sealed secret; with totp_confirmed_at it is in use
  totp_confirmed_at timestamptz,
  totp_step bigint not null default 0, -- the last step that was accepted: a code works once
  disabled_at timestamptz,
  created_at timestamptz not null
);

create table identity_passkey (
  id bigint generated always as identity primary key,
  identity_id bigint not null references identity,
  credential_id text not null unique, -- base64url
  public_key bytea not null,
  counter bigint not null,
  transports text[] not null,
  aaguid text not null,
  backed_up boolean not null,
  name text not null,
  created_at timestamptz not null,
  used_at timestamptz
);
create index on identity_passkey (identity_id);

create table identity_recovery_code (
  identity_id bigint not null references identity,
  hash bytea not null,
  used_at timestamptz,
  primary key (identity_id, hash)
);

create table session (
  id bigint generated always as identity primary key,
  identity_id bigint not null references identity,
  token_hash bytea not null unique,
  is_arriving boolean not null, -- the first factor was given, the second is still asked for
  means text[] not null, -- what was given: password, totp, recovery-code, passkey
  proved_at timestamptz not null, -- when a factor was given last
  chosen_organisation bigint, -- the one that is served when none is named
  browser text not null, -- in words: "Firefox on Linux"
  address text not null,
  created_at timestamptz not null,
  seen_at timestamptz not null,
  expires_at timestamptz not null
);
create index on session (identity_id);

-- A challenge is answered once.
create table sign_in_challenge (
  challenge text primary key,
  identity_id bigint references identity, -- of a registration; null for a sign-in
  expires_at timestamptz not null
);

-- Failures by a keyed digest of who tried whom, so that no list of addresses is kept.
create table sign_in_failure (
  key bytea primary key,
  failures integer not null,
  last_at timestamptz not null
);

-- The one-time link that finishes a set-up; there is one at most.
create table set_up (
  is_only boolean primary key default true check (is_only),
  token_hash bytea not null,
  expires_at timestamptz not null
);

create table member (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  identity_id bigint not null references identity,
  person_id bigint, -- who they are among the people that lists name, where that is sure
  roles text[] not null check (cardinality(roles) > 0),
  until_on date, -- the last day; of an auditor always
  disabled_at timestamptz,
  made_by text not null,
  created_at timestamptz not null,
  unique (organisation_id, identity_id)
);
create index on member (identity_id);

create table invitation (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  kind text not null check (kind in ('join', 'recover')),
  name text not null,
  email text not null,
  roles text[] not null,
  until_on date,
  member_id bigint references member, -- whose sign-in is recovered
  token_hash bytea not null unique,
  made_by text not null,
  made_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz,
  withdrawn_at timestamptz
);

create table api_token (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  name text not null,
  token_hash bytea not null unique,
  scopes text[] not null,
  made_by text not null,
  made_by_member bigint references member, -- whoever knows the token is refused with them
  created_at timestamptz not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  used_at timestamptz
);

-- What a change answered, so that a caller who lost the answer may ask again without it being done twice.
create table idempotent_answer (
  organisation_id bigint not null default current_organisation() references organisation,
  actor text not null,
  key text not null,
  request_digest bytea not null, -- of the endpoint and its input
  status integer,
  answer bytea, -- sealed
  at timestamptz not null,
  primary key (organisation_id, actor, key)
);
create index on idempotent_answer (at);

do $$
declare
  name text;
begin
  foreach name in array array['member', 'invitation', 'api_token', 'idempotent_answer'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;

-- Who stands at the door is asked before it is known for which organisation they speak. Each of these answers that one
-- question for the holder of a secret, as the owner; platform/database.ts lets nobody but the application call them.

create function find_session(hash bytea, wanted bigint)
  returns table (session_id bigint, identity_id bigint, is_arriving boolean, seen_at timestamptz, expires_at timestamptz,
    proved_at timestamptz, means text[], member_id bigint, organisation_id bigint, roles text[], time_zone text)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select session.id, session.identity_id, session.is_arriving, session.seen_at, session.expires_at, session.proved_at,
    session.means, served.id, served.organisation_id, served.roles, served.time_zone
  from session
  join identity on identity.id = session.identity_id and identity.disabled_at is null
  left join lateral (
    select member.id, member.organisation_id, member.roles, organisation.time_zone
    from member join organisation on organisation.id = member.organisation_id
    where member.identity_id = session.identity_id and member.disabled_at is null
      and (member.until_on is null or member.until_on >= (now() at time zone organisation.time_zone)::date)
      and (wanted is null or member.organisation_id = wanted)
    order by (member.organisation_id is not distinct from session.chosen_organisation) desc, member.organisation_id
    limit 1
  ) served on true
  where session.token_hash = hash
$$;

create function find_api_token(hash bytea)
  returns table (token_id bigint, organisation_id bigint, scopes text[], expires_at timestamptz, used_at timestamptz,
    time_zone text)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select token.id, token.organisation_id, token.scopes, token.expires_at, token.used_at, organisation.time_zone
  from api_token token
  join organisation on organisation.id = token.organisation_id
  left join member on member.id = token.made_by_member
  left join identity on identity.id = member.identity_id
  where token.token_hash = hash and token.revoked_at is null and member.disabled_at is null and identity.disabled_at is null
    and (member.until_on is null or member.until_on >= (now() at time zone organisation.time_zone)::date)
$$;

create function find_invitation(hash bytea)
  returns table (id bigint, organisation_id bigint, organisation text, kind text, name text, email text, roles text[],
    until_on date, member_id bigint, made_by text, expires_at timestamptz, used_at timestamptz, withdrawn_at timestamptz)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select invitation.id, invitation.organisation_id, organisation.name, invitation.kind, invitation.name, invitation.email,
    invitation.roles, invitation.until_on, invitation.member_id, invitation.made_by, invitation.expires_at,
    invitation.used_at, invitation.withdrawn_at
  from invitation join organisation on organisation.id = invitation.organisation_id
  where invitation.token_hash = hash
$$;

-- The organisations that an identity serves today.
create function memberships_of(whose bigint)
  returns table (member_id bigint, organisation_id bigint, organisation text, time_zone text, roles text[])
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select member.id, member.organisation_id, organisation.name, organisation.time_zone, member.roles
  from member join organisation on organisation.id = member.organisation_id
  where member.identity_id = whose and member.disabled_at is null
    and (member.until_on is null or member.until_on >= (now() at time zone organisation.time_zone)::date)
  order by member.organisation_id
$$;

-- How many organisations an identity belongs to, those that disabled it included: who belongs to one alone may be helped
-- by its administrators.
create function count_memberships(whose bigint) returns bigint
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select count(*) from member where identity_id = whose
$$;

create function has_members() returns boolean
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select exists (select from member)
$$;

-- Every organisation, for what Vigil does by itself at its times.
create function all_organisations() returns table (id bigint, time_zone text)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select id, time_zone from organisation order by id
$$;

-- The first administrator names the organisation that was there already (an import made it), or founds one. Once somebody
-- has signed in, no more are founded by this way.
create function found_organisation(called text, zone text) returns bigint
  volatile security definer set search_path = vigil, pg_temp language plpgsql as $$
declare
  founded bigint;
begin
  perform pg_advisory_xact_lock(7420, 2);
  if exists (select from member) then
    return null;
  end if;
  select min(id) into founded from organisation;
  if founded is null then
    insert into organisation (name, time_zone) values (called, zone) returning id into founded;
  else
    update organisation set name = called, time_zone = zone where id = founded;
  end if;
  return founded;
end $$;

-- Another organisation of the same installation, at the word of whoever holds the data directory.
create function add_organisation(called text, zone text) returns bigint
  volatile security definer set search_path = vigil, pg_temp language sql as $$
  insert into organisation (name, time_zone) values (called, zone) returning id
$$;
