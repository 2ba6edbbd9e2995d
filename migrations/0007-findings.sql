-- Whose a finding is, as a member where it is one; and the lists that members keep by name.

-- What names a member of another organisation cannot be written, whatever a statement forgets.
alter table member add unique (organisation_id, id);

alter table finding
  add column owner_member_id bigint,
  add foreign key (organisation_id, owner_member_id) references member (organisation_id, id),
  -- Beside a member stands the name under which it was given to them, for lists and for whoever reads the table itself.
  add check (owner_member_id is null or owner is not null);
create index finding_of_member on finding (organisation_id, owner_member_id, severity_rank, due_on, id)
  where owner_member_id is not null and closed_at is null;

-- What was given by name until now belongs to the one member who is called so.
update finding set owner_member_id = called.member_id
from (
  select member.organisation_id, lower(identity.name) as name, min(member.id) as member_id
  from member join identity on identity.id = member.identity_id
  group by member.organisation_id, lower(identity.name) having count(*) = 1
) called
where finding.organisation_id = called.organisation_id and lower(finding.owner) = called.name;

-- A page with its filter, kept under a name: the member's own, or shown to everybody in the organisation.
create table saved_view (
  id bigint generated always as identity primary key,
  organisation_id bigint not null default current_organisation() references organisation,
  member_id bigint not null, -- who keeps it
  page text not null,
  name text not null,
  query text not null, -- the words of the address
  is_shared boolean not null default false,
  made_at timestamptz not null,
  foreign key (organisation_id, member_id) references member (organisation_id, id)
);
create unique index on saved_view (organisation_id, member_id, page, lower(name));
create index on saved_view (organisation_id, page) where is_shared;

do $$
declare
  name text;
begin
  foreach name in array array['saved_view'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
