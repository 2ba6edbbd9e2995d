/**
 * What the resources of FHIR say of who had to do with a patient. A resource that names several people gives a relation each, and
 * one without people a relation of its department alone. A resource is the whole truth of what it ties: whom a later version does
 * not name is not tied by it. Cancelled or entered in error is void; an appointment that was not kept still explains, for the chart
 * was prepared and the missed visit is followed up.
 */
import type { Day } from '#platform/days.ts'
import { type Json, list, object, text } from '../formats/fhir-parts.ts'
import type { Relation, RelationGroup, RelationKind } from '../model/relation.ts'
import type { DayReader } from './day-reader.ts'
import { conceptText, type Directory } from './fhir-references.ts'

interface Tie {
  readonly user: string
  readonly department: string
  readonly from: Day | undefined
  /** Null while it is open; not said, it is one day. */
  readonly to: Day | null | undefined
}

interface Period {
  readonly from: Day | undefined
  readonly to: Day | undefined
}

interface Told {
  readonly kind: RelationKind
  readonly patients: readonly unknown[]
  /** References to those who had to do with it. */
  readonly people: readonly unknown[]
  readonly places: readonly unknown[]
  readonly from: Day | undefined
  readonly to: Day | null | undefined
  /** Of those references whose own time is said: from when, until when. */
  readonly terms?: ReadonlyMap<unknown, Period>
}

type Reader = (resource: Json, days: DayReader, receivedOn: Day) => Told

const voidStates = new Set([
  'entered-in-error',
  'cancelled',
  'nullified',
  'revoked',
  'not-done',
  'rejected',
  'proposed',
  'waitlist',
  'declined',
])
const stayCodes = new Set(['IMP', 'ACUTE', 'NONAC', 'OBSENC', 'SS'])

const readers: Readonly<Record<string, Reader>> = {
  Encounter: (resource, days) => {
    const period = readPeriod(resource['period'] ?? resource['actualPeriod'], days)
    const isOver = ['finished', 'completed', 'discharged', ''].includes(text(resource['status']))
    const codes = [
      object(resource['class']),
      ...list(resource['class']).flatMap((one) => list(object(one)?.['coding'])),
    ]
    const isStay = codes.some((code) => stayCodes.has(text(object(code)?.['code'])))
    const places = list(resource['location']).map((one) => object(one)?.['location'])
    return {
      kind: isStay ? 'admission' : 'encounter',
      patients: [resource['subject']],
      people: actorsOf(resource['participant'], 'individual', 'actor'),
      terms: termsOf(resource['participant'], days, 'individual', 'actor'),
      places: places.length > 0 ? places : [resource['serviceProvider']],
      from: period.from,
      to: period.to ?? (isOver || !isStay ? period.from : null),
    }
  },
  Appointment: (resource, days) => {
    const actors = actorsOf(resource['participant'], 'actor')
    const from = days.iso(text(resource['start'])) ?? readPeriod(list(resource['requestedPeriod'])[0], days).from
    return {
      kind: 'appointment',
      patients: [resource['subject'], ...actors],
      people: actors,
      places: actors,
      from,
      to: days.iso(text(resource['end'])) ?? from,
    }
  },
  CareTeam: (resource, days, receivedOn) => {
    const period = readPeriod(resource['period'], days)
    const isOver = text(resource['status']) === 'inactive' || text(resource['status']) === 'suspended'
    return {
      kind: 'care-team',
      patients: [resource['subject']],
      people: actorsOf(resource['participant'], 'member'),
      terms: termsOf(resource['participant'], days, 'member'),
      places: [resource['managingOrganization']].flatMap(list),
      from: period.from ?? receivedOn,
      to: period.to ?? (isOver ? receivedOn : null),
    }
  },
  ServiceRequest: (resource, days) => {
    const from = days.iso(text(resource['authoredOn'])) ?? readWhen(resource, 'occurrence', days).from
    const words = `${conceptText(resource['category'])} ${conceptText(resource['code'])}`
    const isReferral = hasCode(resource['category'], '3457005') || /\breferr?al\b/i.test(words)
    return {
      kind: isReferral ? 'referral' : /\bconsult/i.test(words) ? 'consult' : 'order',
      patients: [resource['subject']],
      people: [resource['requester'], ...list(resource['performer'])],
      places: list(resource['performer']),
      from,
      to: latest(from, readWhen(resource, 'occurrence', days).to),
    }
  },
  MedicationRequest: (resource, days) => ({
    ...ofSubject(resource, 'medication', [resource['requester'], resource['recorder'], ...list(resource['performer'])]),
    ...oneDay(days.iso(text(resource['authoredOn']))),
  }),
  MedicationAdministration: (resource, days) => ({
    ...ofSubject(resource, 'medication', actorsOf(resource['performer'], 'actor')),
    ...readWhen(resource, 'effective', days, 'occurence'),
  }),
  MedicationDispense: (resource, days) => ({
    ...ofSubject(resource, 'medication', actorsOf(resource['performer'], 'actor')),
    ...oneDay(days.iso(text(resource['whenHandedOver']) || text(resource['whenPrepared']))),
  }),
  Immunization: (resource, days) => ({
    ...ofSubject(resource, 'medication', actorsOf(resource['performer'], 'actor')),
    ...oneDay(days.iso(text(resource['occurrenceDateTime']))),
  }),
  DiagnosticReport: (resource, days) => {
    const when = readWhen(resource, 'effective', days)
    const issuedOn = days.iso(text(resource['issued']))
    const people = [...list(resource['performer']), ...list(resource['resultsInterpreter'])]
    return {
      ...ofSubject(resource, 'result', people),
      from: when.from ?? issuedOn,
      to: latest(when.to ?? when.from, issuedOn),
    }
  },
  Procedure: (resource, days) => ({
    ...ofSubject(resource, 'encounter', [...actorsOf(resource['performer'], 'actor'), resource['recorder']]),
    ...readWhen(resource, 'performed', days, 'occurrence'),
  }),
  DocumentReference: (resource, days) => {
    const context = object(resource['context'])
    const from = days.iso(text(resource['date'])) ?? readPeriod(resource['period'] ?? context?.['period'], days).from
    const people = [...list(resource['author']), resource['authenticator'], ...actorsOf(resource['attester'], 'party')]
    return { ...ofSubject(resource, 'note', people), ...oneDay(from) }
  },
  Composition: (resource, days) => ({
    ...ofSubject(resource, 'note', [...list(resource['author']), ...actorsOf(resource['attester'], 'party')]),
    ...oneDay(days.iso(text(resource['date']))),
  }),
  Claim: (resource, days) => {
    const period = readPeriod(resource['billablePeriod'], days)
    const createdOn = days.iso(text(resource['created']))
    return {
      kind: 'billing',
      patients: [resource['patient']],
      people: [resource['provider'], resource['enterer'], ...actorsOf(resource['careTeam'], 'provider')],
      places: [resource['provider']],
      from: period.from ?? createdOn,
      to: latest(period.to ?? period.from, createdOn),
    }
  },
}

export const relationTypes: readonly string[] = Object.keys(readers)

/** Reads the relations of a resource; a text says why there are none where there should be. */
export function readRelations(
  resource: Json,
  directory: Directory,
  days: DayReader,
  receivedAt: number,
): (Relation | RelationGroup)[] | string {
  const type = text(resource['resourceType'])
  const read = readers[type]
  if (!read) return []
  const id = text(resource['id'])
  if (id === '') return 'The resource has no id.'
  const receivedOn = days.at(receivedAt)
  const told = read(resource, days, receivedOn)
  const isVoid = voidStates.has(text(resource['status'])) || text(resource['intent']) === 'proposal'
  const patients = told.patients.flatMap(list).flatMap((reference) => {
    const target = directory.find(reference)
    return target && (target.type === 'Patient' || (target.type === '' && told.kind !== 'appointment'))
      ? [target.id]
      : []
  })
  if (patients.length === 0) return 'It names no patient.'
  const ties = tiesOf(told, directory)
  const group = `fhir/${type}/${id}`
  const relations: Relation[] = []
  for (const patient of new Set(patients)) {
    for (const tie of ties) {
      const from = tie.from ?? (isVoid ? receivedOn : undefined)
      if (from === undefined) return 'It names no day.'
      const key = [group, ...(patients.length > 1 ? [patient] : []), tie.user || `@${tie.department}`].join('/')
      const to = tie.to === undefined ? from : tie.to
      relations.push({
        record: 'relation',
        kind: told.kind,
        key,
        patient,
        user: tie.user,
        department: tie.department,
        from,
        to: to !== null && to < from ? from : to,
        isVoid,
        group,
      })
    }
  }
  // Of a part of a resource nothing follows for those whom it does not name.
  if (isPart(resource)) return relations
  return [...relations, { record: 'group', key: group, members: relations.map(({ key }) => key) }]
}

const isPart = (resource: Json) =>
  list(object(resource['meta'])?.['tag']).some((tag) => text(object(tag)?.['code']) === 'SUBSETTED')

/** People with the department of the resource or else of their role; the department alone where nobody is named. */
function tiesOf(told: Told, directory: Directory): Tie[] {
  const department = departmentOf([...told.places, ...told.people], directory)
  const ties = new Map<string, Tie>()
  const { from, to } = told
  for (const reference of told.people.flatMap(list)) {
    const target = directory.find(reference)
    if (!target || !['Practitioner', 'PractitionerRole', ''].includes(target.type)) continue
    const role = target.type === 'PractitionerRole' ? directory.role(target.id) : undefined
    const user = role?.practitioner ?? target.id
    if (user === '') continue
    const own = told.terms?.get(reference)
    const isShorter = own?.to !== undefined && !(to && to < own.to)
    const tie: Tie = {
      user,
      department: department || role?.department || '',
      from: own?.from ?? from,
      to: isShorter ? own.to : to,
    }
    const known = ties.get(user)
    ties.set(user, known ? both(known, tie) : tie)
  }
  if (ties.size === 0 && department !== '') return [{ user: '', department, from, to }]
  return [...ties.values()]
}

/** Who is named twice, in two roles, is tied from the first of them until the last. */
function both(one: Tie, other: Tie): Tie {
  const isOpen = one.to === null || other.to === null
  const [from] = [one.from, other.from].filter((day) => day !== undefined).sort()
  return { ...one, from, to: isOpen ? null : latest(one.to ?? undefined, other.to ?? undefined) }
}

function departmentOf(references: readonly unknown[], directory: Directory): string {
  for (const reference of references.flatMap(list)) {
    const type = directory.find(reference)?.type ?? ''
    if (['Location', 'HealthcareService', 'Organization'].includes(type)) return directory.name(reference)
  }
  return ''
}

function ofSubject(resource: Json, kind: RelationKind, people: readonly unknown[]) {
  return {
    kind,
    patients: [resource['subject'] ?? resource['patient']],
    people,
    places: [resource['location']].flatMap(list),
  }
}

function actorsOf(participants: unknown, ...fields: readonly string[]): unknown[] {
  return list(participants)
    .flatMap((one) => fields.map((field) => object(one)?.[field]))
    .filter((one) => one !== undefined)
}

/** The participants' own periods, by who they are. */
function termsOf(participants: unknown, days: DayReader, ...fields: readonly string[]): ReadonlyMap<unknown, Period> {
  return new Map(
    list(participants).flatMap((one) => {
      const period = object(object(one)?.['period'])
      if (!period) return []
      const term = { from: days.iso(text(period['start'])), to: days.iso(text(period['end'])) }
      return fields.map((field) => [object(one)?.[field], term] as const)
    }),
  )
}

const oneDay = (day: Day | undefined) => ({ from: day, to: day })

function readPeriod(value: unknown, days: DayReader): Period {
  const period = object(value)
  const from = days.iso(text(period?.['start']))
  const to = days.iso(text(period?.['end']))
  return { from: from ?? to, to }
}

/** A field of several kinds of time: `effectiveDateTime`, `effectivePeriod`, `effectiveInstant`. */
function readWhen(
  resource: Json,
  field: string,
  days: DayReader,
  other = field,
): { from: Day | undefined; to: Day | undefined } {
  for (const name of [field, other]) {
    const day = days.iso(text(resource[`${name}DateTime`]) || text(resource[`${name}Instant`]))
    if (day !== undefined) return { from: day, to: day }
    const period = readPeriod(resource[`${name}Period`], days)
    if (period.from !== undefined) return period
  }
  return { from: undefined, to: undefined }
}

const latest = (one: Day | undefined, other: Day | undefined) => (one && (!other || one > other) ? one : other)

function hasCode(concepts: unknown, code: string): boolean {
  return list(concepts).some((concept) =>
    list(object(concept)?.['coding']).some((coding) => text(object(coding)?.['code']) === code),
  )
}
