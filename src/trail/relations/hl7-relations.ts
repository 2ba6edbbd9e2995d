/**
 * What HL7 v2 messages say of who had to do with a patient. Visits (PV1), appointments (SCH, AIP, AIG, AIL), orders (ORC, OBR),
 * results (OBR, OBX), medications (RXA and pharmacy orders), notes (TXA), charges (FT1) and roles (PD1, ROL). Who is named only by
 * name and not by an identifier ties nobody. No message tells of staff: their list comes from elsewhere.
 *
 * What a message leaves empty it does not change. Where it names the doctors of a visit in one role, its unit, or the patient's own
 * doctor, those whom it names no more were it until then; a discharge ends the visit for all. An appointment is of those alone whom
 * the last message names, an order of who ordered it by the last message that changes it; one that is taken back is void for all.
 */
import { addDays, type Day } from '#platform/days.ts'
import type { Relation, RelationGroup, RelationKind } from '../model/relation.ts'
import type { DayReader } from './day-reader.ts'
import type { Message, Segment } from './hl7-text.ts'

interface Subject {
  readonly patient: string
  /** The day of the message, for what names none of its own. */
  readonly on: Day
  readonly days: DayReader
  readonly type: string
  readonly event: string
  /** Keys of which the message names all: the others end on the day, or are void where there is none. */
  readonly wholes: Map<string, Day | undefined>
}

interface Tie {
  readonly kind: RelationKind
  readonly key: string
  /** Messages may name others under this key later on. */
  readonly isShared?: boolean
  readonly user?: string
  readonly department?: string
  readonly from: Day
  readonly to: Day | null
  readonly isVoid: boolean
}

/** Events that take a visit back: cancelled admission, pending admission, pre-admission; deleted visit. */
const cancelledVisits = new Set(['A11', 'A27', 'A38', 'A23'])
/** Cancelled, discontinued as wrong, deleted. A missed appointment (S26) still explains. */
const cancelledBookings = new Set(['S15', 'S17'])
const personOnly = new Set(['A28', 'A29', 'A31', 'A40', 'A18', 'A30', 'A34', 'A36', 'A39', 'A46', 'A47'])

/** Reads the relations of one patient's part of a message. */
export function readGroup(group: Message, about: Omit<Subject, 'wholes'>): (Relation | RelationGroup)[] {
  const subject: Subject = { ...about, wholes: new Map() }
  const ties = [
    ...(subject.type === 'ADT' && !personOnly.has(subject.event) ? readVisit(group, subject) : []),
    ...(subject.type === 'ADT' ? readRoles(group, subject) : []),
    ...(subject.type === 'SIU' ? readBooking(group, subject) : []),
    ...readOrders(group, subject),
    ...readDocuments(group, subject),
    ...readCharges(group, subject),
  ]
  const relations = new Map<string, Relation>()
  for (const tie of ties) {
    const [user, department] = [tie.user ?? '', tie.department ?? '']
    if (user === '' && department === '') continue
    const key = `hl7/${tie.key}/${user || `@${department}`}`
    relations.set(key, {
      record: 'relation',
      kind: tie.kind,
      key,
      patient: subject.patient,
      user,
      department,
      from: tie.from,
      to: tie.to !== null && tie.to < tie.from ? tie.from : tie.to,
      isVoid: tie.isVoid,
      ...(tie.isShared ? { group: `hl7/${tie.key}` } : {}),
    })
  }
  const members = Map.groupBy(relations.values(), ({ group }) => group)
  const groups = [...subject.wholes].map(([name, endsOn]): RelationGroup => {
    return {
      record: 'group',
      key: `hl7/${name}`,
      members: (members.get(`hl7/${name}`) ?? []).map(({ key }) => key),
      ...(endsOn === undefined ? {} : { endsOn }),
    }
  })
  return [...relations.values(), ...groups]
}

const find = (group: Message, name: string) => group.find((segment) => segment.name === name)
const findAll = (group: Message, name: string) => group.filter((segment) => segment.name === name)

/** Of a field that names more people than this the first so many count: each of them is told with every order below. */
const mostPeople = 100

/** Identifiers of people in a field. */
const people = (segment: Segment | undefined, ...fields: readonly number[]) => [
  ...new Set(
    fields
      .flatMap((field) => segment?.all(field).slice(0, mostPeople) ?? [])
      .map((one) => one.get(1))
      .filter((id) => id !== ''),
  ),
]

/** A place: the unit, or else the facility. */
const place = (segment: Segment | undefined, field: number) => segment?.get(field, 1) || segment?.get(field, 4) || ''

/** Who has to do with a visit, by the fields of PV1 that name them; the visit's own kind where there is none. */
const visitRoles: readonly (readonly [role: string, field: number, kind?: RelationKind])[] = [
  ['attending', 7],
  ['admitting', 17],
  ['other', 52],
  ['referring', 8, 'referral'],
  ['consulting', 9, 'consult'],
]

function readVisit(group: Message, { patient, on, days, event, wholes }: Subject): Tie[] {
  const visit = find(group, 'PV1')
  if (!visit) return []
  const isStay = ['I', 'P', 'B', 'R'].includes(visit.get(2).toUpperCase())
  const from = days.hl7(visit.get(44)) ?? days.hl7(find(group, 'EVN')?.get(6) ?? '') ?? on
  const dischargedOn = days.hl7(visit.get(45)) ?? (event === 'A03' ? on : undefined)
  const to = dischargedOn ?? (isStay ? null : from)
  const key = `visit/${visit.get(19) || visit.get(50) || `${patient}/${from}`}`
  const department = place(visit, 3)
  const isVoid = cancelledVisits.has(event)
  const common = { key, from, to, isVoid, isShared: true }
  const kind: RelationKind = isStay ? 'admission' : 'encounter'
  const before = place(visit, 6)
  const note = (part: string, isNamed: boolean) => {
    if (isVoid) wholes.set(part, undefined)
    else if (dischargedOn !== undefined || isNamed) wholes.set(part, dischargedOn ?? on)
  }
  const ties = visitRoles.flatMap(([role, field, own]) => {
    note(`${key}/${role}`, visit.all(field).length > 0)
    return people(visit, field).map(
      (user): Tie => ({ ...common, key: `${key}/${role}`, kind: own ?? kind, user, department }),
    )
  })
  note(key, department !== '')
  return [
    ...ties,
    { ...common, kind, department },
    // Transferred: the former unit had the patient until now.
    ...(before !== '' && before !== department
      ? [{ ...common, kind, department: before, to: earliest(to, on, from) }]
      : []),
  ]
}

const earliest = (to: Day | null, on: Day, from: Day) => {
  const end = to !== null && to < on ? to : on
  return end < from ? from : end
}

/** The doctor in charge of the patient in general (PD1-4), and roles (ROL). */
function readRoles(group: Message, { patient, on, days, wholes }: Subject): Tie[] {
  const primary = `primary/${patient}`
  if ((find(group, 'PD1')?.all(4).length ?? 0) > 0) wholes.set(primary, on)
  const own = people(find(group, 'PD1'), 4).map(
    (user): Tie => ({ kind: 'care-team', key: primary, isShared: true, user, from: on, to: null, isVoid: false }),
  )
  const roles = findAll(group, 'ROL').flatMap((role) =>
    people(role, 4).map((user): Tie => {
      const code = role.get(3).toUpperCase()
      const from = days.hl7(role.get(5)) ?? on
      const kind = code === 'RP' ? 'referral' : code === 'CP' ? 'consult' : 'care-team'
      const isVoid = ['DE', 'UN'].includes(role.get(2).toUpperCase())
      return { kind, key: `role/${patient}/${code}`, user, from, to: days.hl7(role.get(6)) ?? null, isVoid }
    }),
  )
  return [...own, ...roles]
}

function readBooking(group: Message, { on, days, event, wholes }: Subject): Tie[] {
  const booking = find(group, 'SCH')
  if (!booking) return []
  const status = booking.get(25).toUpperCase()
  const times = [
    find(group, 'TQ1')?.get(7),
    booking.get(11, 4),
    ...[['AIS', 4] as const, ['AIP', 6] as const, ['AIL', 6] as const, ['AIG', 8] as const].map(([name, field]) =>
      find(group, name)?.get(field),
    ),
  ]
  const from = times.map((time) => days.hl7(time ?? '')).find((day) => day !== undefined) ?? on
  const to = days.hl7(find(group, 'TQ1')?.get(8) ?? '') ?? days.hl7(booking.get(11, 5)) ?? from
  const isKept = (one: Segment) => one.get(2).toUpperCase() !== 'D'
  const resources = findAll(group, 'AIG').filter(
    (one) => !/equip|room|locat|device/i.test(`${one.get(4)} ${one.get(4, 2)}`),
  )
  const users = [
    ...findAll(group, 'AIP')
      .filter(isKept)
      .flatMap((one) => people(one, 3)),
    ...resources.filter(isKept).flatMap((one) => people(one, 3)),
    ...people(find(group, 'PV1'), 7),
  ]
  const places = [...findAll(group, 'AIL').map((one) => place(one, 3)), place(find(group, 'PV1'), 3)]
  const department = places.find((name) => name !== '') ?? ''
  const isVoid = cancelledBookings.has(event) || /^(CANCEL|DELET|OVERBOOK)/.test(status)
  const common = {
    kind: 'appointment' as const,
    key: `appointment/${booking.get(2) || booking.get(1)}`,
    isShared: true,
    from,
    to: to > addDays(from, 31) ? from : to,
    isVoid,
    department,
  }
  if (isVoid || users.length > 0 || find(group, 'AIP')) wholes.set(common.key, undefined)
  return users.length > 0 ? [...new Set(users)].map((user) => ({ ...common, user })) : [common]
}

const medicationMessages = new Set(['RDE', 'RDS', 'RGV', 'RAS', 'OMP', 'VXU', 'ORP'])

/** ORC and OBR come in pairs, an OBR with its OBX behind it. */
function readOrders(group: Message, subject: Subject): Tie[] {
  const ties: Tie[] = []
  let control: Segment | undefined
  let request: Segment | undefined
  for (const segment of group) {
    if (segment.name === 'ORC') {
      control = segment
      request = undefined
      ties.push(...readOrder(control, undefined, subject))
    } else if (segment.name === 'OBR') {
      request = segment
      ties.push(...readOrder(control, request, subject))
      if (subject.type === 'ORU') ties.push(...readResult(request, people(request, 32, 33, 34, 35), control, subject))
    } else if (segment.name === 'OBX' && subject.type === 'ORU') {
      ties.push(...readResult(request, people(segment, 16), control, subject))
    } else if (segment.name === 'RXA') {
      const from = subject.days.hl7(segment.get(3)) ?? subject.on
      const key = `given/${orderKey(control, request) || `${subject.patient}/${from}`}`
      const isVoid = ['NA', 'RE'].includes(segment.get(20).toUpperCase()) || segment.get(21).toUpperCase() === 'D'
      for (const user of people(segment, 10)) ties.push({ kind: 'medication', key, user, from, to: from, isVoid })
    }
  }
  return ties
}

const orderKey = (control: Segment | undefined, request: Segment | undefined) =>
  control?.get(2) || request?.get(2) || control?.get(3) || request?.get(3) || ''

/**
 * New, to be changed, changed (table 0119): these say who ordered. What tells of its course comes from other systems, which may know
 * the same person by an identifier of their own.
 */
const settling = new Set(['NW', 'XO', 'XX'])

function readOrder(control: Segment | undefined, request: Segment | undefined, subject: Subject): Tie[] {
  const ordering = [...new Set([...people(control, 12), ...people(request, 16)])]
  const entering = people(control, 10, 11).filter((user) => !ordering.includes(user))
  const from =
    subject.days.hl7(control?.get(9) ?? '') ??
    subject.days.hl7(control?.get(15) ?? '') ??
    subject.days.hl7(request?.get(7) ?? '') ??
    subject.on
  const key = orderKey(control, request)
  if (key === '') return []
  const isConsult = /\bconsult/i.test(`${request?.get(4) ?? ''} ${request?.get(4, 2) ?? ''}`)
  const kind = medicationMessages.has(subject.type) ? 'medication' : isConsult ? 'consult' : 'order'
  const isVoid = ['CA', 'OC', 'CR'].includes(control?.get(1).toUpperCase() ?? '')
  const [own, by] = [`order/${key}`, `order/${key}/by`]
  if (isVoid) subject.wholes.set(own, undefined)
  if (isVoid || (ordering.length > 0 && settling.has(control?.get(1).toUpperCase() ?? ''))) {
    subject.wholes.set(by, undefined)
  }
  const common = { kind, isShared: true, from, to: from, isVoid } as const
  return [
    ...entering.map((user) => ({ ...common, key: own, user })),
    ...ordering.map((user) => ({ ...common, key: by, user })),
  ]
}

function readResult(
  request: Segment | undefined,
  users: readonly string[],
  control: Segment | undefined,
  subject: Subject,
): Tie[] {
  const from = subject.days.hl7(request?.get(22) ?? '') ?? subject.days.hl7(request?.get(7) ?? '') ?? subject.on
  const key = request?.get(3) || orderKey(control, request)
  if (key === '') return []
  const isVoid = request?.get(25).toUpperCase() === 'X'
  return users.map((user) => ({ kind: 'result', key: `result/${key}`, user, from, to: from, isVoid }))
}

function readDocuments(group: Message, { on, days, event, patient }: Subject): Tie[] {
  return findAll(group, 'TXA').flatMap((document) => {
    const from = days.hl7(document.get(4)) ?? days.hl7(document.get(6)) ?? on
    const key = `note/${document.get(12) || document.get(16) || `${patient}/${from}`}`
    return people(document, 5, 9, 10, 11, 22).map(
      (user): Tie => ({
        kind: 'note',
        key,
        user,
        from,
        to: from,
        isVoid: event === 'T11' || document.get(17) === 'CA',
      }),
    )
  })
}

function readCharges(group: Message, { on, days, patient }: Subject): Tie[] {
  return findAll(group, 'FT1').flatMap((charge) => {
    const from = days.hl7(charge.get(4)) ?? on
    const key = `charge/${charge.get(2) || `${patient}/${from}`}`
    const common: Tie = {
      kind: 'billing',
      key,
      department: charge.get(13) || place(charge, 16),
      from,
      to: from,
      isVoid: false,
    }
    return [common, ...people(charge, 20, 21, 24).map((user) => ({ ...common, user }))]
  })
}
