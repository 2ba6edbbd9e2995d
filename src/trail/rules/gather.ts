/**
 * Keeps the tables of tables.ts up to what accesses and relations say: of everything, or of what was touched. Each row of them
 * depends on its own pair or person alone, so both ways give the same rows; whatever compares people is worked out from
 * these tables as a whole in every run (weigh.ts).
 */

import { explainInto, openDay, type TouchedPair } from '../explain/pairs.ts'
import { personOffset } from '../explain/people.ts'
import { storyKinds } from '../model/story.ts'
import type { Code, Desk } from '../store/store.ts'
import { fillSql, isReading, type ParameterValues } from './rule.ts'
import { rules } from './rules.ts'
import { emptyRules, householdSql, noHousehold } from './tables.ts'

export interface Touched {
  /** Logins of which everything is worked out anew: their worker changed. */
  readonly users: readonly Code[]
  /** Patients of whom everything is: they or a relation of theirs changed. */
  readonly patients: readonly Code[]
  /** Pairs with new accesses. */
  readonly pairs?: readonly TouchedPair[] | undefined
}

const whoOfWorker = `if(person = 0, usr::bigint, person::bigint + ${personOffset})`

/** Within so many milliseconds nobody walks to another workstation; a longer stay at one is no overlap. */
const walkMs = 60_000
const longestStayMs = 15 * 60_000
const overlapMs = 10_000

/** Without any known care of a patient within so many days of an access, nobody had them to look after. */
const awayDays = 7

/** Pairs of whom the patient was touched, not the login. */
const othersJoin = `join (select * from explained_live where usr not in (select usr from scope_login)) e
  on e.usr = p.usr and e.patient = p.patient and e.day = p.day`

const workerMark =
  'hash(usr, person, department, role, duty, manager, left_day, born_day, surname, given, street, place, phone, patient, is_shared, house, road, house_number)'

export async function gatherAll(desk: Desk, today: number, parameters: ParameterValues): Promise<void> {
  await explainInto(desk, 'explained_pair', { scope: 'all' })
  await desk.change(
    [
      ...emptyRules,
      'create or replace temp view scope_explained as select * from explained_pair',
      'create or replace temp view scope_patient as select * from patient',
      `create or replace temp table scope_work as ${summedRows(
        'coalesce(w.who, p.usr::bigint)',
        `left join (select usr, ${whoOfWorker} as who from worker) w on w.usr = p.usr where p.usr <> 0`,
      )}`,
      'create or replace temp view scope_pair as select * from scope_work',
      `insert into rule_day ${dayRows('(select * from explained_pair where strength = 0)', 'scope_work')}`,
      'create or replace temp view scope_day as select * from rule_day',
      ...findHits(today, parameters),
      ...gatherPeople('all'),
      `insert into rule_worker select usr, ${whoOfWorker}, ${workerMark} from worker`,
      'drop view scope_pair',
      'drop table scope_work',
      'drop view scope_day',
      'drop view scope_patient',
      'drop view scope_explained',
    ].map((sql) => ({ sql })),
  )
}

export async function gatherTouched(
  desk: Desk,
  touched: Touched,
  today: number,
  parameters: ParameterValues,
): Promise<void> {
  const { users, patients, logins } = await followWorkers(desk, touched)
  const pairs: TouchedPair[] = [
    ...[...users].map((usr) => ({ usr, patient: 0 })),
    ...[...patients].map((patient) => ({ usr: 0, patient })),
    ...(touched.pairs ?? []),
  ].filter((pair) => pair.usr !== 0 || pair.patient !== 0)
  await explainInto(desk, 'explained_live', { scope: 'touched', pairs })
  const codes = [...logins]
  await desk.change([
    { sql: 'create or replace temp view scope_explained as select * from explained_live' },
    {
      // All persons whose days are worked out anew, with all of their logins; also those that a login belonged to before.
      sql: `create or replace temp table scope_who as
        with named as (select unnest($codes::uinteger[]) as usr), staff as (select usr, ${whoOfWorker} as who from worker)
        select distinct coalesce(s.who, n.usr::bigint) as who from named n left join staff s on s.usr = n.usr
        union select who from rule_worker semi join named n on n.usr = rule_worker.usr
        union select usr::bigint from named`,
      parameters: { codes },
    },
    {
      sql: `create or replace temp table scope_login as
        select usr, ${whoOfWorker} as who from worker where ${whoOfWorker} in (select who from scope_who)
        union all
        select c.usr, c.usr::bigint from (select distinct unnest($codes::uinteger[]) as usr) c anti join worker w on w.usr = c.usr`,
      parameters: { codes },
    },
    ...[
      'create or replace temp table scope_key as select distinct usr, patient from explained_live',
      `create or replace temp table scope_patient as
        select * from patient where patient in (select patient from scope_key)`,
      `create or replace temp table scope_work as ${summedRows('l.who', 'join scope_login l on l.usr = p.usr')}`,
      `create or replace temp table scope_pair as
        select w.* from scope_work w semi join scope_key k on k.usr = w.usr and k.patient = w.patient
        union all
        select * from scope_work where patient = 0
        ${patients.size === 0 ? '' : `union all ${summedRows('any_value(e.who)', othersJoin, false)}`}`,
      `create or replace temp table scope_day as ${dayRows('(select * from explained_live where strength = 0)', 'scope_pair')}`,
      'delete from rule_day using scope_key k where rule_day.usr = k.usr and rule_day.patient = k.patient',
      'insert into rule_day select * from scope_day',
      'delete from rule_hit using scope_key k where rule_hit.usr = k.usr and rule_hit.patient = k.patient',
      'delete from rule_hit where patient = 0 and usr in (select usr from scope_login)',
      ...findHits(today, parameters),
      ...gatherPeople('touched'),
      'delete from rule_worker where usr in (select usr from scope_login)',
      `insert into rule_worker select usr, ${whoOfWorker}, ${workerMark} from worker where usr in (select usr from scope_login)`,
      'drop table scope_work',
      'drop table scope_pair',
      'drop table scope_day',
      'drop table scope_patient',
      'drop view scope_explained',
    ].map((sql) => ({ sql })),
  ])
}

/**
 * Adds what a change of a worker reaches: everything that they opened, the record of the colleague that they are, and the
 * hits that named them before.
 */
async function followWorkers(desk: Desk, touched: Touched) {
  const changed = await desk.ask<{ usr: Code }>(
    `select w.usr from worker w left join rule_worker r on r.usr = w.usr where r.mark is distinct from ${workerMark.replaceAll(/(?<=[(, ])(?=[a-z])/g, 'w.')}`,
  )
  const users = new Set([...touched.users, ...changed.map((row) => row.usr)])
  const patients = new Set(touched.patients)
  if (changed.length > 0) {
    const reached = await desk.ask<{ patient: Code; usr: Code }>(
      `with changed as (select unnest($codes::uinteger[]) as usr), one as (select w.* from worker w semi join changed c on c.usr = w.usr)
      select patient, 0 as usr from one where patient <> 0
      union select p.patient, 0 from patient p join one o on p.same = o.patient where o.patient <> 0
      union select p.patient, 0 from patient p join one o
        on p.surname = o.surname and p.given = o.given and p.born_day = o.born_day where o.surname <> 0 and o.given <> 0
      union select h.patient, 0 from rule_hit h semi join changed c on c.usr = h.other
        where h.kind = ${storyKinds.indexOf('co-worker')}
      union select 0, r.usr from rule_worker r where r.who in (select who from rule_worker semi join changed c on c.usr = rule_worker.usr)`,
      { codes: changed.map((row) => row.usr) },
    )
    for (const row of reached) {
      if (row.patient !== 0) patients.add(row.patient)
      if (row.usr !== 0) users.add(row.usr)
    }
  }
  const logins = new Set([...users, ...(touched.pairs ?? []).map((pair) => pair.usr)])
  logins.delete(0)
  return { users, patients, logins }
}

/** Pair-days by workstation, one row each: `pair_day` may have several of one key. */
function summedRows(who: string, joins: string, byWho = true): string {
  return `select p.usr, p.patient, p.day, p.workstation, ${who} as who, sum(p.n)::bigint as n, sum(p.failed)::bigint as failed,
      min(p.first_at) as first_at, max(p.last_at) as last_at, bit_or(p.hours) as hours, bit_or(p.actions) as actions,
      bit_or(p.flags) as flags, max(p.department) as department, max(p.application) as application, max(p.object) as object
    from pair_day p ${joins} group by p.usr, p.patient, p.day, p.workstation${byWho ? `, ${who}` : ''}`
}

/** The rows of `rule_day`, of the explained pairs given. */
function dayRows(unexplained: string, pairs: string): string {
  return `
    select d.*, c.subject is null as is_away from (
      select p.usr, p.patient, any_value(e.who) as who, any_value(e.subject) as subject, 
        any_value(${householdSql.replace('%subject', 'e.subject').replaceAll('p.', 'h.')}) as household,
        p.day, sum(p.n)::bigint as n, sum(p.failed)::bigint as failed, min(p.first_at) as first_at, max(p.last_at) as last_at,
        bit_or(p.hours) as hours, bit_or(p.actions) as actions, bit_or(p.flags) as flags, max(p.department) as department,
        max(p.application) as application, max(p.object) as object
      from ${pairs} p join ${unexplained} e on e.usr = p.usr and e.patient = p.patient and e.day = p.day
      left join scope_patient h on h.patient = p.patient
      group by p.usr, p.patient, p.day) d
    left join (
      select distinct k.subject, k.day from (select distinct e.subject, e.day from ${unexplained} e) k
      join relation r on r.patient = k.subject and not r.is_void
        and k.day between r.from_day - ${awayDays} and coalesce(r.to_day, ${openDay}) + ${awayDays}
    ) c on c.subject = d.subject and c.day = d.day
    where d.n > d.failed and d.flags & 8 = 0`
}

/** One statement for each rule about pairs. A login's days of one rule become one row. */
function findHits(today: number, parameters: ParameterValues): string[] {
  return rules
    .filter((rule) => rule.about === 'pair')
    .map((rule) => {
      const sql = fillSql(rule.sql, { ...parameters[rule.name], today })
      const isOfPerson = rule.name === 'after-leaving'
      return `insert into rule_hit
        select ${storyKinds.indexOf(rule.name)}, f.what, f.usr, f.patient, coalesce(d.who, w.who, f.usr::bigint),
          coalesce(d.subject, f.patient), ${isOfPerson ? noHousehold : `coalesce(d.household, ${householdSql.replace('%subject', 'coalesce(d.subject, f.patient)')})`},
          f.other, f.figure, f.days, f.n, f.busiest, f.first_at, f.last_at, f.hours, f.actions, f.flags
        from (
          select usr, patient, min(what) as what, arg_min(other, what) as other,
            ${rule.name === 'slow-series' || rule.name === 'unexplained' ? 'max' : 'min'}(figure)::integer as figure,
            list_sort(list(distinct day)) as days, sum(n)::bigint as n, max(n)::bigint as busiest, min(first_at) as first_at,
            max(last_at) as last_at, bit_or(hours) as hours, bit_or(actions) as actions, bit_or(flags) as flags
          from (${sql}) group by usr, patient) f
        left join (select usr, ${whoOfWorker} as who from worker) w on w.usr = f.usr
        left join scope_patient p on p.patient = f.patient
        left join (select distinct usr, patient, subject, who, household from scope_day) d on d.usr = f.usr and d.patient = f.patient`
    })
}

/** The days, hours and habits of persons: of all, or of those in `scope_login` and `scope_who`. */
function gatherPeople(scope: 'all' | 'touched'): string[] {
  const isAll = scope === 'all'
  const hours = Array.from({ length: 24 }, (_, hour) => `sum(hours >> ${hour} & 1)::integer`).join(', ')
  return [
    ...(isAll
      ? []
      : ['rule_person_day', 'rule_profile', 'rule_use', 'rule_overlap'].map(
          (table) => `delete from ${table} where who in (select who from scope_who)`,
        )),
    `insert into rule_person_day
      with daily as (
        select who, day, sum(n)::bigint as n, min(first_at) as first_at, max(last_at) as last_at, bit_or(hours) as hours,
          min(workstation) <> max(workstation) as is_moving
        from scope_work where flags & 8 = 0 group by who, day
      ), moves as (
        select who, day, count(*) as switches, count(*) filter (is_far) as far from (
          select who, day, workstation <> lag(workstation) over later and (
              first_at - lag(first_at) over later <= ${walkMs}
              or (first_at < lag(last_at) over later and lag(last_at) over later - lag(first_at) over later <= ${longestStayMs})
            ) as is_switch,
            department <> lag(department) over later and department <> 0 and lag(department) over later <> 0 as is_far
          from (
            select p.who, p.day, p.workstation, p.department, p.first_at, p.last_at, p.patient, p.usr
            from scope_work p semi join (select who, day from daily where is_moving) m on m.who = p.who and m.day = p.day
            where p.workstation <> 0 and p.flags & 8 = 0)
          window later as (partition by who, day order by first_at, last_at, workstation, patient, usr))
        where is_switch group by who, day)
      select d.who, d.day, d.n, d.first_at, d.last_at, d.hours, coalesce(m.switches, 0), coalesce(m.far, 0)
      from daily d left join moves m on m.who = d.who and m.day = d.day`,
    // A stay counts only where there is an access in every minute of it: of a return later in the day the first and the last are known.
    `insert into rule_overlap
      select who, day, workstation, before, bool_and(is_reading), bool_and(was_reading), count(*)::integer from (
        select who, day, workstation, first_at, last_at, is_reading, lag(is_reading) over later as was_reading,
          lag(workstation) over later as before, lag(last_at) over later as until
        from (
          select p.who, p.day, p.workstation, p.first_at, p.last_at, p.patient, p.usr, ${isReading('p.actions')} as is_reading
          from scope_work p semi join (select who, day from rule_person_day where switches > 0) m on m.who = p.who and m.day = p.day
          where p.workstation <> 0 and p.patient <> 0 and p.flags & 8 = 0 and p.n > p.failed
            and p.last_at - p.first_at between 1 and ${walkMs} * p.n)
        window later as (partition by who, day order by first_at, last_at, workstation, patient, usr))
      where workstation <> before and least(until, last_at) - first_at >= ${overlapMs}
      group by who, day, workstation, before`,
    `insert into rule_profile
      select d.who, ${isAll ? 'coalesce(w.usr, d.who)' : 'min(w.usr)'}, count(*), sum(n), ${hours}
      from rule_person_day d ${
        isAll
          ? `left join (select ${whoOfWorker} as who, min(usr) as usr from worker group by all) w on w.who = d.who`
          : 'join (select who, min(usr) as usr from scope_login group by who) w on w.who = d.who'
      } group by d.who${isAll ? ', w.usr' : ''}`,
    `insert into rule_use
      with daily as (
        select who, day, object, department, bit_or(actions & ${(1 << 4) | (1 << 6) | (1 << 7) | (1 << 11)}) as taken
        from scope_work where n > failed and flags & 8 = 0 group by who, day, object, department)
      select who, 1, object, count(distinct day)::integer from daily where object <> 0 group by who, object
      union all
      select who, 2, department, count(distinct day)::integer from daily where department <> 0 group by who, department
      union all
      select who, 4, workstation, count(distinct day)::integer from scope_work
      where workstation <> 0 and n > failed and flags & 8 = 0 group by who, workstation
      union all
      select d.who, 3, b.bit, count(distinct day)::integer
      from daily d join (values (16), (64), (128), (2048)) b (bit) on d.taken & b.bit > 0 group by d.who, b.bit`,
  ]
}
