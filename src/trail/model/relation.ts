/**
 * What the trail knows beside the accesses: what ties a person of the workforce to a patient, who works here, and who the
 * patients are. They come in over the same log, as lines of their own, so that everything is rebuilt from it alone:
 * `R` a relation, `G` what a source's record ties by now, `W` somebody of the workforce, `P` a patient; then a tab and the JSON of
 * the record.
 *
 * A later record with the same key replaces the earlier one: appointments move, people leave, notes come late. Of workers and
 * patients several lists speak, so an empty field says nothing there (relations/rows.ts has the rule), unless the record itself
 * takes back what it names in `takesBack`. It stands in the line: whoever reads the log again comes to the same.
 */
import type { Day } from '#platform/days.ts'

/** What ties somebody to a patient. The place in this list is its code: only ever add at the end. */
export const relationKinds = [
  'appointment',
  'encounter',
  'admission',
  'order',
  'note',
  'care-team',
  'referral',
  'consult',
  'billing',
  'result',
  'medication',
] as const
export type RelationKind = (typeof relationKinds)[number]

export interface Relation {
  readonly record: 'relation'
  readonly kind: RelationKind
  /** The source's own identifier with its kind; a later record with the same key replaces this one. */
  readonly key: string
  readonly patient: string
  /** The login of the person tied; empty where only a department is. */
  readonly user: string
  /** The department tied; empty where it is not known. */
  readonly department: string
  /** The first and the last day on which it holds, both included; a last day of null is open. */
  readonly from: Day
  readonly to: Day | null
  /** Cancelled or entered in error: it explains nothing from here on. */
  readonly isVoid: boolean
  /** The source's record that told it, where a later version of that may no longer name it: `RelationGroup`. */
  readonly group?: string
}

/**
 * Which relations a record of the source (an appointment, a visit, a care team) names by now. It stands in the log behind them.
 * All others of its group explain nothing from here on, until it names them again or they are told again themselves.
 */
export interface RelationGroup {
  readonly record: 'group'
  readonly key: string
  /** Keys of relations. */
  readonly members: readonly string[]
  /** The others held until this day and end on it; without it they are void, as are those that would begin later. */
  readonly endsOn?: Day
  /** The rest of a group whose beginning stands before: the others hold as well. */
  readonly isMore?: boolean
}

/** Somebody of the workforce, by the login that the access logs name them by. A person with several logins has several. */
export interface Worker {
  readonly record: 'worker'
  readonly login: string
  /** What says that two logins are the same person; the login itself where nothing is known. */
  readonly person: string
  readonly name: string
  readonly department: string
  readonly role: string
  readonly manager: string
  readonly hiredOn: Day | null
  readonly leftOn: Day | null
  readonly bornOn: Day | null
  readonly street: string
  readonly place: string
  readonly phone: string
  /** Their identifier as a patient, where they are one and it is known. */
  readonly patient: string
  /** A login of a program, or one that several people use. */
  readonly isShared: boolean
  /** What of it was said before and is so no more: for Vigil's own list of people alone (own-feeds.ts). */
  readonly takesBack?: readonly WorkerWord[] | undefined
}

export interface Patient {
  readonly record: 'patient'
  readonly patient: string
  readonly name: string
  readonly bornOn: Day | null
  readonly diedOn: Day | null
  readonly street: string
  readonly place: string
  readonly phone: string
  /** On the list of those whose records are watched. False says nothing unless it is taken back. */
  readonly isWatched: boolean
  /** For the privacy officer's list alone (own-feeds.ts). */
  readonly takesBack?: readonly PatientWord[] | undefined
  /**
   * The principal identifier of the same person, where this is another of theirs or was merged into it; else absent or '', which
   * takes nothing back. The patient's own identifier says that a merger was wrong: they are nobody else from here on.
   */
  readonly same?: string
}

export type Known = Relation | RelationGroup | Worker | Patient

/** What may be taken back of a worker, and of a patient. */
export const workerWords = ['person', 'name', 'department', 'role', 'manager', 'hiredOn', 'leftOn', 'isShared'] as const
export type WorkerWord = (typeof workerWords)[number]
export const patientWords = ['isWatched'] as const
export type PatientWord = (typeof patientWords)[number]

const letters = { relation: 'R', group: 'G', worker: 'W', patient: 'P' } as const

export function writeKnown(known: Known): string {
  const { record, ...rest } = known
  return `${letters[record]}\t${JSON.stringify(rest)}`
}

/** Reads a line that `writeKnown` wrote; undefined for others. The log holds only what was checked when it came. */
export function readKnown(line: string): Known | undefined {
  const record = (Object.keys(letters) as (keyof typeof letters)[]).find((name) => letters[name] === line[0])
  if (!record || line[1] !== '\t') return undefined
  return { record, ...JSON.parse(line.slice(2)) } as Known
}

/** What no source said of a worker or patient. */
export const unknownWorker = {
  name: '',
  department: '',
  role: '',
  manager: '',
  hiredOn: null,
  leftOn: null,
  bornOn: null,
  street: '',
  place: '',
  phone: '',
  patient: '',
  isShared: false,
} as const

export const unknownPatient = {
  name: '',
  bornOn: null,
  diedOn: null,
  street: '',
  place: '',
  phone: '',
  isWatched: false,
} as const
