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
import { findLogins, findSubjects, type Subjects } from './identity.ts'
import { crowdedSql, openDay, personOffset } from './pairs.ts'
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

interface PairRow {
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

interface Staff {
  readonly who: number
  readonly department: Code
  readonly duty: number
}

/** Finds the reasons of all accesses to these patients or by these logins; one patient or person at a time is meant. */
export async function findReasons(
  desk: Asker,
  by: { readonly patients: readonly Code[] } | { readonly users: readonly Code[] },
): Promise<FoundReasons> {
  const pairs = 'patients' in by ? await listPairsOfPatients(desk, by.patients) : await listPairsOfUsers(desk, by.users)
  const subjects = await findSubjects(desk, new Set(pairs.map((pair) => pair.patient)))
  const ties = await desk.ask<TieRow>(
    `select r.key, r.kind, r.patient, r.usr, r.department, r.from_day, r.to_day from relation r
      semi join (select unnest($patients::uinteger[]) as patient) t on t.patient = r.patient where not r.is_void`,
    { patients: [...subjects.subjectOf.keys()] },
  )
  const staff = await findStaff(desk, new Set([...pairs.map((pair) => pair.usr), ...ties.map((tie) => tie.usr)]))
  const crowded = new Set((await desk.ask<{ department: Code }>(crowdedSql)).map((row) => row.department)).add(0)
  return judge(pairs, groupTies(ties, subjects, staff, crowded), subjects, staff)
}

const pairSql = (
  column: 'usr' | 'patient',
) => `select d.usr, d.patient, d.day, max(d.department) as department from pair_day d
  semi join (select unnest($codes::uinteger[]) as code) t on t.code = d.${column}
  where d.usr <> 0 and d.patient <> 0 group by d.usr, d.patient, d.day`

async function listPairsOfPatients(desk: Asker, patients: readonly Code[]): Promise<PairRow[]> {
  const { subjectOf } = await findSubjects(desk, new Set(patients))
  return desk.ask<PairRow>(pairSql('patient'), { codes: [...subjectOf.keys()] })
}

async function listPairsOfUsers(desk: Asker, users: readonly Code[]): Promise<PairRow[]> {
  const logins = await findLogins(desk, new Set(users))
  return desk.ask<PairRow>(pairSql('usr'), { codes: [...new Set(users.flatMap((usr) => logins.loginsOf(usr)))] })
}

async function findStaff(desk: Asker, users: ReadonlySet<Code>): Promise<(usr: Code) => Staff> {
  const rows = await desk.ask<{ usr: Code; person: Code; department: Code; duty: number }>(
    `select w.usr, w.person, w.department, w.duty from worker w
      semi join (select unnest($users::uinteger[]) as usr) t on t.usr = w.usr`,
    { users: [...users] },
  )
  const known = new Map(
    rows.map((row): [Code, Staff] => [
      row.usr,
      { who: row.person === 0 ? row.usr : row.person + personOffset, department: row.department, duty: row.duty },
    ]),
  )
  return (usr) => known.get(usr) ?? { who: usr, department: 0, duty: 0 }
}

/** The ties of one patient, by what they are looked up by. */
interface TiesOfSubject {
  readonly byWho: Map<number, Tie[]>
  readonly byDepartment: Map<Code, Tie[]>
  readonly all: Tie[]
}

function groupTies(
  rows: readonly TieRow[],
  subjects: Subjects,
  staff: (usr: Code) => Staff,
  crowded: ReadonlySet<Code>,
): Map<Code, TiesOfSubject> {
  const groups = new Map<Code, TiesOfSubject>()
  for (const row of rows) {
    const subject = subjects.subjectOf.get(row.patient) ?? row.patient
    const group: TiesOfSubject = groups.get(subject) ?? { byWho: new Map(), byDepartment: new Map(), all: [] }
    groups.set(subject, group)
    const kind = relationKinds[row.kind]
    if (!kind) continue
    const tie = { key: row.key, kind, from: row.from_day, to: row.to_day ?? openDay }
    const person = staff(row.usr)
    group.all.push(tie)
    if (row.usr !== 0) push(group.byWho, person.who, tie)
    for (const department of new Set([row.department, person.department])) {
      if (!crowded.has(department)) push(group.byDepartment, department, tie)
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
  subjects: Subjects,
  staff: (usr: Code) => Staff,
): FoundReasons {
  const found = new Map<string, readonly FoundReason[]>()
  const explainedDays = new Map<string, number[]>()
  const left: { readonly pair: PairRow; readonly who: string }[] = []
  for (const pair of pairs) {
    const person = staff(pair.usr)
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
