/**
 * The tables of the query store. They hold integers only: what a code stands for is in the sealed dictionary. All of it can
 * be rebuilt from the log. Days are counted from 1970-01-01 in the organisation's zone, instants are milliseconds in UTC.
 *
 * `pair_day` and all below it are what explanations and rules work on, and stand in DuckDB whichever engine keeps the accesses:
 * they are an eighth of them.
 */

/** In DuckDB an access stands in `access_recent` until compaction moves it to `access_sorted`, in the order (patient, at). */
const accessColumns = `
  seq ubigint not null, "at" bigint not null, patient uinteger not null, usr uinteger not null, behalf uinteger not null,
  action utinyint not null, outcome utinyint not null, flags utinyint not null, purpose uinteger not null,
  object uinteger not null, workstation uinteger not null, application uinteger not null, department uinteger not null,
  source uinteger not null, reason uinteger not null`

export const accessTables = [
  `create table if not exists access_recent (${accessColumns})`,
  `create table if not exists access_sorted (${accessColumns})`,
  'create or replace view access as select * from access_sorted union all select * from access_recent',
]

export const deskTables = [
  /**
   * One row for what one login did to one patient's record on one day at one workstation. `hours` has a bit for each local
   * hour, `actions` one for each action (model/access.ts), `flags` all flags. Patient 0 is none. Rows of one key are added
   * up at compaction: until then there may be several, so readers sum (view `pair`).
   */
  `create table if not exists pair_day (
    usr uinteger not null, patient uinteger not null, day integer not null, workstation uinteger not null,
    n uinteger not null, failed uinteger not null, first_at bigint not null, last_at bigint not null,
    hours uinteger not null, actions uinteger not null, flags utinyint not null,
    department uinteger not null, application uinteger not null, object uinteger not null, purpose uinteger not null)`,
  `create or replace view pair as
    select usr, patient, day, workstation, sum(n)::bigint as n, sum(failed)::bigint as failed, min(first_at) as first_at,
      max(last_at) as last_at, bit_or(hours) as hours, bit_or(actions) as actions, bit_or(flags) as flags,
      max(department) as department, max(application) as application, max(object) as object, max(purpose) as purpose
    from pair_day group by usr, patient, day, workstation`,
  /**
   * `key` is a code of the dictionary 'key', as is `grp`, its group, which may be 0; the newest record of a key stands. `to_day` is
   * null while it is open. `is_gone` says that it is void only because its group does not name it any more. There is one row a
   * key here, a login or patient below: `Desk.apply` sees to it, since keeping an index costs more than all else.
   */
  `create table if not exists relation (
    key uinteger not null, kind utinyint not null, patient uinteger not null, usr uinteger not null,
    department uinteger not null, from_day integer not null, to_day integer, is_void boolean not null,
    grp uinteger not null, is_gone boolean not null)`,
  /**
   * Names, streets, places and phones are codes of the dictionary 'word', folded before they are coded (model/words.ts): `house`
   * is number, street and unit, `street` number and street, `road` the street alone. `same` is the patient's principal
   * identifier where this is another of theirs, `name` the name as it is shown (dictionary 'name'), `duty` a place in the list of relations/duties.ts.
   */
  `create table if not exists worker (
    usr uinteger not null, person uinteger not null, department uinteger not null, role uinteger not null,
    manager uinteger not null, hired_day integer, left_day integer, born_day integer, surname uinteger not null,
    given uinteger not null, street uinteger not null, place uinteger not null, phone uinteger not null,
    patient uinteger not null, is_shared boolean not null, house uinteger not null, road uinteger not null,
    house_number uinteger not null, duty utinyint not null, name uinteger not null)`,
  `create table if not exists patient (
    patient uinteger not null, surname uinteger not null, given uinteger not null, born_day integer, died_day integer,
    street uinteger not null, place uinteger not null, phone uinteger not null, is_watched boolean not null,
    house uinteger not null, road uinteger not null, house_number uinteger not null, same uinteger not null, name uinteger not null)`,
]

export const stateTables = [
  /** Up to where of the log everything is in the tables above, and how many texts the dictionary had then. One row. */
  'create table if not exists applied (to_seq ubigint not null, texts ubigint not null)',
  /** How large the tables were when they were last put in order, and how many sorted runs were added since. One row. */
  `create table if not exists compacted (
    access_rows ubigint not null, runs uinteger not null, pair_rows ubigint not null)`,
  /** Of what form this file is: what made it, for which zone, with which dictionary. One row. */
  'create table if not exists form (version integer not null, zone varchar not null, codes varchar not null)',
]

/** Where compaction gathers what then takes the place of a table: what a killed one left is dropped at the next opening. */
export const draftTables = ['access_next', 'access_rest', 'pair_day_next'] as const

/** Counts up when the tables change: a store of another version is made anew from the log. */
export const storeVersion = 2

/** Dictionaries beside those of the coded fields of an access; departments share the accesses' one. */
export const dictionaries = ['key', 'word', 'person', 'role', 'name'] as const
