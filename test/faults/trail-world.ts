/** What the faults and attacks of the access trail share: a small invented hospital, and trails opened as the server opens them. */
import { type KeyFile, openKeyFile } from '#platform/keys.ts'
import type { TrailOptions } from '#trail/derived.ts'
import { type OpenTrail, openTrail } from '#trail/engine.ts'
import type { ImportOptions, ToldAccess, Trail, WhoQuestion } from '#trail/trail.ts'

export const now = new Date('2026-11-20T12:00:00Z')
const begin = Date.UTC(2026, 10, 2, 6)
const utcFromLocal = 6 * 3_600_000

export const patientCount = 24
export const patientOf = (number: number) => `MRN-${7_000 + number}`
const logins = ['ahansen', 'bcole', 'cdiaz', 'dmoss', 'efrank', 'gwu', 'hkaya', 'ilopez']
export const heading = 'ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID,DEPARTMENT'
const metrics = ['Chart Review', 'Results Review', 'Order Entry', 'Demographics']
const departments = ['Cardiology', 'ICU', 'Billing', 'Emergency']

/** A seeded source of numbers from 0 to 1 (mulberry32). */
export function randomFrom(start: number): () => number {
  let state = start >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

export function pick<T>(random: () => number, list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)]
  if (found === undefined) throw new RangeError('There is nothing to choose from.')
  return found
}

export interface PlainAccess {
  readonly at: number
  readonly user: string
  readonly patient: string
  readonly object: string
  readonly workstation: string
  readonly department: string
}

/** What the access of a number is: the same every time, and no two at the same instant. */
export function accessAt(number: number): PlainAccess {
  const random = randomFrom(number + 1)
  return {
    at: begin + number * 13_000,
    user: pick(random, logins),
    patient: patientOf(Math.floor(random() ** 2 * patientCount)),
    object: pick(random, metrics),
    workstation: `WS-${1 + Math.floor(random() * 5)}`,
    department: pick(random, departments),
  }
}

export const accessesOf = (from: number, count: number): PlainAccess[] =>
  Array.from({ length: count }, (_, at) => accessAt(from + at))

/** As an export of a vendor writes them, in the hospital's own time. */
export function writeCsv(accesses: readonly PlainAccess[]): string {
  const lines = accesses.map(({ at, user, patient, object, workstation, department }) => {
    const local = new Date(at - utcFromLocal).toISOString().slice(0, 19).replace('T', ' ')
    return [local, user, patient, object, workstation, department].join(',')
  })
  return `${[heading, ...lines].join('\n')}\n`
}

/** People, patients and appointments of the hospital; relations of later numbers replace some of earlier ones. */
export function writeKnown(number: number): string {
  const random = randomFrom(90_000 + number)
  const records: object[] = []
  if (number === 0) {
    for (const [place, login] of logins.entries()) {
      records.push({
        record: 'worker',
        login,
        name: `Person${place % 5}, Given${place}`,
        department: departments[place % departments.length],
        role: place % 2 === 0 ? 'nurse' : 'clerk',
        street: `${place} Elm Street`,
        place: '60601',
      })
    }
    for (let patient = 0; patient < patientCount; patient += 1) {
      records.push({
        record: 'patient',
        patient: patientOf(patient),
        name: `Person${patient % 9}, Other${patient}`,
        street: `${patient} Elm Street`,
        place: '60601',
        isWatched: patient % 11 === 3,
      })
    }
  }
  for (let tie = 0; tie < 6; tie += 1) {
    const from = new Date(begin + Math.floor(random() * 6) * 86_400_000).toISOString().slice(0, 10)
    records.push({
      record: 'relation',
      kind: 'appointment',
      key: `appointment/${Math.floor(random() * 40)}`,
      patient: patientOf(Math.floor(random() * patientCount)),
      user: pick(random, logins),
      from,
      to: from,
      isVoid: random() < 0.1,
    })
  }
  return `${records.map((record) => JSON.stringify(record)).join('\n')}\n`
}

/** The accesses as FHIR AuditEvents, one a line, each with an identifier of its own. */
export function writeFhir(accesses: readonly PlainAccess[], more: (place: number) => object = () => ({})): string {
  const events = accesses.map(({ at, user, patient, department, workstation }, place) => ({
    resourceType: 'AuditEvent',
    id: `e-${at}-${place}`,
    type: { code: 'rest' },
    action: place % 3 === 0 ? 'U' : 'R',
    recorded: new Date(at).toISOString(),
    outcome: place % 5 === 0 ? '4' : '0',
    purposeOfEvent: [{ coding: [{ code: place % 2 === 0 ? 'TREAT' : 'HPAYMT' }] }],
    agent: [{ who: { identifier: { value: user } }, requestor: true, network: { address: workstation, type: '1' } }],
    source: { site: department, observer: { display: 'EHR' } },
    entity: [{ what: { reference: `Patient/${patient}` }, role: { code: '1' }, type: { code: '1' } }],
    ...more(place),
  }))
  return `${events.map((event) => JSON.stringify(event)).join('\n')}\n`
}

/** An ATNA message in the frame of syslog, as a live feed brings it. */
export function writeAtna(
  { at, user, patient }: Pick<PlainAccess, 'at' | 'user' | 'patient'>,
  sourceId = 'PACS',
): Buffer {
  const time = new Date(at).toISOString()
  const xml = `<AuditMessage><EventIdentification EventActionCode="R" EventDateTime="${time}" EventOutcomeIndicator="0"><EventID csd-code="110110" codeSystemName="DCM" originalText="Patient Record"/></EventIdentification><ActiveParticipant UserID="${user}" UserIsRequestor="true" NetworkAccessPointID="WS-9" NetworkAccessPointTypeCode="1"/><AuditSourceIdentification AuditSourceID="${sourceId}"/><ParticipantObjectIdentification ParticipantObjectID="${patient}" ParticipantObjectTypeCode="1" ParticipantObjectTypeCodeRole="1"><ParticipantObjectIDTypeCode csd-code="2" codeSystemName="RFC-3881" originalText="Patient Number"/></ParticipantObjectIdentification></AuditMessage>`
  return Buffer.from(`<85>1 ${time} pacs app - IHE+DICOM - ${xml}`)
}

export async function openWorld(
  directory: string,
  keys: KeyFile,
  more: Partial<Pick<TrailOptions, 'store' | 'clock'>> = {},
): Promise<OpenTrail> {
  return openTrail({ directory, keys, organisationId: 1, zone: 'America/Chicago', clock: () => now, ...more })
}

/** Where the accesses are kept: on these servers, or in the folder itself where there are none. */
export const storeOn = (shards: readonly string[]): Pick<TrailOptions, 'store'> =>
  shards.length === 0 ? {} : { store: { clickhouse: shards } }

export const openKeys = (folder: string) => openKeyFile(folder)

/** Bytes in pieces that end where no line does. */
export async function* bytesOf(content: string | Uint8Array, piece = 4_099): AsyncGenerator<Uint8Array> {
  const bytes = typeof content === 'string' ? Buffer.from(content) : content
  for (let from = 0; from < bytes.length; from += piece) yield bytes.subarray(from, from + piece)
}

export const take = (trail: Trail, content: string | Uint8Array, source = 'EHR', more: Partial<ImportOptions> = {}) =>
  trail.import(bytesOf(content, 64 * 1024), { source, ...more })

export async function ask(trail: Trail, question: WhoQuestion) {
  const answer = await trail.who(question)
  const accesses: ToldAccess[] = []
  for await (const access of answer.accesses) accesses.push(access)
  return { total: answer.total, size: answer.size, accesses, proof: answer.proof }
}

export const plain = ({ at, user, patient, object, workstation, department }: ToldAccess): PlainAccess => ({
  at: at.getTime(),
  user,
  patient,
  object,
  workstation,
  department,
})

/** Everything that a refusal or defect says of itself, to whomever: with its causes and its stack. */
export function everythingOf(error: unknown): string {
  const said: string[] = []
  for (let one = error; one instanceof Error; one = one.cause) {
    said.push(one.name, one.message, String(one.stack), JSON.stringify(one) ?? '')
  }
  return said.join('\n') || String(error)
}
