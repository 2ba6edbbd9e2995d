-- What the pages of systems and devices are paged by, and how their findings and their people are reached from one row.

-- In the order of an alphabet, whatever the case; a column of its own, since an index over an expression is not searched
-- under row-level security.
alter table system add column sort_name text collate "C" not null generated always as (lower(name)) stored;
alter table device add column sort_name text collate "C" not null generated always as (lower(name)) stored;
create index on system (organisation_id, sort_name, id);
create index on device (organisation_id, sort_name, id);

create index on system_name (system_id);
create index component_of_device on component_fact (device_id) where absent_from is null;
-- Software of which no inventory of devices knows the host: it may run in a system of that name.
create index component_of_host on component_fact (organisation_id, host_key)
  where absent_from is null and device_id is null;
create index finding_of_subject on finding (organisation_id, subject_kind, subject_id);
create index on person_fact (organisation_id, email_key) where email_key is not null;
create index on person_fact (organisation_id, username_key) where username_key is not null;

-- How many accounts of a system are told of alike: by the same lists, in the same words. A page counts these few rows instead
-- of all accounts. They hold no verdict: which lists still speak, and whether somebody has left, is looked up at each reading,
-- so that what lapses is unknown from then on. Worked out anew whenever identities are resolved.
create table system_login (
  organisation_id bigint not null default current_organisation() references organisation,
  system_id bigint not null,
  source_ids bigint[] not null, -- of the lists that name them; what each says stands at its place in the next three
  enabled boolean[] not null,
  privileged boolean[] not null,
  second_factor boolean[] not null,
  register_ids bigint[] not null, -- of the registers of second factors that speak of them
  registered boolean[] not null,
  is_owned boolean not null,
  accounts bigint not null,
  leaver_ids bigint[] not null -- whose they are, account by account, of those of whom some list knows a last day
);
create index on system_login (organisation_id, system_id);

create view system_login_now with (security_invoker = true) as
  with told as (
    select account_id, array_agg(source_id) as source_ids, array_agg(enabled) as enabled, array_agg(privileged) as privileged,
      array_agg(mfa_enrolled) as second_factor
    from account_fact where absent_from is null and account_id is not null group by account_id
  ), registered as (
    select account_mfa.account_id, array_agg(fact.source_id) as register_ids,
      array_agg(fact.enrolled and not coalesce(fact.bypassed, false)) as registered
    from account_mfa join mfa_fact fact on fact.id = account_mfa.mfa_fact_id and fact.absent_from is null
    group by account_mfa.account_id
  ), leaver as (
    select distinct person_id from person_fact
    where absent_from is null and person_id is not null and (left_on is not null or standing = 'left')
  )
  select account.organisation_id, account.system_id, told.source_ids, told.enabled, told.privileged, told.second_factor,
    coalesce(registered.register_ids, '{}') as register_ids, coalesce(registered.registered, '{}') as registered,
    account.person_id is not null as is_owned, count(*) as accounts,
    coalesce(array_agg(leaver.person_id) filter (where leaver.person_id is not null), '{}')
      as leaver_ids
  from told
  join account on account.id = told.account_id
  left join registered on registered.account_id = account.id
  left join leaver on leaver.person_id = account.person_id and account.link is distinct from 'named'
  group by 1, 2, 3, 4, 5, 6, 7, 8, 9;

insert into system_login (organisation_id, system_id, source_ids, enabled, privileged, second_factor, register_ids,
    registered, is_owned, accounts, leaver_ids)
  select organisation_id, system_id, source_ids, enabled, privileged, second_factor, register_ids,
    registered, is_owned, accounts, leaver_ids
  from system_login_now;

do $$
declare
  name text;
begin
  foreach name in array array['system_login'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
