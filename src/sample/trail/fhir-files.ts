/** A clinic's accesses as FHIR AuditEvents (IHE BALP), and its appointments and encounters as a FHIR Bundle. */
import { toDay } from '../calendar.ts'
import { breakGlassReasons, metrics } from './access-log.ts'
import { clockOf, workstationName } from './log-files.ts'
import { recordNumber } from './population.ts'
import { minutesADay, type World } from './world.ts'

const balp = 'https://profiles.ihe.net/ITI/BALP/StructureDefinition/'
const dicom = 'http://dicom.nema.org/resources/ontology/DCM'
const domain = 'riverbendclinic.example'
const recordSystem = `https://ehr.${domain}/mrn`
export const loginSystem = `https://ehr.${domain}/login`

const patientKind = {
  system: 'http://terminology.hl7.org/CodeSystem/audit-entity-type',
  code: '1',
  display: 'Person',
}
const coded = (system: string, code: string, display: string) => ({ system, code, display })

interface Verb {
  readonly profile: string
  readonly subtype: string
  readonly action: string
}
const verbs: Readonly<Record<string, Verb>> = {
  View: { profile: 'IHE.BasicAudit.PatientRead', subtype: 'read', action: 'R' },
  Modify: { profile: 'IHE.BasicAudit.PatientUpdate', subtype: 'update', action: 'U' },
  Create: { profile: 'IHE.BasicAudit.PatientCreate', subtype: 'create', action: 'C' },
  Search: { profile: 'IHE.BasicAudit.Query', subtype: 'search', action: 'E' },
  Export: { profile: 'IHE.BasicAudit.PatientRead', subtype: 'read', action: 'R' },
  Print: { profile: 'IHE.BasicAudit.PatientRead', subtype: 'read', action: 'R' },
  Disclose: { profile: 'IHE.BasicAudit.PrivacyDisclosure.Source', subtype: 'read', action: 'R' },
}
const resources: Readonly<Record<string, string>> = {
  'Patient List': 'List',
  'Appointment Desk': 'Appointment',
  'Results Review': 'Observation',
  'Progress Notes': 'DocumentReference',
  'Psychotherapy Notes': 'DocumentReference',
  'Note Writer': 'DocumentReference',
  Medications: 'MedicationRequest',
  Allergies: 'AllergyIntolerance',
  Flowsheets: 'Observation',
  'Problem List': 'Condition',
  'Order Entry': 'ServiceRequest',
  'Imaging Viewer': 'ImagingStudy',
  Coverage: 'Coverage',
  Encounters: 'Encounter',
}

/** One event of the log: accesses of the same second to a list are one event with many patients. */
export function auditEvent(world: World, id: string, indexes: readonly number[]): string {
  const { log } = world
  const first = indexes[0] ?? 0
  const session = log.sessions[log.session[first] ?? 0]
  if (!session) throw new RangeError('No such session')
  const worker = world.worker(session.user)
  const [name, action] = metrics[log.metric[first] ?? 0] ?? metrics[0]
  const patients = indexes.map((index) => log.patient[index] ?? -1).filter((patient) => patient >= 0)
  const verb = verbs[action] ?? { profile: 'IHE.BasicAudit.PatientRead', subtype: 'read', action: 'R' }
  const { day, time } = clockOf(world, log.at[first] ?? 0)
  const glass = log.glass[first] ?? 0
  const reason = breakGlassReasons[Math.max(0, glass - 1)] ?? ''
  const kind = resources[name] ?? 'Patient'
  const sensitive = name === 'Psychotherapy Notes'
  const purpose = glass > 0 ? 'BTG' : ['biller', 'coder'].includes(worker.role) ? 'HPAYMT' : 'TREAT'
  return `${JSON.stringify({
    resourceType: 'AuditEvent',
    id,
    meta: {
      profile: [`${balp}${verb.profile}`],
      ...(sensitive
        ? {
            security: [
              coded(
                'http://terminology.hl7.org/CodeSystem/v3-ActCode',
                'PSY',
                'psychiatry disorder information sensitivity',
              ),
            ],
          }
        : {}),
    },
    text: {
      status: 'generated',
      div: `<div xmlns="http://www.w3.org/1999/xhtml"><p><b>${name}</b>: ${verb.subtype} by ${worker.login} on ${day} at ${time}</p></div>`,
    },
    type: coded('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'Restful Operation'),
    subtype: [coded('http://hl7.org/fhir/restful-interaction', verb.subtype, verb.subtype)],
    action: verb.action,
    recorded: `${day}T${time}.000Z`,
    outcome: '0',
    purposeOfEvent: [
      {
        coding: [{ system: 'http://terminology.hl7.org/CodeSystem/v3-ActReason', code: purpose }],
        ...(reason === '' ? {} : { text: reason }),
      },
    ],
    agent: [
      {
        type: { coding: [coded(dicom, '110153', 'Source Role ID')] },
        who: { display: workstationName(world, session.workstation, session.user) },
        requestor: false,
        network: { address: workstationName(world, session.workstation, session.user), type: '1' },
      },
      {
        type: { coding: [coded(dicom, '110152', 'Destination Role ID')] },
        who: { display: `ehr.${domain}` },
        requestor: false,
        network: { address: `https://ehr.${domain}/fhir`, type: '5' },
      },
      {
        type: {
          coding: [
            coded('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP', 'information recipient'),
          ],
        },
        who: {
          identifier: { system: loginSystem, value: worker.login },
          display: worker.given === '' ? worker.family : `${worker.given} ${worker.family}`,
        },
        requestor: true,
      },
    ],
    source: {
      site: world.units[session.unit]?.name ?? '',
      observer: { display: `ehr.${domain}` },
      type: [coded('http://terminology.hl7.org/CodeSystem/security-source-type', '4', 'Application Server')],
    },
    entity: [
      // Who opens the patient's own resource opens nothing beside it.
      ...(kind === 'Patient' && verb.subtype !== 'search'
        ? []
        : [
            {
              what: verb.subtype === 'search' ? { display: 'search' } : { reference: `${kind}/${id}` },
              type: coded('http://terminology.hl7.org/CodeSystem/audit-entity-type', '2', 'System Object'),
              role: coded(
                'http://terminology.hl7.org/CodeSystem/object-role',
                verb.subtype === 'search' ? '24' : '4',
                verb.subtype === 'search' ? 'Query' : 'Domain Resource',
              ),
              name,
              ...(verb.subtype === 'search'
                ? { query: Buffer.from('GET /fhir/Patient?name=').toString('base64') }
                : {}),
            },
          ]),
      ...patients.map((patient) => ({
        what: {
          reference: `Patient/${recordNumber(patient)}`,
          identifier: { system: recordSystem, value: recordNumber(patient) },
        },
        type: patientKind,
        role: coded('http://terminology.hl7.org/CodeSystem/object-role', '1', 'Patient'),
      })),
      {
        what: { identifier: { value: `${id.toLowerCase()}-${log.at[first]}` } },
        type: coded('https://profiles.ihe.net/ITI/BALP/CodeSystem/BasicAuditEntityType', 'XrequestId', 'X-Request-Id'),
      },
    ],
  })}\n`
}

interface AuditFile {
  readonly name: string
  readonly content: () => Generator<string>
}

/** The events of a world by month, and the event that each access is in. */
export function auditFiles(world: World): {
  files: AuditFile[]
  eventOf: ReadonlyMap<number, { file: string; id: string }>
} {
  const { log } = world
  const events: { name: string; id: string; indexes: number[] }[] = []
  const eventOf = new Map<number, { file: string; id: string }>()
  let last: { session: number; at: number } | undefined
  for (const index of log.inOrder()) {
    const session = log.session[index] ?? 0
    const at = log.at[index] ?? 0
    const day = Math.min(world.days - 1, Math.floor(at / 86_400))
    const isSame = last?.session === session && last.at === at && log.sessions[session]?.cause === 'list'
    if (!isSame) {
      const name = `access-log-${toDay(world.from + day).slice(0, 7)}.ndjson`
      events.push({ name, id: `evt-${100_000 + events.length}`, indexes: [] })
    }
    const event = events.at(-1)
    event?.indexes.push(index)
    if (event) eventOf.set(index, { file: event.name, id: event.id })
    last = { session, at }
  }
  const names = [...new Set(events.map(({ name }) => name))]
  const files = names.map((name) => ({
    name,
    *content() {
      for (const [place, event] of events.entries()) {
        // The last events of a month are delivered again with the next.
        const next = events[Math.min(events.length - 1, place + 25)]
        if (event.name === name || next?.name === name) yield auditEvent(world, event.id, event.indexes)
      }
    },
  }))
  return { files, eventOf }
}

/** Appointments and encounters as a Bundle, the practitioners by their logins. */
export function* careBundle(world: World): Generator<string> {
  const { records, end } = world
  const instant = (minute: number) => {
    const { day, time } = clockOf(world, Math.floor(minute) * 60)
    return `${day}T${time}Z`
  }
  const patient = (index: number) => ({
    reference: `Patient/${recordNumber(index)}`,
    identifier: { system: recordSystem, value: recordNumber(index) },
  })
  const practitioner = (worker: number) => ({
    reference: `Practitioner/${world.worker(worker).login}`,
    identifier: { system: loginSystem, value: world.worker(worker).login },
  })
  const status = {
    Scheduled: 'booked',
    Completed: 'fulfilled',
    Cancelled: 'cancelled',
    'No Show': 'noshow',
    Rescheduled: 'cancelled',
  }
  const entries: unknown[] = []
  for (const worker of world.workers)
    if (worker.role === 'doctor')
      entries.push({
        resourceType: 'Practitioner',
        id: worker.login,
        identifier: [{ system: loginSystem, value: worker.login }],
        name: [{ family: worker.family, given: [worker.given] }],
      })
  for (const row of records.appointments)
    if (row.bookedAt < end)
      entries.push({
        resourceType: 'Appointment',
        id: row.id,
        status: status[row.status],
        start: instant(row.at),
        end: instant(row.at + 20),
        created: instant(row.bookedAt),
        participant: [
          { actor: patient(row.patient), status: 'accepted' },
          { actor: practitioner(row.provider), status: 'accepted' },
          { actor: { display: world.units[row.unit]?.name }, status: 'accepted' },
        ],
      })
  for (const row of records.encounters)
    if (row.from < end)
      entries.push({
        resourceType: 'Encounter',
        id: row.id,
        status: 'finished',
        class: coded('http://terminology.hl7.org/CodeSystem/v3-ActCode', 'AMB', 'ambulatory'),
        subject: patient(row.patient),
        participant: [{ individual: practitioner(row.attending) }],
        period: { start: instant(row.from), end: instant(row.to ?? row.from + minutesADay) },
        serviceProvider: { display: world.units[row.unit]?.name },
      })
  yield '{"resourceType":"Bundle","type":"collection","entry":[\n'
  for (const [index, resource] of entries.entries())
    yield `${index > 0 ? ',\n' : ''}{"resource":${JSON.stringify(resource)}}`
  yield '\n]}\n'
}
