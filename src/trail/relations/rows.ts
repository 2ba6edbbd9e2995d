/** What is known, as rows of the desk's tables (store/schema.ts): texts become codes, days become numbers. */
import type { Day } from '#platform/days.ts'
import { type Known, type Patient, type Relation, relationKinds, type Worker } from '../model/relation.ts'
import { foldName, foldPhone, foldPlace, foldStreet } from '../model/words.ts'
import type { Codes, KnownRows } from '../store/store.ts'
import { duties, dutyOf } from './duties.ts'

export type KnownRow = Readonly<Record<string, number | boolean | null>>

export interface PlacedRow {
  readonly table: keyof KnownRows
  readonly row: KnownRow
}

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

/**
 * A later record of a worker or patient over an earlier one. One with a name (of a worker: and a department) is a whole record:
 * it replaces the other, but for what a list may not have (`contact`). Any other says only what it says. Whether a record is watched is for a record
 * without a name to say and to take back; a whole one can only add it.
 */
export function mergeKnown(table: keyof KnownRows, before: KnownRow | undefined, row: KnownRow): KnownRow {
  if (before === undefined || table === 'relation') return row
  const isWhole = Number(row['name'] ?? 0) !== 0 && (table === 'patient' || Number(row['department'] ?? 0) !== 0)
  // Of a day 0 is one like others; of a code it is nothing.
  const isEmpty = (column: string) => {
    const value = row[column] ?? null
    return value === null || value === false || (value === 0 && !column.endsWith('_day'))
  }
  const merged: Record<string, number | boolean | null> = { ...row }
  for (const [column, value] of Object.entries(before)) {
    const mayKeep = isWhole ? (contact as readonly string[]).includes(column) : column !== 'is_watched'
    if (mayKeep && isEmpty(column)) merged[column] = value
  }
  if (isWhole && before['is_watched'] === true) merged['is_watched'] = true
  // Named by nobody, the duty and the person would be those of an empty role.
  if (table === 'worker' && !isWhole && isEmpty('role')) {
    for (const column of ['duty', 'person']) {
      const known = before[column]
      if (known !== undefined) merged[column] = known
    }
  }
  return merged
}

/** Turns a record into the row of its table. Codes are made in the order of the record's fields, so a replay makes the same. */
export function knownToRow(known: Known, codes: Codes): PlacedRow {
  switch (known.record) {
    case 'relation':
      return { table: 'relation', row: relationRow(known, codes) }
    case 'worker':
      return { table: 'worker', row: workerRow(known, codes) }
    case 'patient':
      return { table: 'patient', row: patientRow(known, codes) }
  }
}

/** Rows of many records in the order given; records with the same key are one row (`mergeKnown`). */
export function knownToRows(records: readonly Known[], codes: Codes): KnownRows {
  const rows = {
    relation: new Map<number, KnownRow>(),
    worker: new Map<number, KnownRow>(),
    patient: new Map<number, KnownRow>(),
  }
  for (const record of records) {
    const { table, row } = knownToRow(record, codes)
    const key = row[table === 'relation' ? 'key' : table === 'worker' ? 'usr' : 'patient']
    if (typeof key === 'number') rows[table].set(key, mergeKnown(table, rows[table].get(key), row))
  }
  return {
    relation: [...rows.relation.values()],
    worker: [...rows.worker.values()],
    patient: [...rows.patient.values()],
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
