/** The trail of a sample: accesses of ninety days, the records that explain them, and the key of what is wrong. */
import type { AnswerKey, SampleSize } from '../answer-key.ts'
import { toDay } from '../calendar.ts'
import { isGone, type Person } from '../people.ts'
import { seededRandom } from '../random.ts'
import { composeWorld, type TrailWorldPlan } from './compose.ts'
import { auditFiles, careBundle } from './fhir-files.ts'
import { countLookAlikes, shareRecorded } from './figures.ts'
import type { Wanted } from './incidents.ts'
import { LogWriter, listLogFiles } from './log-files.ts'
import { documentLookups, emergencyMessages } from './message-files.ts'
import { listRecordFiles } from './record-files.ts'
import { keyIncident, type TrailKey, trailKeyText } from './trail-key.ts'
import type { StaffSeed } from './units.ts'
import { minutesADay } from './world.ts'
import { wrongKinds } from './wrongdoing.ts'

export type { TrailKey } from './trail-key.ts'

export const trailDays = 90

/** Every kind of wrong once; a clinic has only those that it is large enough for. */
export const oneOfEach: Wanted = Object.fromEntries(wrongKinds.map((kind) => [kind, 1]))
const ofAClinic: Wanted = {
  'own-record': 1,
  family: 1,
  'co-worker': 1,
  'after-leaving': 1,
  'out-of-hours': 1,
  deceased: 1,
}

/** An account of the record system, as the sample's list of its accounts has it. */
export interface KnownAccount {
  readonly kind: string
  readonly username: string
  readonly display: string
  readonly person: Person | undefined
}

export function staffOf(accounts: readonly KnownAccount[], people: readonly Person[]): StaffSeed[] {
  const loginOf = new Map(accounts.flatMap(({ person, username }) => (person ? [[person.index, username]] : [])))
  return accounts
    .filter(({ person }) => person?.story !== 'pending')
    .map(({ kind, username, display, person }): StaffSeed => {
      const manager = person?.managerIndex === undefined ? undefined : people[person.managerIndex]
      return {
        login: username,
        given: person?.given ?? '',
        family: person?.family ?? display,
        maiden: person?.maiden,
        title: person?.title ?? '',
        department: person?.department ?? '',
        hiredOn: person?.hiredOn ?? 15_000,
        leftOn: person && (isGone(person) || person.leftOn !== undefined) ? person.leftOn : undefined,
        firstStay: person?.firstStay,
        managerLogin: (manager && loginOf.get(manager.index)) ?? '',
        kind: person ? 'person' : kind === 'service' || kind === 'shared' ? kind : 'other',
        isStudent: person?.workerType === 'student',
        isAway: person?.story === 'leave',
      }
    })
}

/** The plan of a sample's world. */
export function planWorld(size: SampleSize, seed: number, asOf: number, staff: readonly StaffSeed[]): TrailWorldPlan {
  const isClinic = size === 'clinic'
  return {
    seed,
    size,
    from: asOf - trailDays,
    days: trailDays,
    staff,
    residents: isClinic ? 1_400 : 45_000,
    load: isClinic
      ? { visits: 5, emergencies: 0, admissions: 0, offices: 0.02 }
      : { visits: 108, emergencies: 34, admissions: 5, offices: 1 },
    wanted: isClinic ? ofAClinic : oneOfEach,
  }
}

export interface TrailFile {
  readonly name: string
  readonly content: Iterable<string>
}

export const trailFolder = 'ehr'
export const trailKeyName = 'trail-key.json'

/** Yields the files of a sample's trail, the key as the last. */
export function* trailFiles(
  size: SampleSize,
  key: Pick<AnswerKey, 'seed'>,
  asOf: number,
  accounts: readonly KnownAccount[],
  people: readonly Person[],
): Generator<TrailFile> {
  const plan = planWorld(size, key.seed, asOf, staffOf(accounts, people))
  const { world, incidents } = composeWorld(plan)
  const random = seededRandom(`trail files/${key.seed}`)
  const inFolder = (name: string, content: Iterable<string>): TrailFile => ({ name: `${trailFolder}/${name}`, content })
  const rowsOf = new Map<number, { file: string; id: string }[]>()
  const isClinic = size === 'clinic'
  const messagesFrom = (trailDays - 10) * minutesADay
  if (isClinic) {
    const { files, eventOf } = auditFiles(world)
    for (const { name, content } of files) yield inFolder(name, content())
    for (const [index, event] of eventOf) {
      const incident = world.log.sessions[world.log.session[index] ?? 0]?.incident ?? -1
      if (incident >= 0) rowsOf.set(incident, [...(rowsOf.get(incident) ?? []), event])
    }
    yield inFolder('appointments-and-encounters.json', careBundle(world))
  } else {
    const writer = new LogWriter(world)
    const files = listLogFiles(world)
    for (const file of files) yield inFolder(file.name, writer.write(file))
    for (const [incident, rows] of writer.incidentRows(files)) rowsOf.set(incident, rows)
    yield inFolder('admissions-emergency.hl7', emergencyMessages(world, messagesFrom))
  }
  yield inFolder('document-lookups.log', documentLookups(world, isClinic ? 20 : 160, random))
  // A clinic has nobody on wards and sends to no specialists of its own.
  const lacks = isClinic ? ['care-teams.csv', 'referrals.csv', 'results.csv', 'medications.csv', 'consults.csv'] : []
  for (const { name, content } of listRecordFiles(world, { messagesFrom, asBundle: isClinic }, random))
    if (!lacks.includes(name)) yield inFolder(name, content())
  const trailKey: TrailKey = {
    seed: key.seed,
    from: toDay(plan.from),
    to: toDay(plan.from + plan.days - 1),
    accesses: world.log.count,
    incidents: incidents.map((incident, index) =>
      keyIncident(
        world,
        incident,
        (rowsOf.get(index) ?? []).map(({ file, id }) => ({ file: `${trailFolder}/${file}`, id })),
      ),
    ),
    lookAlikes: countLookAlikes(world),
    recorded: shareRecorded(world),
  }
  yield { name: trailKeyName, content: trailKeyText(trailKey) }
}
