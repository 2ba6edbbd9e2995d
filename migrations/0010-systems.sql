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
