-- What an organisation sets of the figures that the rules of the access trail go by. Only what differs from the usual is a row,
-- so that a better usual value reaches whoever never chose another.
create table access_rule_parameter (
  organisation_id bigint not null default current_organisation() references organisation,
  rule text collate "C" not null,
  parameter text collate "C" not null,
  value double precision not null,
  changed_by text not null,
  changed_at timestamptz not null,
  primary key (organisation_id, rule, parameter)
);

alter table access_rule_parameter enable row level security;
alter table access_rule_parameter force row level security;
create policy tenancy on access_rule_parameter using (organisation_id = (select current_organisation()))
  with check (organisation_id = (select current_organisation()));
create policy ownership on access_rule_parameter to current_user using (true) with check (true);
