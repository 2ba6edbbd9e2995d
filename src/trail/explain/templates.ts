/**
 * What explains an access. Each template is a row: how strongly it explains, within how many days, and how it is said. A tie of
 * this person to this patient explains strongly (2); one of their department or of their duty, and a repeat, weakly (1).
 *
 * A window is counted from the first day of a relation backwards and from its last day onwards. All windows err on the side of
 * daily work, since what they leave unexplained is looked at by a person:
 * - appointment −30/+30: charts are prepared, results awaited and letters written around it.
 * - encounter −30/+30: likewise; it is often only told once it has begun.
 * - admission −7/+30: booked shortly before; the record must be complete 30 days after discharge (42 CFR 482.24(c)(4)(vii)).
 * - order −7/+60: looked up before it is given; its results may take weeks and are signed off by who ordered.
 * - note −7/+30: read before it is written; addenda and countersignatures follow.
 * - result −7/+30, medication −7/+30: from drawing or dispensing to checking what came of it.
 * - consult −7/+30: from being asked to having answered.
 * - referral −7/+90: until the patient has been seen.
 * - care team −1/+7: membership holds by itself; a handover on either side.
 * - billing 0/+90: a bill is worked on until it is paid or denied.
 */
import { type RelationKind, relationKinds } from '../model/relation.ts'
import type { Duty } from '../relations/duties.ts'

export interface Window {
  /** Days before the first day of the relation. */
  readonly before: number
  /** Days after its last day. */
  readonly after: number
}

export interface Template extends Window {
  readonly name: string
  /** What stands in `explained_pair.reason`. Never reused. */
  readonly code: number
  readonly strength: 1 | 2
  /** `{day}` is the day of the relation, or of the first access. */
  readonly says: string
}

/** Ties of the person themselves: code 1 + the place of the kind in `relationKinds`. */
const ties: Readonly<Record<RelationKind, Window & { readonly says: string }>> = {
  appointment: { before: 30, after: 30, says: 'Appointment with this person on {day}' },
  encounter: { before: 30, after: 30, says: 'Encounter with this person on {day}' },
  admission: { before: 7, after: 30, says: 'Admitted under the care of this person from {day}' },
  order: { before: 7, after: 60, says: 'Order by this person on {day}' },
  note: { before: 7, after: 30, says: 'Note written by this person on {day}' },
  'care-team': { before: 1, after: 7, says: 'Member of the care team since {day}' },
  referral: { before: 7, after: 90, says: 'Referral to or by this person on {day}' },
  consult: { before: 7, after: 30, says: 'Consultation of this person on {day}' },
  billing: { before: 0, after: 90, says: 'Bill handled by this person from {day}' },
  result: { before: 7, after: 30, says: 'Result reported by this person on {day}' },
  medication: { before: 7, after: 30, says: 'Medication given or prescribed by this person on {day}' },
}

export const tieTemplates: readonly Template[] = relationKinds.map((kind, place) => ({
  ...ties[kind],
  name: kind,
  code: 1 + place,
  strength: 2,
}))

/**
 * The patient was in the person's department: known by the department of the relation, and by that of whom it names. Narrower
 * than a tie of one's own, since a department of 200 people would otherwise see everybody always.
 */
const departmentKinds = ['appointment', 'encounter', 'admission', 'order', 'care-team', 'referral', 'consult'] as const

const departmentWindows: Readonly<Record<(typeof departmentKinds)[number], Window>> = {
  appointment: { before: 7, after: 14 },
  encounter: { before: 7, after: 14 },
  admission: { before: 3, after: 14 },
  order: { before: 1, after: 14 },
  'care-team': { before: 0, after: 7 },
  referral: { before: 1, after: 30 },
  consult: { before: 1, after: 14 },
}

export const departmentTemplate = {
  name: 'department',
  code: 40,
  strength: 1,
  says: 'The patient was in the care of this department on {day}',
  windows: departmentWindows,
  /** More than so many people who are more than such a share of all are no department, but the organisation. */
  crowd: { people: 50, share: 0.25 },
} as const

/** A duty explains only while the business that it is about is at hand. */
export const dutyTemplates: readonly {
  readonly name: string
  readonly code: number
  readonly strength: 1
  readonly duty: Duty
  readonly says: string
  readonly windows: Partial<Readonly<Record<RelationKind, Window>>>
}[] = [
  {
    name: 'billing-duty',
    code: 50,
    strength: 1,
    duty: 'billing',
    says: 'Works on bills, and the patient was treated or billed on {day}',
    windows: {
      billing: { before: 0, after: 90 },
      encounter: { before: 0, after: 90 },
      admission: { before: 0, after: 90 },
      appointment: { before: 0, after: 90 },
    },
  },
  {
    name: 'registration-duty',
    code: 51,
    strength: 1,
    duty: 'registration',
    says: 'Registers or schedules patients, and the patient came on {day}',
    windows: {
      appointment: { before: 30, after: 3 },
      encounter: { before: 14, after: 3 },
      admission: { before: 14, after: 3 },
      referral: { before: 0, after: 30 },
    },
  },
  {
    name: 'records-duty',
    code: 52,
    strength: 1,
    duty: 'records',
    says: 'Keeps medical records, and the patient was treated on {day}',
    windows: {
      encounter: { before: 0, after: 60 },
      admission: { before: 0, after: 60 },
      note: { before: 0, after: 30 },
    },
  },
  {
    name: 'laboratory-duty',
    code: 53,
    strength: 1,
    duty: 'laboratory',
    says: 'Works in the laboratory, and an order or result is of {day}',
    windows: { order: { before: 0, after: 14 }, result: { before: 3, after: 14 } },
  },
  {
    name: 'imaging-duty',
    code: 54,
    strength: 1,
    duty: 'imaging',
    says: 'Works in imaging, and an order or result is of {day}',
    windows: { order: { before: 0, after: 30 }, result: { before: 3, after: 14 } },
  },
  {
    name: 'pharmacy-duty',
    code: 55,
    strength: 1,
    duty: 'pharmacy',
    says: 'Works in the pharmacy, and a medication or order is of {day}',
    windows: {
      medication: { before: 1, after: 14 },
      order: { before: 0, after: 14 },
      admission: { before: 0, after: 1 },
    },
  },
]

/**
 * A repeat explains only if an earlier access is explained by a relation itself: repeats do not hang on one another, or one
 * appointment would explain a lifetime of looks.
 */
export const repeatTemplate = {
  name: 'repeat',
  code: 60,
  strength: 1,
  within: 60,
  says: 'Follows an explained access on {day}',
} as const

export interface ReasonWords {
  readonly name: string
  readonly strength: 1 | 2
  readonly says: string
}

/** Every reason by its code. */
export const reasonsByCode: ReadonlyMap<number, ReasonWords> = new Map(
  [...tieTemplates, departmentTemplate, ...dutyTemplates, repeatTemplate].map((one) => [
    one.code,
    { name: one.name, strength: one.strength, says: one.says },
  ]),
)

const days = (count: number) => (count === 1 ? '1 day' : `${count} days`)

function sayWindow({ before, after }: Window): string {
  if (before === 0) return `up to ${days(after)} before the access`
  if (before === after) return `within ${days(before)}`
  return `from ${days(after)} before to ${days(before)} after the access`
}

const nouns: Readonly<Record<RelationKind, string>> = {
  appointment: 'an appointment',
  encounter: 'an encounter',
  admission: 'an admission',
  order: 'an order',
  note: 'a note',
  'care-team': 'membership of the care team',
  referral: 'a referral',
  consult: 'a consultation',
  billing: 'a bill',
  result: 'a result',
  medication: 'a medication',
}

/**
 * What was looked for where nothing was found, in words: "an appointment with this person within 30 days". The duty adds what
 * was looked for because of it.
 */
export function sayMissed(duty: Duty = 'none'): readonly string[] {
  const own = tieTemplates.map((one) => `${nouns[one.name as RelationKind]} of this person ${sayWindow(one)}`)
  const department = `the patient in the care of this person’s department (${departmentKinds
    .slice(0, 3)
    .map((kind) => `${nouns[kind]} ${sayWindow(departmentWindows[kind])}`)
    .join('; ')})`
  const ofDuty = dutyTemplates
    .filter((one) => one.duty === duty)
    .map((one) => {
      const kinds = Object.entries(one.windows) as [RelationKind, Window][]
      return `business of a ${duty} role (${kinds.map(([kind, window]) => `${nouns[kind]} ${sayWindow(window)}`).join('; ')})`
    })
  return [
    ...own,
    department,
    ...ofDuty,
    `an explained access by this person in the ${days(repeatTemplate.within)} before`,
  ]
}
