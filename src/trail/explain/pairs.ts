/**
 * What explains each pair-day, as one SQL text over the desk's tables. README.md says what its rows are and how rules join.
 *
 * How it works, since it has to be fast over twelve million rows: the windows of all relations of a person and a patient are
 * cut into segments that do not overlap, each with the relation that holds longest there. So a pair-day finds at most one
 * segment and one hash join answers it: no list, no order, no row twice. The same for departments and duties. Repeats look only
 * at what is left. Nothing depends on the order in which anything came.
 */
import { type RelationKind, relationKinds } from '../model/relation.ts'
import { duties } from '../relations/duties.ts'
import type { Code, Desk } from '../store/store.ts'
import { crowdedSql, People, personOffset } from './people.ts'
import { departmentTemplate, dutyTemplates, repeatTemplate, tieTemplates, type Window } from './templates.ts'

/**
 * Which pairs: all, or those named, where 0 stands for any (`{ usr, patient: 0 }`: everything of that login). What belongs
 * together comes together: all logins of a person, all identifiers of a patient, all days.
 */
export type ExplainScope =
  | { readonly scope: 'all' }
  | { readonly scope: 'touched'; readonly pairs: readonly TouchedPair[] }

export interface TouchedPair {
  readonly usr: Code
  readonly patient: Code
}

const codeBase = 2 ** 32
export const openDay = 2_000_000
const dayShift = 1_000_000

export interface Statement {
  readonly sql: string
  readonly parameters: Readonly<Record<string, readonly number[]>>
}

/** The statement whose rows are (usr, patient, day, who, subject, strength, reason, relation). */
export async function explainPairs(desk: Pick<Desk, 'ask'>, scope: ExplainScope): Promise<Statement> {
  if (scope.scope === 'all') return { sql: allSql, parameters: {} }
  return { sql: touchedSql, parameters: await gatherTouched(desk, scope.pairs) }
}

/** Puts the rows of `explainPairs` into a table of this name, in the place of what was there. */
export async function explainInto(desk: Desk, table: string, scope: ExplainScope): Promise<void> {
  const { sql, parameters } = await explainPairs(desk, scope)
  await desk.change([
    { sql: `create or replace table ${table} as ${sql}`, ...(scope.scope === 'all' ? {} : { parameters }) },
  ])
}

function explainParts(isAll: boolean): string[] {
  return [
    `pair_known as (
      select p.usr, p.patient, p.day, coalesce(s.who, p.usr::bigint) as who, coalesce(k.subject, p.patient) as subject,
        coalesce(nullif(s.department, 0), p.department) as department, coalesce(s.duty, 0) as duty
      from pair_in p left join staff s on s.usr = p.usr left join known_subject k on k.patient = p.patient)`,
    `tie as materialized (
      select r.key, r.kind, coalesce(k.subject, r.patient) as subject,
        if(r.usr = 0, null, coalesce(s.who, r.usr::bigint)) as who, r.department, coalesce(s.department, 0) as of_person,
        r.from_day, coalesce(r.to_day, ${openDay}) as to_day
      from relation r ${isAll ? 'left' : ''} join known_subject k on k.patient = r.patient left join staff s on s.usr = r.usr
      where not r.is_void)`,
    `own_window (kind, before, after) as (values ${tieTemplates.map((one) => windowRow(one.name as RelationKind, one)).join(', ')})`,
    `department_window (kind, before, after) as (values ${windowRows(departmentTemplate.windows).join(', ')})`,
    `duty_window (duty, kind, before, after) as (values ${dutyTemplates
      .flatMap((one) => windowRows(one.windows, `${duties.indexOf(one.duty)}::utinyint, `))
      .join(', ')})`,
    segments(
      'own_segment',
      ['subject', 'who'],
      `select subject, who, from_day - before as first, to_day + after as last, kind, key
        from tie join own_window using (kind) where who is not null`,
    ),
    segments(
      'department_segment',
      ['subject', 'department'],
      `select subject, department, from_day - before as first, to_day + after as last, kind, key from (
          select subject, department, kind, key, from_day, to_day from tie where department <> 0
          union all
          select subject, of_person, kind, key, from_day, to_day from tie where of_person <> 0 and of_person <> department)
        join department_window using (kind) where department not in (select department from crowded)`,
    ),
    segments(
      'duty_segment',
      ['subject', 'duty'],
      `select subject, duty, from_day - before as first, to_day + after as last, kind, key
        from tie join duty_window using (kind) where duty in (select duty from staff)`,
    ),
    `judged as materialized (
      select p.usr, p.patient, p.day, p.who, p.subject,
        coalesce(1 + o.kind, if(d.key is null, null, ${departmentTemplate.code}), ${dutyCode('p.duty')}, 0)::utinyint as reason,
        coalesce(o.key, d.key, u.key, 0) as relation
      from pair_known p
      left join own_segment o on o.subject = p.subject and o.who = p.who and p.day between o.first and o.last
      left join department_segment d
        on d.subject = p.subject and d.department = p.department and p.day between d.first and d.last
      left join duty_segment u on u.subject = p.subject and u.duty = p.duty and p.day between u.first and u.last)`,
    `repeated as (
      select distinct l.usr, l.patient, l.day from judged l join judged e on e.who = l.who and e.subject = l.subject
        and e.day between l.day - ${repeatTemplate.within} and l.day - 1
      where l.reason = 0 and e.reason > 0)`,
  ]
}

/**
 * Cuts windows (…keys, first, last, kind, key) into segments that do not overlap. In each stands, of the windows that have begun,
 * the one that ends last; of several the one whose kind, then whose key has the greater code.
 */
function segments(name: string, keys: readonly string[], windows: string): string {
  const by = `partition by ${keys.join(', ')} order by first, rank`
  return `${name} as (
    select ${keys.join(', ')}, first, least(next - 1, (best // ${16 * codeBase}) - ${dayShift})::integer as last,
      ((best // ${codeBase}) % 16)::utinyint as kind, (best % ${codeBase})::uinteger as key
    from (
      select ${keys.join(', ')}, first, lead(first) over (${by}) as next,
        max(rank) over (${by} rows between unbounded preceding and current row) as best
      from (
        select ${keys.join(', ')}, first, ((last::bigint + ${dayShift}) * 16 + kind) * ${codeBase} + key as rank from (${windows})))
    where least(next - 1, (best // ${16 * codeBase}) - ${dayShift}) >= first)`
}

type Windows = Partial<Readonly<Record<RelationKind, Window>>>

function windowRow(kind: RelationKind, { before, after }: Window, prefix = ''): string {
  return `(${prefix}${relationKinds.indexOf(kind)}::utinyint, ${before}, ${after})`
}

function windowRows(windows: Windows, prefix = ''): string[] {
  return Object.entries(windows).map(([kind, one]) => windowRow(kind as RelationKind, one, prefix))
}

const dutyCode = (duty: string) =>
  `if(u.key is null, null, case ${duty} ${dutyTemplates
    .map((one) => `when ${duties.indexOf(one.duty)} then ${one.code}`)
    .join(' ')} end)`

const staff = `staff as materialized (
    select usr, if(person = 0, usr::bigint, person::bigint + ${personOffset}) as who, department, duty from worker),
  crowded as materialized (${crowdedSql})`

function explainSql(sources: readonly string[], isAll: boolean): string {
  return `with recursive ${[staff, ...sources, ...explainParts(isAll)].join(',\n')}
    select usr, patient, day, who, subject,
      (case when reason between 1 and ${relationKinds.length} then 2 when reason > 0 then 1 else 0 end)::utinyint as strength,
      reason::utinyint as reason, relation::uinteger as relation
    from (
      select usr, patient, day, who, subject, reason, relation from judged where reason > 0
      union all
      select l.usr, l.patient, l.day, l.who, l.subject, if(r.usr is null, 0, ${repeatTemplate.code}), 0
      from judged l left join repeated r on r.usr = l.usr and r.patient = l.patient and r.day = l.day where l.reason = 0
    )`
}

const pairColumns = 'select usr, patient, day, max(department) as department'

/** Where `same` leads to in the end; of a circle, the least in it. `People` does the same for few. */
const allSql = explainSql(
  [
    `way (patient, place) as (
      select patient, patient from patient where same <> 0
      union select w.patient, p.same from way w join patient p on p.patient = w.place where p.same <> 0)`,
    `straight as materialized (
      select w.patient, min(w.place) filter (where coalesce(p.same, 0) = 0) as subject
      from way w left join patient p on p.patient = w.place group by w.patient)`,
    `astray as materialized (
      select w.patient, w.place from way w semi join (select patient from straight where subject is null) s on s.patient = w.patient)`,
    `circle as (
      select distinct a.patient from astray a join astray b on b.patient = a.place and b.place = a.patient where a.place <> a.patient)`,
    `known_subject as materialized (
      select patient, subject from straight where subject is not null
      union all
      select a.patient, min(a.place) from astray a semi join circle c on c.patient = a.place group by a.patient)`,
    `pair_in as (${pairColumns} from pair_day where usr <> 0 and patient <> 0 group by usr, patient, day)`,
  ],
  true,
)

const touchedSql = explainSql(
  [
    `known_subject as materialized (
      select unnest($identifiers::uinteger[]) as patient, unnest($subjects::uinteger[]) as subject)`,
    `touched_day as (
      select d.usr, d.patient, d.day, d.department from pair_day d semi join (
        select unnest($pair_users::uinteger[]) as usr, unnest($pair_patients::uinteger[]) as patient) t
        on t.usr = d.usr and t.patient = d.patient
      union all
      select d.usr, d.patient, d.day, d.department from pair_day d
        semi join (select unnest($users::uinteger[]) as usr) t on t.usr = d.usr
      union all
      select d.usr, d.patient, d.day, d.department from pair_day d
        semi join (select unnest($patients::uinteger[]) as patient) t on t.patient = d.patient)`,
    `pair_in as (${pairColumns} from touched_day where usr <> 0 and patient <> 0 group by usr, patient, day)`,
  ],
  false,
)

/** Finds everything that belongs to the touched pairs. */
async function gatherTouched(desk: Pick<Desk, 'ask'>, pairs: readonly TouchedPair[]): Promise<Statement['parameters']> {
  const people = new People(desk)
  const workers = await people.workers()
  const named = await people.subjects(pairs.map((pair) => pair.patient))
  const users = new Set<Code>()
  const patients = new Set<Code>()
  const both = new Map<number, TouchedPair>()
  for (const pair of pairs) {
    const ofPerson = workers.loginsOf(pair.usr)
    const ofSubject = named.identifiersOf(pair.patient)
    if (pair.patient === 0) for (const usr of ofPerson) users.add(usr)
    else if (pair.usr === 0) for (const patient of ofSubject) patients.add(patient)
    else {
      for (const usr of ofPerson) for (const patient of ofSubject) both.set(usr * codeBase + patient, { usr, patient })
    }
  }
  users.delete(0)
  patients.delete(0)
  const seen = await desk.ask<{ patient: Code }>(
    'select distinct d.patient from pair_day d semi join (select unnest($users::uinteger[]) as usr) t on t.usr = d.usr',
    { users: [...users] },
  )
  const concerned = new Set([
    ...patients,
    ...[...both.values()].map((pair) => pair.patient),
    ...seen.map((row) => row.patient),
  ])
  const subjects = await people.subjects(concerned)
  const ordered = [...subjects.subjectOf.entries()]
  return {
    identifiers: ordered.map(([identifier]) => identifier),
    subjects: ordered.map(([, subject]) => subject),
    users: [...users],
    patients: [...patients],
    pair_users: [...both.values()].map((pair) => pair.usr),
    pair_patients: [...both.values()].map((pair) => pair.patient),
  }
}
