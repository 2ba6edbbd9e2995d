/**
 * The reasons beside the accesses of one patient or one person, in words. It says the same as `explainPairs` of the same pairs
 * and is tested to; but it lists every kind of reason with the day nearest to the access, and takes a few milliseconds, since
 * it fetches what concerns the one instead of joining everything.
 */
import { sayDay } from '#platform/days.ts'
import { type RelationKind, relationKinds } from '../model/relation.ts'
import { duties } from '../relations/duties.ts'
import { dayText } from '../relations/rows.ts'
import type { Code, Desk } from '../store/store.ts'
import type { Reason } from '../trail.ts'
import { openDay } from './pairs.ts'
import type { Identifiers, People, Staff, Workers } from './people.ts'
import {
  departmentTemplate,
  dutyTemplates,
  reasonsByCode,
  repeatTemplate,
  tieTemplates,
  type Window,
} from './templates.ts'

type Asker = Pick<Desk, 'ask'>

export interface FoundReason {
  /** Of the template, as in `explained_pair.reason`. */
  readonly code: number
  /** The relation's, 0 for a repeat. */
  readonly relation: Code
  /** The first day of the relation, or of the access that is repeated. */
  readonly day: number
}

export interface FoundReasons {
  /** Of what this login did to this patient's record on this day: the strongest kind of reason only, none where unexplained. */
  of(usr: Code, patient: Code, day: number): readonly FoundReason[]
}

/** Says a reason: "Appointment with this person on 4 March 2026". */
export function sayReason(code: number, day: number): Reason {
  const words = reasonsByCode.get(code)
  if (!words) throw new Error(`There is no reason of code ${code}.`)
  return { name: words.name, says: words.says.replace('{day}', sayDay(dayText(day))) }
}

/** That a login touched a patient's record on a day, from a department. */
export interface PairRow {
  readonly usr: Code
  readonly patient: Code
  readonly day: number
  readonly department: Code
}

interface Tie {
  readonly key: Code
  readonly kind: RelationKind
  readonly from: number
  readonly to: number
}

interface TieRow {
  readonly key: Code
  readonly kind: number
  readonly patient: Code
  readonly usr: Code
  readonly department: Code
  readonly from_day: number
  readonly to_day: number | null
}

/** Days since 1970-01-01, both included. */
export interface Days {
  readonly from: number
  readonly to: number
}
export const allDays: Days = { from: -openDay, to: openDay }

/** Finds the reasons of all accesses by these logins in these days; one person at a time is meant. */
export async function findReasonsOfUsers(
  desk: Asker,
  people: People,
  users: readonly Code[],
  { from, to }: Days = allDays,
): Promise<FoundReasons> {
  const workers = await people.workers()
  const logins = [...new Set(users.flatMap((usr) => workers.loginsOf(usr)))]
  const pairs = await desk.ask<PairRow>(
    `select d.usr, d.patient, d.day, max(d.department) as department from pair_day d
      semi join (select unnest($logins::uinteger[]) as usr) t on t.usr = d.usr
      where d.usr <> 0 and d.patient <> 0 and d.day between $first::integer and $last::integer
      group by d.usr, d.patient, d.day`,
    // An explained access of the days before may be the reason of one that is asked for.
    { logins, first: from - repeatTemplate.within, last: to },
  )
  const subjects = await people.subjects(pairs.map((pair) => pair.patient))
  const ties = await listTies(desk, [...subjects.subjectOf.keys()])
  return judge(pairs, groupTies(ties, subjects, workers), subjects, workers)
}

/** Finds the reasons of all accesses to a patient, by any of their identifiers; the pairs are those of all accesses ever. */
export async function findReasonsOfPatient(
  desk: Asker,
  people: People,
  patient: Code,
  pairs: Promise<readonly PairRow[]>,
): Promise<FoundReasons> {
  const [workers, subjects] = await Promise.all([people.workers(), people.subjects([patient])])
  const [ties, all] = await Promise.all([listTies(desk, [...subjects.subjectOf.keys()]), pairs])
  return judge(all, groupTies(ties, subjects, workers), subjects, workers)
}

/** Up to so many patients are looked up where they stand; of more all relations are gone through. */
const fewPatients = 16

function listTies(desk: Asker, patients: readonly Code[]): Promise<TieRow[]> {
  const columns = 'select r.key, r.kind, r.patient, r.usr, r.department, r.from_day, r.to_day from relation r'
  if (patients.length > fewPatients) {
    return desk.ask<TieRow>(
      `${columns} semi join (select unnest($patients::uinteger[]) as patient) t on t.patient = r.patient where not r.is_void`,
      { patients },
    )
  }
  const each = patients.map((_, at) => `${columns} where r.patient = $patient${at}::uinteger and not r.is_void`)
  if (each.length === 0) return Promise.resolve([])
  return desk.ask<TieRow>(
    each.join(' union all '),
    Object.fromEntries(patients.map((patient, at) => [`patient${at}`, patient])),
  )
}

/** The ties of one patient, by what they are looked up by. */
interface TiesOfSubject {
  readonly byWho: Map<number, Tie[]>
  readonly byDepartment: Map<Code, Tie[]>
  readonly all: Tie[]
}

function groupTies(rows: readonly TieRow[], subjects: Identifiers, workers: Workers): Map<Code, TiesOfSubject> {
  const groups = new Map<Code, TiesOfSubject>()
  for (const row of rows) {
    const subject = subjects.subjectOf.get(row.patient) ?? row.patient
    const group: TiesOfSubject = groups.get(subject) ?? { byWho: new Map(), byDepartment: new Map(), all: [] }
    groups.set(subject, group)
    const kind = relationKinds[row.kind]
    if (!kind) continue
    const tie = { key: row.key, kind, from: row.from_day, to: row.to_day ?? openDay }
    const person = workers.of(row.usr)
    group.all.push(tie)
    if (row.usr !== 0) push(group.byWho, person.who, tie)
    for (const department of new Set([row.department, person.department])) {
      if (!workers.crowded.has(department)) push(group.byDepartment, department, tie)
    }
  }
  return groups
}

function push<Key>(map: Map<Key, Tie[]>, key: Key, tie: Tie): void {
  const known = map.get(key)
  if (known) known.push(tie)
  else map.set(key, [tie])
}

function judge(
  pairs: readonly PairRow[],
  groups: ReadonlyMap<Code, TiesOfSubject>,
  subjects: Identifiers,
  workers: Workers,
): FoundReasons {
  const found = new Map<string, readonly FoundReason[]>()
  const explainedDays = new Map<string, number[]>()
  const left: { readonly pair: PairRow; readonly who: string }[] = []
  for (const pair of pairs) {
    const person = workers.of(pair.usr)
    const subject = subjects.subjectOf.get(pair.patient) ?? pair.patient
    const who = `${person.who}/${subject}`
    const ties = groups.get(subject)
    const reasons = ties ? listReasons(pair, person, ties) : []
    if (reasons.length > 0) {
      found.set(pairKey(pair.usr, pair.patient, pair.day), reasons)
      const days = explainedDays.get(who)
      if (days) days.push(pair.day)
      else explainedDays.set(who, [pair.day])
    } else left.push({ pair, who })
  }
  for (const { pair, who } of left) {
    const earlier = explainedDays.get(who)?.filter((day) => day < pair.day && day >= pair.day - repeatTemplate.within)
    if (!earlier || earlier.length === 0) continue
    const day = earlier.reduce((latest, one) => Math.max(latest, one))
    found.set(pairKey(pair.usr, pair.patient, pair.day), [{ code: repeatTemplate.code, relation: 0, day }])
  }
  return { of: (usr, patient, day) => found.get(pairKey(usr, patient, day)) ?? [] }
}

const pairKey = (usr: Code, patient: Code, day: number) => `${usr}/${patient}/${day}`

type Windows = Partial<Readonly<Record<RelationKind, Window>>>

const ownWindows: Windows = Object.fromEntries(tieTemplates.map((one) => [one.name, one]))
const ownCodes = new Map(tieTemplates.map((one) => [one.name, one.code]))

function listReasons(pair: PairRow, person: Staff, ties: TiesOfSubject): FoundReason[] {
  const own = nearest(ties.byWho.get(person.who), ownWindows, pair.day)
  if (own.length > 0) {
    return own.map((tie) => ({ code: ownCodes.get(tie.kind) ?? 0, relation: tie.key, day: tie.from }))
  }
  const department = person.department || pair.department
  const [ofDepartment] = nearest(ties.byDepartment.get(department), departmentTemplate.windows, pair.day)
  if (ofDepartment) return [{ code: departmentTemplate.code, relation: ofDepartment.key, day: ofDepartment.from }]
  const template = dutyTemplates.find((one) => one.duty === duties[person.duty])
  const [ofDuty] = template ? nearest(ties.all, template.windows, pair.day) : []
  return template && ofDuty ? [{ code: template.code, relation: ofDuty.key, day: ofDuty.from }] : []
}

/** Of each kind the tie whose window holds the day and that is nearest to it, the nearest of all first. */
function nearest(ties: readonly Tie[] | undefined, windows: Windows, day: number): Tie[] {
  const best = new Map<RelationKind, Tie>()
  for (const tie of ties ?? []) {
    const window = windows[tie.kind]
    if (!window || day < tie.from - window.before || day > tie.to + window.after) continue
    const known = best.get(tie.kind)
    if (!known || isNearer(tie, known, day)) best.set(tie.kind, tie)
  }
  return [...best.values()].sort((one, other) => (isNearer(one, other, day) ? -1 : 1))
}

function isNearer(one: Tie, other: Tie, day: number): boolean {
  const order = distance(one, day) - distance(other, day) || other.from - one.from || one.key - other.key
  return order < 0
}

function distance(tie: Tie, day: number): number {
  return day < tie.from ? tie.from - day : day > tie.to ? day - tie.to : 0
}
