/**
 * What the rules keep on the desk. All of it can be worked out anew from accesses and relations by a run over all, save which
 * stories were once open: what no longer stands out stays as explained, since people may have decided about it. Ids outlast it
 * (ids.ts).
 */
import type { Desk } from '../store/store.ts'

const hourColumns = Array.from({ length: 24 }, (_, hour) => `h${hour}`)

/** A number that those share who live together, as far as is known: house and place, else the phone, else the patient alone. */
export const householdSql = `case when p.house <> 0 and p.house_number <> 0 and p.place <> 0 then p.house::bigint * 4294967296 + p.place
  when p.phone <> 0 then -p.phone::bigint else %subject::bigint end`

/** Stands for a household where the record does not matter: no phone, counted down from 0, gets there. */
export const noHousehold = -(2 ** 40)

export const ruleTables = [
  /** Days of a login with a record that nothing explains; `who`, `subject` as explain/README.md says. */
  `create table if not exists rule_day (
    usr uinteger not null, patient uinteger not null, who bigint not null, subject uinteger not null,
    household bigint not null, day integer not null, n bigint not null, failed bigint not null, first_at bigint not null,
    last_at bigint not null, hours uinteger not null, actions uinteger not null, flags utinyint not null,
    department uinteger not null, application uinteger not null, object uinteger not null)`,
  /** Whether nothing is known of any care of the patient within days of it: no appointment, order, note, stay or the like of anybody. */
  'alter table rule_day add column if not exists is_away boolean',
  /** What a rule about pairs found: one row for each login, patient and rule. `kind` is the place in `storyKinds`. */
  `create table if not exists rule_hit (
    kind utinyint not null, what utinyint not null, usr uinteger not null, patient uinteger not null, who bigint not null,
    subject uinteger not null, household bigint not null, other uinteger not null, figure integer not null,
    days integer[] not null, n bigint not null, busiest bigint not null, first_at bigint not null, last_at bigint not null,
    hours uinteger not null, actions uinteger not null, flags utinyint not null)`,
  /** What a person did on a day, explained or not. */
  `create table if not exists rule_person_day (
    who bigint not null, day integer not null, n bigint not null, first_at bigint not null, last_at bigint not null,
    hours uinteger not null, switches integer not null, far integer not null)`,
  /** On how many days a person worked, and worked in each hour. */
  `create table if not exists rule_profile (
    who bigint not null, usr uinteger not null, days integer not null, n bigint not null,
    ${hourColumns.map((hour) => `${hour} integer not null`).join(', ')})`,
  /** How often a person was at work at two workstations at once on a day: with patients of each in turn, the times run into each other. */
  `create table if not exists rule_overlap (
    who bigint not null, day integer not null, one uinteger not null, other uinteger not null,
    is_reading_one boolean not null, is_reading_other boolean not null, times integer not null)`,
  /** On how many days a person used a kind of object (1), worked from a department (2), took records out (3, by the bit), sat at a workstation (4). */
  'create table if not exists rule_use (who bigint not null, kind integer not null, code uinteger not null, days integer not null)',
  /** Who was who at the last run: a change of a worker is found by it. */
  'create table if not exists rule_worker (usr uinteger not null, who bigint not null, mark ubigint not null)',
  /** One row: the newest version of any story, and up to where of the log all was judged. */
  'create table if not exists rule_state (version bigint not null)',
  'alter table rule_state add column if not exists judged_to bigint',
  /** JSON of what was chosen of the rules' parameters when all was judged last. */
  'alter table rule_state add column if not exists parameters varchar',
  /** `state` 0 is open, 1 explained. `facts` is the JSON of `StoryFacts` (facts.ts): codes and numbers only. */
  `create table if not exists story (
    id varchar not null, version bigint not null, kind utinyint not null, score utinyint not null, state utinyint not null,
    first_at bigint not null, last_at bigint not null, facts varchar not null)`,
  /** The id under which it is told (ids.ts); `id` is that of its first part. */
  'alter table story add column if not exists told varchar',
]

/**
 * Makes the tables where they are missing. Versions of stories count up from the one given: where a desk is made anew, it has to
 * lie above all that came before, so that nobody who followed the stories takes a new one for one that they know.
 */
export async function prepareRules(desk: Desk, firstVersion = 0): Promise<void> {
  const begun = `insert into rule_state (version) select ${firstVersion} where not exists (select 1 from rule_state)`
  await desk.change([...ruleTables, begun].map((sql) => ({ sql })))
}

/** Removes everything but the stories, before a run over all. */
export const emptyRules = [
  'rule_day',
  'rule_hit',
  'rule_person_day',
  'rule_profile',
  'rule_use',
  'rule_overlap',
  'rule_worker',
].map((table) => `delete from ${table}`)
