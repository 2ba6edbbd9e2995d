/**
 * Who is one: a person has several logins, a patient several identifiers. The same as the common table expressions `staff` and
 * `way` of pairs.ts do for all, for few at once: two or three short scans instead of a join of everything.
 */
import type { Code, Desk } from '../store/store.ts'

type Asker = Pick<Desk, 'ask'>

export interface Subjects {
  /** Of every identifier of every subject concerned: its subject. */
  readonly subjectOf: ReadonlyMap<Code, Code>
  identifiersOf(patient: Code): readonly Code[]
}

const upSql = `select p.patient, p.same from patient p
  semi join (select unnest($patients::uinteger[]) as patient) t on t.patient = p.patient where p.same <> 0`
const downSql = `select p.patient, p.same from patient p
  semi join (select unnest($patients::uinteger[]) as patient) t on t.patient = p.same`

interface SameRow {
  readonly patient: Code
  readonly same: Code
}

/** Finds the principal identifier of each of these patients, and all identifiers that lead to it. */
export async function findSubjects(desk: Asker, patients: ReadonlySet<Code>): Promise<Subjects> {
  const start = [...patients].filter((patient) => patient !== 0)
  const sameAs = new Map<Code, Code>()
  for (let next = start; next.length > 0; ) {
    const rows = await desk.ask<SameRow>(upSql, { patients: next })
    for (const row of rows) sameAs.set(row.patient, row.same)
    next = [...new Set(rows.map((row) => row.same))].filter((patient) => !sameAs.has(patient))
  }
  const subjectOf = new Map<Code, Code>()
  const identifiers = new Map<Code, Code[]>()
  const add = (patient: Code, subject: Code) => {
    if (subjectOf.has(patient)) return false
    subjectOf.set(patient, subject)
    const known = identifiers.get(subject)
    if (known) known.push(patient)
    else identifiers.set(subject, [patient])
    return true
  }
  for (const patient of start) {
    const subject = followSame(patient, sameAs)
    add(subject, subject)
  }
  for (let next = [...subjectOf.keys()]; next.length > 0; ) {
    const rows = await desk.ask<SameRow>(downSql, { patients: next })
    next = rows.filter((row) => add(row.patient, subjectOf.get(row.same) ?? row.same)).map((row) => row.patient)
  }
  return { subjectOf, identifiersOf: (patient) => identifiers.get(subjectOf.get(patient) ?? patient) ?? [patient] }
}

/** Where it leads to in the end; of a circle, the least in it. */
function followSame(patient: Code, sameAs: ReadonlyMap<Code, Code>): Code {
  const passed = [patient]
  for (let next = sameAs.get(patient); next !== undefined; next = sameAs.get(next)) {
    const before = passed.indexOf(next)
    if (before >= 0) return passed.slice(before).reduce((least, one) => Math.min(least, one))
    passed.push(next)
  }
  return passed.at(-1) ?? patient
}

export interface Logins {
  loginsOf(usr: Code): readonly Code[]
}

/** Finds all logins of the persons that these logins belong to. */
export async function findLogins(desk: Asker, users: ReadonlySet<Code>): Promise<Logins> {
  const rows = await desk.ask<{ asked: Code; usr: Code }>(
    `select a.usr as asked, b.usr from worker a semi join (select unnest($users::uinteger[]) as usr) t on t.usr = a.usr
      join worker b on b.person = a.person where a.person <> 0`,
    { users: [...users].filter((usr) => usr !== 0) },
  )
  const logins = new Map<Code, Code[]>()
  for (const row of rows) {
    const known = logins.get(row.asked)
    if (known) known.push(row.usr)
    else logins.set(row.asked, [row.usr])
  }
  return { loginsOf: (usr) => logins.get(usr) ?? [usr] }
}
