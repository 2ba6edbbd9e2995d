-- What lists are sorted, filtered and paged by on the server. Under row-level security an index is searched only by
-- comparisons that cannot betray a row they were not meant to see; those of our enums and of parts of a text are not among
-- them. So what is searched for stands in columns of plain types, worked out from what is there.

alter table finding add column severity_rank smallint not null
  generated always as (case severity when 'critical' then 0 when 'high' then 1 when 'medium' then 2 else 3 end) stored;
drop index finding_organisation_id_severity_due_on_id_idx;
create index finding_worst on finding (organisation_id, severity_rank, due_on, id) where closed_at is null;
create index finding_due on finding (organisation_id, due_on, severity_rank, id) where closed_at is null;
create index finding_opened on finding (organisation_id, opened_at, id) where closed_at is null;
create index finding_of_safeguard on finding (organisation_id, safeguard_id, severity_rank, due_on, id)
  where closed_at is null;
create index finding_closed on finding (organisation_id, closed_at, id) where closed_at is not null;

-- The words of a ledger's entry hold no quotation mark and no backslash, and its keys have one order (core/ledger/model/entry.ts).
alter table ledger_entry
  add column at_text text collate "C" generated always as (substring(line from '"at":"([^"]*)"')) stored,
  add column actor text collate "C" generated always as (substring(line from '"actor":"([^"]*)"')) stored,
  add column action text collate "C" generated always as (substring(line from '"action":"([^"]*)"')) stored,
  add column outcome text collate "C" generated always as (substring(line from '"outcome":"([^"]*)"')) stored;
create index on ledger_entry (organisation_id, at_text);
create index on ledger_entry (organisation_id, actor, seq);
create index on ledger_entry (organisation_id, action, seq);
create index on ledger_entry (organisation_id, seq) where outcome = 'refused';

-- Which entries speak of a thing: read off the entries' own lines, so that it can be made anew at any time.
create table ledger_subject (
  organisation_id bigint not null default current_organisation(),
  subject text collate "C" not null,
  seq bigint not null,
  primary key (organisation_id, subject, seq)
);
create function subjects_of_entry(line text) returns setof text immutable strict language sql as $$
  select distinct jsonb_array_elements_text(substring(line from '"subjects":(\[.*\]),"digest":')::jsonb)
$$;
insert into ledger_subject (organisation_id, subject, seq)
  select organisation_id, subject, seq from ledger_entry cross join lateral subjects_of_entry(line) subject;

do $$
declare
  name text;
begin
  foreach name in array array['ledger_subject'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;

-- Who reports to whom: a manager sees what concerns their people.
create index on person_fact (organisation_id, manager_key) where manager_key is not null;
create index on person_fact (organisation_id, name_key) where name_key is not null;

-- The newest judgement of an organisation, by which it is told whether anything has changed.
create index on coverage (organisation_id, id);
