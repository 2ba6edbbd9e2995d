/**
 * A very large world of accesses, made as fast as a disk takes it: for measuring intake, lookups and explanations, not for
 * judging rules (that is trail-detection.ts, on a world with more life in it). Its shape is that of the facts: sittings of about
 * 7.5 accesses, a few patients and users with very many; 55 % of the sittings by who has an appointment with the patient, 30 %
 * by a colleague of that department, 8 % by the care team, 7 % by anybody.
 *
 * The same choice gives the same bytes. Rows are in the order of time. Use from another bench, or by itself:
 * `node bench/trail-world.ts --events 10000000 --directory /tmp/world [--format csv|fhir]`.
 */
import { createWriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { parseArgs } from 'node:util'
import { appointmentCsv, careTeamCsv, patientCsv, staffCsv } from './trail-world-lists.ts'

export interface LargeWorldChoice {
  readonly events: number
  readonly seed?: number
  /** The first day, 1970-01-01 being 0, and how many. */
  readonly from?: number
  readonly days?: number
}

export const dayMs = 86_400_000
const departments = 120
const metrics = [
  'Chart Review',
  'Results Review',
  'Snapshot',
  'Medications',
  'Order Entry',
  'Flowsheets',
  'Demographics',
  'Progress Notes',
]

/** Numbers from 0 up to 1 that are the same for the same seed. */
function drawing(seed: number): () => number {
  let state = (seed * 0x9e3779b9 + 0x85ebca6b) >>> 0
  return () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
    return ((mixed ^ (mixed >>> 15)) >>> 0) / 4_294_967_296
  }
}

/** People, patients and what ties them, as columns; a hundred million accesses need about 60 MB of it. */
export class LargeWorld {
  readonly events: number
  readonly seed: number
  readonly from: number
  readonly days: number
  readonly users: number
  readonly patients: number
  readonly departmentOf: Uint8Array
  readonly colleagues: readonly Int32Array[]
  /** Of each appointment, in the order of their days. */
  readonly appointmentPatient: Int32Array
  readonly appointmentUser: Int32Array
  /** Where the appointments of each day begin. */
  readonly appointmentsOfDay: Int32Array
  readonly careTeam: Int32Array

  constructor({ events, seed = 1, from = 20_669, days = 90 }: LargeWorldChoice) {
    this.events = events
    this.seed = seed
    this.from = from
    this.days = days
    const size = events / 10_000_000
    this.users = Math.max(200, Math.round(15_000 * size ** 0.3))
    this.patients = Math.max(2_000, Math.round(203_772 * size ** 0.87))
    const appointments = Math.max(3_000, Math.round(208_000 * size ** 1.03))
    const draw = drawing(seed)
    this.departmentOf = Uint8Array.from({ length: this.users }, () => Math.floor(departments * draw() ** 1.3))
    const byDepartment = Array.from({ length: departments }, (): number[] => [])
    for (let user = 0; user < this.users; user++) byDepartment[this.departmentOf[user] ?? 0]?.push(user)
    this.colleagues = byDepartment.map((list) => Int32Array.from(list))
    const drawUser = () => Math.floor(this.users * draw() ** 1.6)
    this.appointmentsOfDay = new Int32Array(days + 1)
    this.appointmentPatient = new Int32Array(appointments)
    this.appointmentUser = new Int32Array(appointments)
    for (let index = 0; index < appointments; index++) {
      this.appointmentPatient[index] = this.drawPatient(draw)
      this.appointmentUser[index] = drawUser()
    }
    for (let day = 0; day <= days; day++) this.appointmentsOfDay[day] = Math.floor((appointments * day) / days)
    this.careTeam = Int32Array.from({ length: this.patients }, drawUser)
  }

  /** A few come very often; who they are has nothing to do with their number. */
  drawPatient(draw: () => number): number {
    const rank = Math.floor(this.patients * draw() ** 2.2)
    return (rank * 2_654_435_761) % this.patients
  }
}

export const loginOf = (user: number): string => `U${String(100_000 + user)}`
export const patientOf = (patient: number): string => `M${String(10_000_000 + patient)}`
export const departmentNameOf = (department: number): string => `DEPT-${String(100 + department)}`

/** The accesses in the order of time: `each` is told of every one. */
function runSittings(
  world: LargeWorld,
  each: (index: number, millisecond: number, user: number, patient: number, sitting: number) => void,
  from: number,
  to: number,
  state: Sittings,
): void {
  const { draw } = state
  const step = (world.days * dayMs) / world.events
  for (let index = from; index < to; index++) {
    const at = Math.floor(index * step)
    const place = Math.floor(draw() * state.user.length)
    if ((state.left[place] ?? 0) <= 0) sitDown(world, state, place, Math.floor(at / dayMs))
    state.left[place] = (state.left[place] ?? 0) - 1
    each(index, at, state.user[place] ?? 0, state.patient[place] ?? 0, state.number[place] ?? 0)
  }
}

interface Sittings {
  readonly draw: () => number
  readonly user: Int32Array
  readonly patient: Int32Array
  readonly left: Int32Array
  readonly number: Int32Array
  count: number
}

function beginSittings(world: LargeWorld): Sittings {
  const length = Math.max(20, Math.min(3_000, Math.round(world.events / 3_000)))
  return {
    draw: drawing(world.seed + 7),
    user: new Int32Array(length),
    patient: new Int32Array(length),
    left: new Int32Array(length),
    number: new Int32Array(length),
    count: 0,
  }
}

function sitDown(world: LargeWorld, state: Sittings, place: number, day: number): void {
  const { draw } = state
  const first = world.appointmentsOfDay[Math.max(0, day - 3)] ?? 0
  const last = world.appointmentsOfDay[Math.min(world.days, day + 4)] ?? world.appointmentPatient.length
  const appointment = first + Math.floor(draw() * (last - first))
  const kind = draw()
  let patient = world.appointmentPatient[appointment] ?? 0
  let user = world.appointmentUser[appointment] ?? 0
  if (kind > 0.55 && kind <= 0.85) {
    const colleagues = world.colleagues[world.departmentOf[user] ?? 0]
    if (colleagues && colleagues.length > 0) user = colleagues[Math.floor(draw() * colleagues.length)] ?? user
  } else if (kind > 0.85 && kind <= 0.93) {
    patient = world.drawPatient(draw)
    user = world.careTeam[patient] ?? 0
  } else if (kind > 0.93) {
    patient = world.drawPatient(draw)
    user = Math.floor(world.users * draw() ** 1.6)
  }
  state.user[place] = user
  state.patient[place] = patient
  state.left[place] = 1 + Math.floor(-Math.log(1 - draw()) * 7)
  state.number[place] = state.count++
}

const chunkBytes = 4 * 1024 * 1024

/** Writes digits without making a text of them: `width` of them, with leading zeros. */
function writeDigits(buffer: Buffer, end: number, width: number, value: number): void {
  let rest = value
  for (let at = end - 1; at >= end - width; at--) {
    const next = Math.floor(rest / 10)
    buffer[at] = 48 + rest - next * 10
    rest = next
  }
}

function copyInto(buffer: Buffer, at: number, bytes: Uint8Array): number {
  for (let index = 0; index < bytes.length; index++) buffer[at + index] = bytes[index] ?? 0
  return at + bytes.length
}

export const accessHeader = 'ACCESS_LOG_ID,ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID,DEPARTMENT_NAME\n'
const rowTemplate = 'L0000000000,2026-00-00 00:00:00,U000000,M00000000,'
/** Where each field of the template ends. */
const ends = { id: 11, day: 22, hour: 25, minute: 28, second: 31, user: 39, patient: 49 } as const

/** Yields the accesses as CSV, in pieces of about 4 MiB that end with a row's end. */
export function* accessCsv(world: LargeWorld): Generator<Buffer> {
  yield Buffer.from(accessHeader)
  const names = metrics.map((name) => Buffer.from(`${name},WS-`))
  const places = Array.from({ length: departments }, (_, department) =>
    Buffer.from(`,${departmentNameOf(department)}\n`),
  )
  const template = Buffer.from(rowTemplate)
  const state = beginSittings(world)
  let day = -1
  let date = Buffer.from('2026-00-00')
  const atOnce = 40_000
  for (let from = 0; from < world.events; from += atOnce) {
    const buffer = Buffer.allocUnsafe(chunkBytes)
    let end = 0
    runSittings(
      world,
      (index, millisecond, user, patient, sitting) => {
        const start = end
        const onDay = Math.floor(millisecond / dayMs)
        if (onDay !== day) {
          day = onDay
          date = Buffer.from(new Date((world.from + onDay) * dayMs).toISOString().slice(0, 10))
        }
        copyInto(buffer, start, template)
        writeDigits(buffer, start + ends.id, 10, index)
        copyInto(buffer, start + 12, date)
        const second = Math.floor((millisecond - onDay * dayMs) / 1_000)
        writeDigits(buffer, start + ends.hour, 2, Math.floor(second / 3_600))
        writeDigits(buffer, start + ends.minute, 2, Math.floor(second / 60) % 60)
        writeDigits(buffer, start + ends.second, 2, second % 60)
        writeDigits(buffer, start + ends.user, 6, 100_000 + user)
        writeDigits(buffer, start + ends.patient, 8, 10_000_000 + patient)
        end = start + template.length
        const name = names[(sitting + index) % names.length]
        if (name) end = copyInto(buffer, end, name)
        writeDigits(buffer, end + 5, 5, (user * 13 + (sitting % 3)) % 100_000)
        const place = places[world.departmentOf[user] ?? 0]
        end += 5
        if (place) end = copyInto(buffer, end, place)
      },
      from,
      Math.min(world.events, from + atOnce),
      state,
    )
    yield buffer.subarray(0, end)
  }
}

const mark = { time: '@@@@-@@-@@T@@:@@:@@.@@@Z', user: '######', patient: '%%%%%%%%', event: '!!!!!!!!!!' } as const

/** An event of the BALP kind, two thousand bytes long, with places for what differs. */
function auditTemplate(): Buffer {
  const coding = (system: string, code: string, display: string) => ({ system, code, display })
  const dicom = 'http://dicom.nema.org/resources/ontology/DCM'
  const event = {
    resourceType: 'AuditEvent',
    id: `e-${mark.event}`,
    meta: { profile: ['https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PatientRead'] },
    text: {
      status: 'generated',
      div: '<div xmlns="http://www.w3.org/1999/xhtml"><p>Basic AuditEvent for a successful read with a patient</p></div>',
    },
    type: coding('http://terminology.hl7.org/CodeSystem/audit-event-type', 'rest', 'Restful Operation'),
    subtype: [coding('http://hl7.org/fhir/restful-interaction', 'read', 'read')],
    action: 'R',
    recorded: mark.time,
    outcome: '0',
    purposeOfEvent: [{ coding: [coding('http://terminology.hl7.org/CodeSystem/v3-ActReason', 'TREAT', 'treatment')] }],
    agent: [
      {
        type: { coding: [coding(dicom, '110153', 'Source Role ID')] },
        who: { display: 'workstation.hospital.example' },
        requestor: false,
        network: { address: '10.20.30.40', type: '2' },
      },
      {
        type: { coding: [coding(dicom, '110152', 'Destination Role ID')] },
        who: { display: 'ehr.hospital.example' },
        requestor: false,
        network: { address: 'https://ehr.hospital.example/fhir', type: '5' },
      },
      {
        type: {
          coding: [
            coding('http://terminology.hl7.org/CodeSystem/v3-ParticipationType', 'IRCP', 'information recipient'),
          ],
        },
        who: { identifier: { system: 'https://ehr.hospital.example/login', value: `U${mark.user}` } },
        requestor: true,
      },
    ],
    source: {
      site: 'ehr.hospital.example',
      observer: { display: 'ehr.hospital.example' },
      type: [coding('http://terminology.hl7.org/CodeSystem/security-source-type', '4', 'Application Server')],
    },
    entity: [
      {
        what: { reference: `Observation/o-${mark.event}` },
        type: coding('http://terminology.hl7.org/CodeSystem/audit-entity-type', '2', 'System Object'),
        role: coding('http://terminology.hl7.org/CodeSystem/object-role', '4', 'Domain Resource'),
      },
      {
        what: { reference: `Patient/M${mark.patient}` },
        type: coding('http://terminology.hl7.org/CodeSystem/audit-entity-type', '1', 'Person'),
        role: coding('http://terminology.hl7.org/CodeSystem/object-role', '1', 'Patient'),
      },
    ],
  }
  return Buffer.from(`${JSON.stringify(event)}\n`)
}

/** Yields the accesses as FHIR AuditEvents, one a line, in pieces of about 4 MiB. */
export function* accessFhir(world: LargeWorld): Generator<Buffer> {
  const template = auditTemplate()
  const find = (text: string) => {
    const found: number[] = []
    for (let at = template.indexOf(text); at >= 0; at = template.indexOf(text, at + 1)) found.push(at)
    return found
  }
  const slots = { time: find(mark.time), user: find(mark.user), patient: find(mark.patient), event: find(mark.event) }
  const state = beginSittings(world)
  const atOnce = Math.floor(chunkBytes / template.length)
  for (let from = 0; from < world.events; from += atOnce) {
    const to = Math.min(world.events, from + atOnce)
    const buffer = Buffer.allocUnsafe((to - from) * template.length)
    runSittings(
      world,
      (index, millisecond, user, patient) => {
        const start = (index - from) * template.length
        template.copy(buffer, start)
        for (const at of slots.time)
          buffer.write(new Date(world.from * dayMs + millisecond).toISOString(), start + at, 'latin1')
        for (const at of slots.user) writeDigits(buffer, start + at + 6, 6, 100_000 + user)
        for (const at of slots.patient) writeDigits(buffer, start + at + 8, 8, 10_000_000 + patient)
        for (const at of slots.event) writeDigits(buffer, start + at + 10, 10, index)
      },
      from,
      to,
      state,
    )
    yield buffer
  }
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      events: { type: 'string', default: '10000000' },
      seed: { type: 'string', default: '1' },
      directory: { type: 'string' },
      format: { type: 'string', default: 'csv' },
    },
  })
  const events = Number(values.events)
  if (!values.directory || !Number.isSafeInteger(events) || events < 1 || !/^(csv|fhir)$/.test(values.format)) {
    process.stderr.write(
      'bench: node bench/trail-world.ts --events N --directory FOLDER [--seed N] [--format csv|fhir]\n',
    )
    process.exit(2)
  }
  const { directory } = values
  await mkdir(directory, { recursive: true })
  const started = performance.now()
  const world = new LargeWorld({ events, seed: Number(values.seed) })
  const write = (name: string, content: Iterable<Buffer>) =>
    pipeline(Readable.from(content, { objectMode: true, highWaterMark: 2 }), createWriteStream(join(directory, name)))
  await write('ehr-staff.csv', staffCsv(world))
  await write('patients.csv', patientCsv(world))
  await write('appointments.csv', appointmentCsv(world))
  await write('care-teams.csv', careTeamCsv(world))
  const known = performance.now()
  if (values.format === 'csv') await write('access-log.csv', accessCsv(world))
  else await write('access-log.ndjson', accessFhir(world))
  const seconds = (performance.now() - known) / 1_000
  process.stdout.write(
    `${events.toLocaleString('en')} accesses in ${seconds.toFixed(1)} s (${Math.round(events / seconds).toLocaleString('en')}/s), ` +
      `${((known - started) / 1_000).toFixed(1)} s for the rest; ${Math.round(process.resourceUsage().maxRSS / 1_024)} MB\n`,
  )
}
