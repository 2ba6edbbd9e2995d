/** Rows of lists as records. A text instead of records is why a row was refused. */
import type { Day } from '#platform/days.ts'
import { zoneOf } from '../formats/clock.ts'
import { type DayOrder, readAnyTime, readDay } from '../formats/csv-time.ts'
import { type Known, type RelationKind, relationKinds, unknownPatient, unknownWorker } from '../model/relation.ts'
import { joinName } from '../model/words.ts'
import type { ListField, ListLayout } from './csv-fields.ts'
import type { DayReader } from './day-reader.ts'

export interface RowContext {
  readonly layout: ListLayout
  readonly order: DayOrder
  readonly zone: string
  readonly days: DayReader
  readonly receivedAt: number
}

type Cells = (field: ListField) => string

/** No field is longer than this (model/access.ts has the same). */
const longest = 500

export function readListRow(cell: Cells, context: RowContext): Known[] | string {
  const cells: Cells = (field) => cell(field).trim().slice(0, longest)
  switch (context.layout.kind) {
    case 'staff':
      return readStaff(cells, context)
    case 'patients':
      return readPatients(cells, context)
    default:
      return readTie(cells, context, context.layout.kind)
  }
}

function dayOf(text: string, { order, zone, days }: RowContext): Day | undefined {
  if (text === '') return undefined
  const day = readDay(text, order)
  if (day !== undefined) return new Date(day).toISOString().slice(0, 10)
  const instant = readAnyTime(text, { order, zone: zoneOf(zone) })
  return instant === undefined || Math.abs(instant) > 4e13 ? undefined : days.at(instant)
}

const isYes = (text: string) => /^(y|yes|true|t|1|x|vip|ja|si|deceased|dead|shared|generic|service)$/i.test(text)

function readName(cells: Cells): string {
  const family = cells('family')
  return family === '' ? cells('name') : joinName(family, cells('given'))
}

function readContacts(cells: Cells) {
  return {
    name: readName(cells),
    street: `${cells('street')} ${/^\d+\w?$/.test(cells('unit')) ? `Apt ${cells('unit')}` : cells('unit')}`.trim(),
    place: cells('postcode').padStart(/^\d{4}$/.test(cells('postcode')) ? 5 : 0, '0') || cells('city'),
    // One is kept: most lists name one of a landline and a mobile.
    phone: cells('phone') || cells('otherPhone'),
  }
}

function readStaff(cells: Cells, context: RowContext): Known[] | string {
  const login = cells('login')
  if (login === '') return 'It names no login.'
  const logins = [...new Set([login, cells('employee'), cells('npi')])].filter((one) => one !== '')
  const hasGone = /^(terminated|inactive|left|separated|retired|disabled|former|no|false|n|0)$/i.test(cells('status'))
  const leftOn = dayOf(cells('leftOn'), context) ?? (hasGone ? context.days.at(context.receivedAt) : null)
  const known = {
    ...unknownWorker,
    ...readContacts(cells),
    record: 'worker' as const,
    person: cells('npi') || cells('employee') || login,
    department: cells('department'),
    role: cells('role'),
    manager: cells('manager'),
    hiredOn: dayOf(cells('hiredOn'), context) ?? null,
    leftOn,
    bornOn: dayOf(cells('bornOn'), context) ?? null,
    patient: cells('ownPatient'),
    isShared: isYes(cells('isShared')),
  }
  return logins.map((one) => ({ ...known, login: one }))
}

function readPatients(cells: Cells, context: RowContext): Known[] | string {
  const patient = cells('patient')
  if (patient === '') return 'It names no patient.'
  const isDead = isYes(cells('isDead'))
  const known = {
    ...unknownPatient,
    ...readContacts(cells),
    record: 'patient' as const,
    bornOn: dayOf(cells('bornOn'), context) ?? null,
    diedOn: dayOf(cells('diedOn'), context) ?? (isDead ? context.days.at(context.receivedAt) : null),
    isWatched: isYes(cells('isWatched')),
  }
  const principal = cells('same')
  const others = [cells('otherPatient')].filter((one) => one !== '' && one !== patient)
  const own = principal === '' ? { ...known, patient } : { ...known, patient, same: principal }
  return [own, ...others.map((one) => ({ ...known, patient: one, same: principal || patient }))]
}

/** A missed appointment still explains: the chart was prepared, and somebody follows it up. */
const isTakenBack = (status: string) =>
  /cancel|enter\w* in error|error|delet|void|reject|withdrawn|declined|denied request/i.test(status)

function readTie(cells: Cells, context: RowContext, listKind: ListLayout['kind']): Known[] | string {
  const patient = cells('patient')
  if (patient === '') return 'It names no patient.'
  const [user, department] = [cells('user'), cells('department')]
  if (user === '' && department === '') return 'It names neither a person nor a department.'
  const kind = kindOf(listKind, cells('kind'))
  if (kind === undefined) return 'It is of no kind that is known.'
  const written = dayOf(cells('from'), context)
  const from =
    written ?? (kind === 'care-team' && cells('from') === '' ? context.days.at(context.receivedAt) : undefined)
  if (from === undefined) return cells('from') === '' ? 'It names no day.' : 'Its day is not one that is known.'
  const isOpen = kind === 'care-team' || kind === 'admission'
  const until = dayOf(cells('to'), context) ?? (isOpen ? null : from)
  // A team may care for many patients.
  const id = kind === 'care-team' && cells('id') !== '' ? `${cells('id')}/${patient}` : cells('id')
  const status = cells('status')
  const isFlag = context.layout.places.status !== undefined && /^(y|yes|true|1)$/i.test(status)
  return [
    {
      record: 'relation',
      kind,
      key: `csv/${kind}/${keyOf(kind, id, cells('id') === '' ? undefined : written) || `${patient}/${from}`}/${user || `@${department}`}`,
      patient,
      user,
      department,
      from,
      to: until !== null && until < from ? from : until,
      isVoid: isTakenBack(status) || (isFlag && context.layout.isStatusVoid),
      ...(id !== '' && shared.has(kind) ? { group: `csv/${groupKind(kind)}/${id} ${context.layout.role}` } : {}),
    },
  ]
}

/** Who is on a team again and again has a row for each time, under the number of the team. */
const keyOf = (kind: RelationKind, id: string, written: Day | undefined) =>
  kind === 'care-team' && id !== '' && written !== undefined ? `${id}/${written}` : id

/**
 * What another person may take over, under the same number: the rows of one list that have it name all of them. Two lists may name
 * people by one number in two roles (the attending, the nurse), so the role is part of the group. Notes, bills, results and
 * doses stay those of who wrote or gave them.
 */
const shared: ReadonlySet<RelationKind> = new Set([
  'appointment',
  'encounter',
  'admission',
  'order',
  'care-team',
  'referral',
  'consult',
])

/** A visit that becomes a stay keeps its number. */
const groupKind = (kind: RelationKind) => (kind === 'admission' ? 'encounter' : kind)

const stays = /^(i|ip|inp|inpatient|imp|admission|admitted|observation|obs|acute)$/i

function kindOf(listKind: ListLayout['kind'], said: string): RelationKind | undefined {
  if (listKind === 'encounter' || listKind === 'admission') {
    if (said !== '' && listKind === 'encounter' && stays.test(said)) return 'admission'
    return listKind
  }
  if (listKind !== 'relations') return listKind === 'staff' || listKind === 'patients' ? undefined : listKind
  const word = said.toLowerCase().replace(/[^a-z]+/g, '-')
  return relationKinds.find((kind) => kind === word) ?? (stays.test(said) ? 'admission' : undefined)
}
