/** What is known, as rows of the desk's tables (store/schema.ts): texts become codes, days become numbers. */
import type { Day } from '#platform/days.ts'
import {
  type Known,
  type Patient,
  type PatientWord,
  type Relation,
  type RelationGroup,
  relationKinds,
  type Worker,
  type WorkerWord,
} from '../model/relation.ts'
import { foldName, foldPhone, foldPlace, foldStreet } from '../model/words.ts'
import type { Codes, GroupRow, KnownRows } from '../store/store.ts'
import { duties, dutyOf } from './duties.ts'

export type KnownRow = Readonly<Record<string, number | boolean | null>>

/** Days since 1970-01-01. */
export function dayNumber(day: Day): number {
  return Math.round(Date.parse(`${day}T00:00:00Z`) / 86_400_000)
}

export function dayText(day: number): Day {
  return new Date(day * 86_400_000).toISOString().slice(0, 10)
}

const dayOrNull = (day: Day | null) => (day === null ? null : dayNumber(day))

/** What says where somebody lives and who they are as a patient: a list without it does not take it back. */
const contact = [
  'street',
  'place',
  'phone',
  'house',
  'road',
  'house_number',
  'born_day',
  'died_day',
  'patient',
  'same',
] as const

/** What a whole record without it leaves as it was. */
const kept: ReadonlySet<string> = new Set([...contact, 'is_watched'])

/** By what may be taken back, the columns that are empty with it. The place here is its bit in `taken_back`. */
const takenBack = [
  ['isWatched', ['is_watched']],
  ['person', ['person']],
  ['name', ['name', 'surname', 'given']],
  ['department', ['department']],
  ['role', ['role', 'duty']],
  ['manager', ['manager']],
  ['hiredOn', ['hired_day']],
  ['leftOn', ['left_day']],
  ['isShared', ['is_shared']],
] as const satisfies readonly (readonly [WorkerWord | PatientWord, readonly string[]])[]

/** In the row only until it is merged: no table has a column for it. */
function bitsOf(words: readonly (WorkerWord | PatientWord)[] = []): { readonly taken_back?: number } {
  const bits = takenBack.reduce((sum, [word], place) => (words.includes(word) ? sum | (1 << place) : sum), 0)
  return bits === 0 ? {} : { taken_back: bits }
}

/**
 * A later record of a worker or patient over an earlier one. One with a name (of a worker: and a department) is a whole record:
 * it replaces the other, but for what a list may not have (`contact`) and for the watch, which it can only add. Any other says
 * only what it says. What is taken back is gone either way, also where the row that comes of it is merged again.
 */
export function mergeKnown(
  table: 'relation' | 'worker' | 'patient',
  before: KnownRow | undefined,
  row: KnownRow,
): KnownRow {
  if (before === undefined || table === 'relation') return row
  const isWhole = Number(row['name'] ?? 0) !== 0 && (table === 'patient' || Number(row['department'] ?? 0) !== 0)
  // Of a day 0 is one like others; of a code it is nothing.
  const isEmpty = (column: string) => {
    const value = row[column] ?? null
    return value === null || value === false || (value === 0 && !column.endsWith('_day'))
  }
  const bits = Number(row['taken_back'] ?? 0)
  const gone = new Set<string>(takenBack.flatMap(([, columns], place) => (bits & (1 << place) ? columns : [])))
  const merged: Record<string, number | boolean | null> = { ...row }
  for (const [column, value] of Object.entries(before)) {
    const mayKeep = !isWhole || kept.has(column)
    if (mayKeep && isEmpty(column) && !gone.has(column)) merged[column] = value
  }
  const allBits = bits | Number(before['taken_back'] ?? 0)
  if (allBits !== 0) merged['taken_back'] = allBits
  // Named by nobody, the duty and the person would be those of an empty role.
  if (table === 'worker' && !isWhole && isEmpty('role')) {
    for (const column of ['duty', 'person']) {
      const known = before[column]
      if (known !== undefined && !gone.has(column)) merged[column] = known
    }
  }
  return merged
}

/**
 * Rows of many records in the order given; workers and patients with the same key are one row (`mergeKnown`). Codes are made in
 * the order of each record's fields, so a replay makes the same.
 */
export function knownToRows(records: readonly Known[], codes: Codes): KnownRows {
  const relation: KnownRow[] = []
  const group: GroupRow[] = []
  const people = { worker: new Map<number, KnownRow>(), patient: new Map<number, KnownRow>() }
  const put = (table: keyof typeof people, key: 'usr' | 'patient', row: KnownRow) => {
    const known = people[table].get(Number(row[key]))
    people[table].set(Number(row[key]), mergeKnown(table, known, row))
  }
  for (const record of records) {
    switch (record.record) {
      case 'relation':
        relation.push(relationRow(record, codes))
        break
      case 'group':
        group.push(groupRow(record, relation.length, codes))
        break
      case 'worker':
        put('worker', 'usr', workerRow(record, codes))
        break
      case 'patient':
        put('patient', 'patient', patientRow(record, codes))
        break
    }
  }
  return { relation, group, worker: [...people.worker.values()], patient: [...people.patient.values()] }
}

function groupRow({ key, members, endsOn, isMore = false }: RelationGroup, after: number, codes: Codes): GroupRow {
  return {
    grp: codes.codeOf('key', key),
    members: members.map((member) => codes.codeOf('key', member)),
    endsDay: dayOrNull(endsOn ?? null),
    isMore,
    after,
  }
}

function relationRow(relation: Relation, codes: Codes): KnownRow {
  return {
    key: codes.codeOf('key', relation.key),
    kind: relationKinds.indexOf(relation.kind),
    patient: codes.codeOf('patient', relation.patient),
    usr: codes.codeOf('user', relation.user),
    department: codes.codeOf('department', relation.department),
    from_day: dayNumber(relation.from),
    to_day: dayOrNull(relation.to),
    is_void: relation.isVoid,
    grp: codes.codeOf('key', relation.group ?? ''),
    is_gone: false,
  }
}

function workerRow(worker: Worker, codes: Codes): KnownRow {
  return {
    usr: codes.codeOf('user', worker.login),
    person: codes.codeOf('person', worker.person || worker.login),
    department: codes.codeOf('department', worker.department),
    role: codes.codeOf('role', worker.role),
    duty: duties.indexOf(dutyOf(worker.role, worker.department)),
    manager: codes.codeOf('user', worker.manager),
    hired_day: dayOrNull(worker.hiredOn),
    left_day: dayOrNull(worker.leftOn),
    born_day: dayOrNull(worker.bornOn),
    ...placeRow(worker, codes),
    patient: codes.codeOf('patient', worker.patient),
    is_shared: worker.isShared,
    ...bitsOf(worker.takesBack),
  }
}

function patientRow(patient: Patient, codes: Codes): KnownRow {
  return {
    patient: codes.codeOf('patient', patient.patient),
    // Named as their own principal somebody is parted again from whom they were merged with; the desk writes it as none.
    same: codes.codeOf('patient', patient.same ?? ''),
    born_day: dayOrNull(patient.bornOn),
    died_day: dayOrNull(patient.diedOn),
    ...placeRow(patient, codes),
    is_watched: patient.isWatched,
    ...bitsOf(patient.takesBack),
  }
}

function placeRow(known: Worker | Patient, codes: Codes): KnownRow {
  const name = foldName(known.name)
  const street = foldStreet(known.street)
  return {
    name: codes.codeOf('name', known.name),
    surname: codes.codeOf('word', name.surname),
    given: codes.codeOf('word', name.given),
    house: codes.codeOf('word', street.house),
    street: codes.codeOf('word', street.street),
    road: codes.codeOf('word', street.road),
    house_number: street.number,
    place: codes.codeOf('word', foldPlace(known.place)),
    phone: codes.codeOf('word', foldPhone(known.phone)),
  }
}
