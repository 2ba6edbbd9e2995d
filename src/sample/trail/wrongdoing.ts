/** What incidents are made with: who might do it, when they could, and whether anything ties them to the patient. */
import type { Random } from '../random.ts'
import type { Metric, Session } from './access-log.ts'
import type { Encounter } from './records.ts'
import { isEmployed, type Role, type Worker } from './units.ts'
import { type Doing, minutesADay, type World } from './world.ts'

/** The kinds of wrong; the same words as the kinds of stories that the trail tells (src/trail/model/story.ts). */
export const wrongKinds = [
  'own-record',
  'family',
  'co-worker',
  'neighbour',
  'watched',
  'deceased',
  'after-leaving',
  'break-glass',
  'bulk',
  'slow-series',
  'out-of-role',
  'out-of-hours',
  'shared-account',
  'two-places',
  'unexplained',
] as const
export type WrongKind = (typeof wrongKinds)[number]

/** Something wrong that somebody did, as the answer key has it. */
export interface Incident {
  readonly kind: WrongKind
  readonly users: readonly number[]
  readonly patients: readonly number[]
  readonly sessions: readonly Session[]
  /** What it looked like, in words. */
  readonly says: string
  /** Why it could hardly be told from what is right; empty for most. */
  readonly hard: string
}

const curious: Readonly<Record<Role, readonly Metric[]>> = {
  doctor: ['Chart Review', 'Progress Notes', 'Results Review', 'Snapshot', 'Encounters', 'Problem List'],
  nurse: ['Chart Review', 'Snapshot', 'Results Review', 'Progress Notes', 'Encounters', 'Medications'],
  aide: ['Snapshot', 'Demographics', 'Encounters', 'Chart Review'],
  radiographer: ['Chart Review', 'Imaging Viewer', 'Snapshot', 'Results Review'],
  laboratory: ['Results Review', 'Snapshot', 'Chart Review'],
  pharmacist: ['Medications', 'Chart Review', 'Progress Notes', 'Snapshot'],
  registrar: ['Demographics', 'Appointment Desk', 'Encounters', 'Letters', 'Coverage'],
  biller: ['Encounters', 'Account Maintenance', 'Demographics', 'Coverage'],
  coder: ['Encounters', 'Progress Notes', 'Discharge Summary', 'Coding Summary'],
  records: ['Chart Review', 'Encounters', 'Demographics', 'Discharge Summary'],
  quality: ['Chart Review', 'Encounters', 'Progress Notes'],
  technology: ['Snapshot', 'Chart Review', 'Demographics'],
  office: ['Demographics', 'Appointment Desk', 'Snapshot'],
  student: ['Chart Review', 'Progress Notes', 'Snapshot'],
}

export class Wrongdoing {
  readonly world: World
  readonly random: Random
  readonly incidents: Incident[] = []
  readonly #busy = new Map<number, number>()
  readonly #taken = new Set<number>()
  readonly #pairs = new Set<number>()
  readonly #encounters = new Map<number, Encounter[]>()
  readonly #first: number

  constructor(world: World, first: number, random: Random) {
    this.world = world
    this.random = random
    this.#first = first
    for (const { user, patient, incident } of world.log.sessions) {
      if (incident >= 0) {
        this.#taken.add(user)
        continue
      }
      this.#busy.set(user, (this.#busy.get(user) ?? 0) + 1)
      if (patient >= 0) this.#pairs.add(user * 4_194_304 + patient)
    }
    for (const encounter of world.records.encounters) {
      const some = this.#encounters.get(encounter.patient)
      if (some) some.push(encounter)
      else this.#encounters.set(encounter.patient, [encounter])
    }
  }

  /** Somebody who works with records and has done nothing wrong yet; undefined where nobody fits. */
  suspect(fits: (worker: Worker) => boolean = () => true, leastSittings = 12): Worker | undefined {
    const { world, random } = this
    const isFree = (worker: Worker) =>
      worker.kind === 'person' &&
      !this.#taken.has(worker.index) &&
      (this.#busy.get(worker.index) ?? 0) >= leastSittings &&
      fits(worker)
    for (let tries = 0; tries < 60; tries++) {
      const worker = random.pick(world.workers)
      if (isFree(worker)) return worker
    }
    const all = world.workers.filter(isFree)
    return all.length > 0 ? random.pick(all) : undefined
  }

  staysThroughout = (worker: Worker): boolean =>
    isEmployed(worker, this.world.from) && isEmployed(worker, this.world.from + this.world.days)

  hasOpened(user: number, patient: number): boolean {
    return this.#pairs.has(user * 4_194_304 + patient)
  }

  /** Nothing ties them: no record of theirs or of their department's, no sitting, all the days through. */
  isStranger({ index, unit }: Worker, patient: number): boolean {
    const { ties } = this.world.records
    const middle = this.world.end / 2
    return (
      !this.hasOpened(index, patient) &&
      !ties.has(index, patient, middle, middle + 60 * minutesADay) &&
      !ties.has(~unit, patient, middle, middle + 60 * minutesADay)
    )
  }

  stranger(worker: Worker, at: number, power = 1.6): number {
    for (let tries = 0; ; tries++) {
      const patient = this.world.drawPatient(at, this.random, power)
      if (tries > 80 || (this.isStranger(worker, patient) && !this.isRelated(worker, patient))) return patient
    }
  }

  /** Lives with them, is a relative, works here, or is themselves. */
  isRelated(worker: Worker, patient: number): boolean {
    const { residents } = this.world.population
    const self = residents[worker.resident]
    const other = residents[patient]
    return (
      other === undefined ||
      patient === worker.resident ||
      other.household === self?.household ||
      other.kinOf === worker.index ||
      other.worker !== undefined ||
      other.isVip ||
      other.family === self?.family
    )
  }

  /** A minute at which they are at work, on the day or one of the next; undefined when they are away for two weeks. */
  atWork(worker: Worker, day: number): number | undefined {
    for (let later = 0; later < 15; later++) {
      const shift = this.world.shift(worker, day + later)
      if (!shift) continue
      const at = (day + later) * minutesADay + this.random.int(shift.from + 10, shift.to - 20)
      return this.world.isLogged(at) && this.world.isLogged(at + 120) ? at : undefined
    }
    return undefined
  }

  /** The day to begin on: near a visit of the patient's, as news of it travels, or any. */
  beginning(patient: number, random = this.random): number {
    const { days } = this.world
    const near = (this.#encounters.get(patient) ?? []).filter(
      ({ from }) => from >= 0 && from < (days - 6) * minutesADay,
    )
    if (near.length > 0 && random.chance(0.7))
      return Math.floor(random.pick(near).from / minutesADay) + random.int(0, 5)
    return random.int(1, Math.max(2, days - 16))
  }

  hasEncounter(patient: number): boolean {
    return (this.#encounters.get(patient) ?? []).length > 0
  }

  /** Opens a record as part of the incident being made. */
  sit(doing: Omit<Doing, 'cause' | 'incident'>): Session | undefined {
    const metrics = doing.metrics ?? curious[this.world.worker(doing.user).role]
    return this.world.open(
      { ...doing, metrics, cause: 'incident', incident: this.#first + this.incidents.length },
      this.random,
    )
  }

  /** Several sittings at work over some days, 1 to 15 accesses in all. */
  snoop(
    worker: Worker,
    patient: number,
    begin: number,
    options: { sittings?: number; spanDays?: number } & Partial<Doing> = {},
  ): Session[] {
    const { random } = this
    const { sittings = random.pick([1, 1, 2, 2, 3, 4]), spanDays = random.int(1, 24), ...rest } = options
    const sessions: Session[] = []
    for (let each = 0; each < sittings; each++) {
      const day = begin + (each === 0 ? 0 : random.int(0, spanDays))
      const at = this.atWork(worker, day)
      if (at === undefined) continue
      const session = this.sit({ user: worker.index, patient, at, count: random.int(1, sittings > 2 ? 4 : 7), ...rest })
      if (session) sessions.push(session)
    }
    return sessions
  }

  /** Files what was done; gives false when nothing of it came into the log. */
  file(
    kind: WrongKind,
    workers: readonly Worker[],
    sessions: readonly (Session | undefined)[],
    says: string,
    hard = '',
  ): boolean {
    const done = sessions.filter((session): session is Session => session !== undefined && session.last > session.first)
    if (done.length === 0) return false
    for (const { index } of workers) this.#taken.add(index)
    const patients = [...new Set(done.map(({ patient }) => patient).filter((patient) => patient >= 0))]
    this.incidents.push({ kind, users: workers.map(({ index }) => index), patients, sessions: done, says, hard })
    return true
  }
}

/** Does one wrong; false where it found nobody to do it. */
export type Way = (wrong: Wrongdoing) => boolean
