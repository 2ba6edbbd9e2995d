/**
 * Who is who, kept in memory between questions: all workers, and the patients that have several identifiers. It is read anew after
 * lists or messages changed it, which is seldom beside questions.
 */
import type { Code, Desk, KnownRows } from '../store/store.ts'
import { departmentTemplate } from './templates.ts'

/** Persons have codes of their own dictionary: moved up, so that they never meet those of logins. */
export const personOffset = 2 ** 32

/** Departments that are rather the whole organisation: being of one of them explains nothing. */
export const crowdedSql = `select department from worker where department <> 0 group by department
    having count(distinct if(person = 0, usr::bigint, person::bigint + ${personOffset})) > greatest(${departmentTemplate.crowd.people},
      (select count(distinct if(person = 0, usr::bigint, person::bigint + ${personOffset})) from worker) * ${departmentTemplate.crowd.share})`

export interface Staff {
  /** The person, whatever the login; the login itself where none is known. */
  readonly who: number
  readonly name: Code
  readonly department: Code
  readonly duty: number
}

export interface Workers {
  of(usr: Code): Staff
  /** All logins of the person that a login belongs to. */
  loginsOf(usr: Code): readonly Code[]
  /** Departments that are rather the whole organisation, and 0. */
  readonly crowded: ReadonlySet<Code>
}

export interface Identifiers {
  /** Of every identifier of every subject concerned: its subject. */
  readonly subjectOf: ReadonlyMap<Code, Code>
  identifiersOf(patient: Code): readonly Code[]
}

/** Of identifiers that are another one's: whose, and of those which they are. */
interface Same {
  readonly up: ReadonlyMap<Code, Code>
  readonly down: ReadonlyMap<Code, readonly Code[]>
}

interface WorkerRow {
  readonly usr: Code
  readonly person: Code
  readonly name: Code
  readonly department: Code
  readonly duty: number
}

export class People {
  readonly #desk: Pick<Desk, 'ask'>
  #workers: Promise<Workers> | undefined
  #same: Promise<Same> | undefined

  constructor(desk: Pick<Desk, 'ask'>) {
    this.#desk = desk
  }

  /** To be called after these rows were applied. */
  changed(known: KnownRows): void {
    if (known.worker.length > 0) this.#workers = undefined
    if (known.patient.length > 0) this.#same = undefined
  }

  workers(): Promise<Workers> {
    this.#workers ??= this.#kept(readWorkers(this.#desk), () => {
      this.#workers = undefined
    })
    return this.#workers
  }

  /** The principal identifier of each of these patients, and all identifiers that lead to it. */
  async subjects(patients: Iterable<Code>): Promise<Identifiers> {
    this.#same ??= this.#kept(readSame(this.#desk), () => {
      this.#same = undefined
    })
    return findSubjects(await this.#same, patients)
  }

  /** What could not be read is read again by the next who asks. */
  #kept<T>(read: Promise<T>, forget: () => void): Promise<T> {
    read.catch(forget)
    return read
  }
}

async function readWorkers(desk: Pick<Desk, 'ask'>): Promise<Workers> {
  const [rows, crowds] = await Promise.all([
    desk.ask<WorkerRow>('select usr, person, name, department, duty from worker'),
    desk.ask<{ department: Code }>(crowdedSql),
  ])
  const known = new Map<Code, Staff>()
  const logins = new Map<number, Code[]>()
  for (const { usr, person, name, department, duty } of rows) {
    const who = person === 0 ? usr : person + personOffset
    known.set(usr, { who, name, department, duty })
    const own = logins.get(who)
    if (own) own.push(usr)
    else logins.set(who, [usr])
  }
  return {
    of: (usr) => known.get(usr) ?? { who: usr, name: 0, department: 0, duty: 0 },
    loginsOf: (usr) => logins.get(known.get(usr)?.who ?? usr) ?? [usr],
    crowded: new Set(crowds.map(({ department }) => department)).add(0),
  }
}

async function readSame(desk: Pick<Desk, 'ask'>): Promise<Same> {
  const rows = await desk.ask<{ patient: Code; same: Code }>('select patient, same from patient where same <> 0')
  const down = new Map<Code, Code[]>()
  for (const { patient, same } of rows) {
    const own = down.get(same)
    if (own) own.push(patient)
    else down.set(same, [patient])
  }
  return { up: new Map(rows.map(({ patient, same }) => [patient, same])), down }
}

function findSubjects({ up, down }: Same, patients: Iterable<Code>): Identifiers {
  const subjectOf = new Map<Code, Code>()
  const identifiers = new Map<Code, Code[]>()
  for (const patient of patients) {
    if (patient === 0) continue
    const subject = followSame(patient, up)
    if (identifiers.has(subject)) continue
    const all = [subject]
    subjectOf.set(subject, subject)
    for (const one of all) {
      for (const other of down.get(one) ?? []) {
        if (subjectOf.has(other)) continue
        subjectOf.set(other, subject)
        all.push(other)
      }
    }
    identifiers.set(subject, all)
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
