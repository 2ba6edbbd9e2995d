-- What is searched by words: texts without case and marks, kept beside the rows. Under row-level security no index may look
-- for a part of a text, so all texts of an organisation are read; these indexes hold them close together.

create function folded(words text) returns text immutable strict parallel safe language sql
  return translate(replace(replace(replace(
    lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f]', '', 'g')),
    'ß', 'ss'), 'æ', 'ae'), 'œ', 'oe'), 'øłđı’', 'oldi''');

alter table person_fact add column words_folded text collate "C" generated always as (folded(left(
  coalesce(display_name, coalesce(given_name || ' ', '') || coalesce(family_name, '')) || ' ' || coalesce(email, '')
    || ' ' || coalesce(username, '') || ' ' || coalesce(employee_number, ''), 300))) stored;
create index person_fact_words on person_fact (organisation_id, words_folded) include (person_id)
  where person_id is not null;

alter table device_fact add column words_folded text collate "C" generated always as (folded(left(
  coalesce(name, '') || ' ' || coalesce(serial, '') || ' ' || coalesce(asset_tag, '') || ' ' || coalesce(user_name, ''),
  300))) stored;
create index device_fact_words on device_fact (organisation_id, words_folded) include (device_id)
  where device_id is not null;

alter table finding add column words_folded text collate "C" not null
  generated always as (folded(left(subject_label, 300))) stored;
create index finding_words on finding (organisation_id, words_folded) include (safeguard_id, severity_rank, due_on, id)
  where closed_at is null;
