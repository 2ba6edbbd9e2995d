-- What evidence supports, and the hashes by which an entry of a long ledger is proved without reading all of it.

-- A piece of evidence and a thing that it supports, written kind:id, as ledger and tasks write it.
create table evidence_link (
  organisation_id bigint not null default current_organisation() references organisation,
  evidence_id uuid not null references evidence,
  about text collate "C" not null,
  linked_by text not null,
  linked_at timestamptz not null,
  primary key (organisation_id, about, evidence_id)
);
create index on evidence_link (organisation_id, evidence_id);
create index on evidence (organisation_id, id);

-- The roots of the whole subtrees of a log: level 1 is over 256 entries, level 2 over 256 of those, and so on. Worked out
-- from the leaf hashes, so that it can be made anew at any time; what it gives is held against the checkpoint.
create table ledger_subtree (
  organisation_id bigint not null default current_organisation(),
  level integer not null,
  place bigint not null, -- the entries place * 256^level and on
  hash bytea not null,
  primary key (organisation_id, level, place)
);

create function root_of_hashes(hashes bytea[]) returns bytea immutable strict language plpgsql as $$
begin
  while array_length(hashes, 1) > 1 loop
    hashes := array(
      select sha256('\x01'::bytea || hashes[2 * at - 1] || hashes[2 * at])
      from generate_series(1, array_length(hashes, 1) / 2) at order by at);
  end loop;
  return hashes[1];
end $$;

do $$
declare
  this integer := 1;
  made bigint;
begin
  insert into ledger_subtree (organisation_id, level, place, hash)
    select organisation_id, 1, seq / 256, root_of_hashes(array_agg(leaf_hash order by seq))
    from ledger_entry group by organisation_id, seq / 256 having count(*) = 256;
  loop
    insert into ledger_subtree (organisation_id, level, place, hash)
      select organisation_id, this + 1, place / 256, root_of_hashes(array_agg(hash order by place))
      from ledger_subtree where level = this group by organisation_id, place / 256 having count(*) = 256;
    get diagnostics made = row_count;
    exit when made = 0;
    this := this + 1;
  end loop;
end $$;
drop function root_of_hashes(bytea[]);

do $$
declare
  name text;
begin
  foreach name in array array['evidence_link', 'ledger_subtree'] loop
    execute format('alter table %I enable row level security', name);
    execute format('alter table %I force row level security', name);
    execute format(
      'create policy tenancy on %I using (organisation_id = (select current_organisation()))
       with check (organisation_id = (select current_organisation()))', name);
    execute format('create policy ownership on %I to current_user using (true) with check (true)', name);
  end loop;
end $$;
