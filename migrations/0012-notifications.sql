-- What members are told, what they chose to be told of by mail, and the mails that wait to be sent.

-- One piece of news for one member. Its words are made where it is shown: here lie its kind and what they are made of.
create table notification (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  member_id bigint not null references member,
  kind text not null check (kind ~ '^[a-z][a-z-]*$'),
  about text not null, -- the thing it leads to, as kind:id
  words jsonb not null,
  made_at timestamptz not null,
  read_at timestamptz,
  mailed_at timestamptz -- when a mail that tells of it was made
);
create index on notification (organisation_id, member_id, id);
create index on notification (organisation_id, member_id) where read_at is null;
create index on notification (organisation_id, member_id, id) where mailed_at is null and read_at is null;
create index on notification (organisation_id, made_at);

-- What was told of once: an end that comes near is news on the first day, not on each of the fourteen.
create table notification_told (
  organisation_id bigint not null default current_organisation() references organisation,
  kind text not null,
  about text not null,
  since text not null, -- the day or the run that made it news: it is news again when that changes
  told_at timestamptz not null,
  primary key (organisation_id, kind, about, since)
);
create index on notification_told (organisation_id, told_at);

-- What a member chose; without a row, what their roles suggest holds.
create table notification_choice (
  organisation_id bigint not null default current_organisation() references organisation,
  member_id bigint not null references member,
  digest text not null check (digest in ('off', 'daily', 'weekdays')),
  hour integer not null check (hour between 0 and 23), -- in the organisation's zone
  at_once text[] not null, -- kinds of which a mail tells without waiting for the digest
  chosen_at timestamptz not null,
  primary key (organisation_id, member_id)
);

-- The days whose digest was decided on, also where there was nothing to tell: no second one is made for the same day.
create table notification_digest (
  organisation_id bigint not null default current_organisation() references organisation,
  member_id bigint not null references member,
  digest_on date not null,
  made_at timestamptz not null,
  primary key (organisation_id, member_id, digest_on)
);
create index on notification_digest (organisation_id, made_at);

-- By which server mail goes out. The installation's own is known by its settings; that it serves stands here, so that a
-- change that tells of something knows whether mail goes out at all.
create table mail_settings (
  organisation_id bigint primary key default current_organisation() references organisation,
  way text not null check (way in ('own', 'installation')),
  host text,
  port integer check (port between 1 and 65535),
  security text check (security in ('tls', 'starttls', 'none')),
  username text,
  password bytea, -- sealed for this organisation
  ca text, -- of a server whose certificate no public authority signed
  from_address text,
  changed_by text not null,
  changed_at timestamptz not null,
  check (way = 'installation' or (host is not null and port is not null and security is not null
    and from_address is not null))
);

-- Mails that were made. What a mail says is made when it is sent; a link that lets somebody in lies sealed, and is
-- forgotten when the mail was sent or given up.
create table mail (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  purpose text not null check (purpose in ('digest', 'news', 'join', 'recover')),
  member_id bigint references member, -- who reads it; null for somebody who was invited
  invitation_id bigint references invitation,
  words jsonb not null,
  secret bytea,
  state text not null default 'waiting' check (state in ('waiting', 'sent', 'failed')),
  attempts integer not null default 0,
  next_at timestamptz not null, -- not tried before
  failure text, -- why the last try failed, as a word
  made_at timestamptz not null,
  ended_at timestamptz,
  check ((state = 'waiting') = (ended_at is null)),
  check (state = 'waiting' or secret is null)
);
create index on mail (organisation_id, next_at) where state = 'waiting';
create index on mail (organisation_id, id desc);
create index on mail (member_id);
create index on mail (invitation_id);

do $$
declare
  name text;
begin
  foreach name in array array['notification', 'notification_told', 'notification_choice', 'notification_digest',
    'mail_settings', 'mail']
  loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
