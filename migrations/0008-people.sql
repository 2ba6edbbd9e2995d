-- What people are listed, sorted and searched by, and which accounts are theirs, so that a page of people looks at no facts
-- but its own. It holds nothing that the facts do not say, and is worked out anew whenever identities are resolved. What may
-- lapse (whether somebody has left, whether an account works) is not in it but for a hint of where to look.
create table person_entry (
  organisation_id bigint not null default current_organisation() references organisation,
  person_id bigint not null,
  name text,
  title text,
  department text,
  sort_name text collate "C" not null, -- small letters without marks
  words text collate "C" not null, -- names, numbers, addresses and user names, folded alike
  account_ids bigint[] not null,
  answers_for_ids bigint[] not null, -- accounts that are not theirs, but for which they answer
  may_get_in boolean not null, -- some list said that an account of theirs is enabled
  -- What is open about them or an account of theirs, worked out anew also whenever findings were judged.
  worst_rank integer not null default 4, -- of the worst, 0 being critical; 4 where nothing is open
  findings integer not null default 0,
  primary key (organisation_id, person_id)
);
create index on person_entry (organisation_id, sort_name, person_id);
create index on person_entry (organisation_id, department, sort_name, person_id);

create function fold_words(words text) returns text immutable strict parallel safe language sql
  return lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g'));

create view person_entry_now with (security_invoker = true) as
  with said as (
    select organisation_id, person_id,
      (array_agg(name order by absent_from desc nulls first, left_on desc nulls first, id desc)
        filter (where name is not null))[1] as name,
      (array_agg(title order by absent_from desc nulls first, left_on desc nulls first, id desc)
        filter (where title is not null))[1] as title,
      (array_agg(department order by absent_from desc nulls first, left_on desc nulls first, id desc)
        filter (where department is not null))[1] as department,
      string_agg(distinct concat_ws(' ', name, email, username, employee_number), ' ') as words
    from (
      select *, coalesce(display_name, nullif(concat_ws(' ', given_name, family_name), ''), email, username,
        employee_number) as name
      from person_fact where person_id is not null
    ) fact
    group by organisation_id, person_id
  ), told as (
    select account_id, bool_or(enabled) as enabled from account_fact where absent_from is null group by account_id
  ), held as (
    select account.organisation_id, account.person_id,
      array_agg(account.id order by account.id) filter (where account.link is distinct from 'named') as account_ids,
      array_agg(account.id order by account.id) filter (where account.link = 'named') as answers_for_ids,
      string_agg(distinct account.username, ' ') filter (where account.link is distinct from 'named') as words,
      bool_or(told.enabled) filter (where account.link is distinct from 'named') as may_get_in
    from account left join told on told.account_id = account.id
    where account.person_id is not null
    group by account.organisation_id, account.person_id
  )
  select said.organisation_id, said.person_id, said.name, said.title, said.department,
    left(fold_words(coalesce(said.name, '')), 200) as sort_name,
    left(fold_words(concat_ws(' ', said.words, held.words)), 2000) as words,
    coalesce(held.account_ids, '{}') as account_ids, coalesce(held.answers_for_ids, '{}') as answers_for_ids,
    coalesce(held.may_get_in, false) as may_get_in
  from said
  left join held on held.organisation_id = said.organisation_id and held.person_id = said.person_id;

insert into person_entry (organisation_id, person_id, name, title, department, sort_name, words, account_ids,
    answers_for_ids, may_get_in)
  select organisation_id, person_id, name, title, department, sort_name, words, account_ids, answers_for_ids, may_get_in
  from person_entry_now;

create view person_concern_now with (security_invoker = true) as
  select entry.organisation_id, entry.person_id, coalesce(open.worst_rank, 4) as worst_rank,
    coalesce(open.findings, 0) as findings
  from person_entry entry left join (
    select organisation_id, person_id, min(severity_rank)::integer as worst_rank, count(*)::integer as findings from (
      select organisation_id, subject_id as person_id, severity_rank from finding
      where subject_kind = 'person' and closed_at is null
      union all
      select account.organisation_id, account.person_id, finding.severity_rank
      from finding join account on account.id = finding.subject_id
      where finding.subject_kind = 'account' and finding.closed_at is null and account.link is distinct from 'named'
        and account.person_id is not null
    ) finding group by organisation_id, person_id
  ) open on open.organisation_id = entry.organisation_id and open.person_id = entry.person_id;

update person_entry set worst_rank = told.worst_rank, findings = told.findings
from person_concern_now told
where told.organisation_id = person_entry.organisation_id and told.person_id = person_entry.person_id;

do $$
declare
  name text;
begin
  foreach name in array array['person_entry'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
