-- Programs that are told what happens, and calendars that are told what is due.

create table webhook (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  name text not null,
  url text not null,
  secret bytea not null, -- sealed: what messages are signed with
  slices text[] not null, -- the first words of the actions that are told; none for all
  made_by text not null,
  made_at timestamptz not null,
  next_seq bigint not null, -- the first entry of the ledger that it was not told of
  paused_at timestamptz,
  why_paused text check (why_paused in ('by-hand', 'gone', 'failing')),
  claimed_until timestamptz, -- somebody is telling it
  attempts integer not null default 0, -- of the entry at hand
  failing_since timestamptz,
  due_at timestamptz not null, -- not before then
  unique (organisation_id, name)
);

-- How messages went, the last some thousand of each.
create table webhook_attempt (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  webhook_id bigint not null references webhook on delete cascade,
  seq bigint not null,
  at timestamptz not null,
  took_ms integer not null,
  status integer, -- what it answered; null when it did not
  problem text -- why it counts as not told
);
create index on webhook_attempt (organisation_id, webhook_id, id);
create index on webhook_attempt (at);

-- One address a member: whoever knows it sees how much is due and when, nothing else.
create table calendar_feed (
  member_id bigint primary key references member,
  organisation_id bigint not null default current_organisation() references organisation,
  token_hash bytea not null unique,
  made_at timestamptz not null,
  read_at timestamptz
);

-- For how long is kept what is not proof of anything; where there is no row, what the code says.
create table retention (
  organisation_id bigint not null default current_organisation() references organisation,
  kind text not null,
  days integer not null check (days between 1 and 36525),
  primary key (organisation_id, kind)
);

do $$
declare
  name text;
begin
  foreach name in array array['webhook', 'webhook_attempt', 'calendar_feed', 'retention'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;

-- Which webhooks have something to be told now, of all organisations: numbers alone.
create function due_webhooks(at timestamptz, most integer) returns table (organisation_id bigint, webhook_id bigint)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select webhook.organisation_id, webhook.id
  from webhook join ledger_log on ledger_log.organisation_id = webhook.organisation_id
  where webhook.paused_at is null and webhook.due_at <= at and webhook.next_seq < ledger_log.size
    and (webhook.claimed_until is null or webhook.claimed_until <= at)
  order by webhook.due_at, webhook.id limit most
$$;

-- Whose calendar an address is, while its member may sign in.
create function find_calendar_feed(hash bytea)
  returns table (member_id bigint, organisation_id bigint, roles text[], time_zone text)
  stable security definer set search_path = vigil, pg_temp language sql as $$
  select member.id, member.organisation_id, member.roles, organisation.time_zone
  from calendar_feed feed
  join member on member.id = feed.member_id and member.disabled_at is null
  join identity on identity.id = member.identity_id and identity.disabled_at is null
  join organisation on organisation.id = member.organisation_id
  where feed.token_hash = hash
    and (member.until_on is null or member.until_on >= (now() at time zone organisation.time_zone)::date)
$$;
