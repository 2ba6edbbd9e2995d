/** What happens in a made-up hospital, and the means by which care.ts, office.ts and incidents.ts make it happen. */
import type { Random } from '../random.ts'
import { AccessLog, type Cause, type Metric, metricCode, type Session } from './access-log.ts'
import { drawLong, share, shuffled } from './chance.ts'
import type { Population, Resident } from './population.ts'
import { Records } from './records.ts'
import { isEmployed, type Role, type Shift, shiftOf, type Unit, type UnitKind, type Worker } from './units.ts'

export const minutesADay = 1_440

/** Metrics that people of a role open, the frequent ones repeated. */
const habits: Readonly<Record<Role, readonly Metric[]>> = {
  doctor: [
    'Chart Review',
    'Chart Review',
    'Results Review',
    'Results Review',
    'Progress Notes',
    'Snapshot',
    'Medications',
    'Problem List',
    'Order Entry',
    'Note Writer',
    'Imaging Viewer',
    'Allergies',
  ],
  nurse: [
    'Snapshot',
    'Flowsheets',
    'Flowsheets',
    'MAR Administration',
    'MAR Administration',
    'Medications',
    'Results Review',
    'Progress Notes',
    'Allergies',
    'Note Writer',
    'Chart Review',
  ],
  aide: ['Snapshot', 'Flowsheets', 'Flowsheets', 'Allergies', 'Demographics', 'Specimen Collection'],
  radiographer: ['Imaging Viewer', 'Imaging Viewer', 'Snapshot', 'Allergies', 'Result Entry', 'Chart Review'],
  laboratory: ['Specimen Collection', 'Specimen Collection', 'Result Entry', 'Result Entry', 'Results Review'],
  pharmacist: [
    'Medications',
    'Medications',
    'Medication Verification',
    'Medication Verification',
    'Allergies',
    'Results Review',
  ],
  registrar: [
    'Demographics',
    'Demographics',
    'Coverage',
    'Coverage',
    'Appointment Desk',
    'Appointment Desk',
    'Demographics Update',
    'Letters',
  ],
  biller: ['Account Maintenance', 'Account Maintenance', 'Claim Edit', 'Coverage', 'Encounters', 'Demographics'],
  coder: ['Coding Summary', 'Coding Summary', 'Encounters', 'Progress Notes', 'Discharge Summary', 'Results Review'],
  records: ['Release of Information', 'Chart Review', 'Encounters', 'Print Chart', 'Demographics', 'Discharge Summary'],
  quality: ['Chart Review', 'Encounters', 'Results Review', 'Discharge Summary', 'Progress Notes'],
  technology: ['Snapshot', 'Demographics', 'Order Entry', 'Chart Review'],
  office: ['Demographics', 'Appointment Desk', 'Letters'],
  student: ['Chart Review', 'Progress Notes', 'Results Review', 'Snapshot', 'Medications'],
}

const habitCodes = new Map(Object.entries(habits).map(([role, list]) => [role, list.map(metricCode)]))
const mindUnits = new Set(['BHU', 'PSY'])
const strays: readonly Metric[] = [
  'Progress Notes',
  'Progress Notes',
  'Imaging Viewer',
  'Results Review',
  'Letters',
  'Print Chart',
  'Demographics',
  'Encounters',
  'Psychotherapy Notes',
]
const lookup = metricCode('Patient Lookup')
const glassMetric = metricCode('Break-the-Glass')

export interface Doing {
  readonly user: number
  readonly patient: number
  /** Minutes from the world's first midnight. */
  readonly at: number
  readonly cause: Cause
  /** How many accesses, on average. */
  readonly mean?: number
  readonly count?: number
  readonly metrics?: readonly Metric[]
  /** Where the user sits, if not in their own department. */
  readonly unit?: number
  readonly place?: Session['place']
  /** The place of the reason in `breakGlassReasons`. */
  readonly glass?: number
  readonly incident?: number
  readonly overlaps?: boolean
  readonly workstation?: number
}

export interface WorldSeed {
  /** The first day, counted from 1970. */
  readonly from: number
  readonly days: number
  readonly population: Population
  readonly units: readonly Unit[]
  readonly workers: readonly Worker[]
  /** Longer or shorter sittings than a usual hospital's. */
  readonly length: number
}

export class World {
  readonly from: number
  readonly days: number
  readonly population: Population
  readonly units: readonly Unit[]
  readonly workers: readonly Worker[]
  readonly #length: number
  readonly log = new AccessLog()
  readonly records = new Records()
  /** Who works beyond their own department. */
  readonly roaming: readonly number[]
  /** Patients in the order of how often they come. */
  readonly byNeed: Int32Array
  readonly #duty = new Map<number, Map<string, { worker: Worker; shift: Shift }[]>>()
  readonly #usual = new Map<string, number>()
  readonly #byFamily = new Map<string, number[]>()

  constructor(seed: WorldSeed, random: Random) {
    this.from = seed.from
    this.days = seed.days
    this.population = seed.population
    this.units = seed.units
    this.workers = seed.workers
    this.#length = seed.length
    this.roaming = seed.workers
      .filter(
        ({ kind, role, title, index }) =>
          kind === 'person' && role !== 'office' && (/manager|charge/i.test(title) || index % 29 === 3),
      )
      .map(({ index }) => index)
    const { residents } = seed.population
    this.byNeed = shuffled(residents.length, random.fork('need')).filter((index) => residents[index]?.isPatient)
    for (const index of this.byNeed) {
      const family = this.resident(index).family
      const some = this.#byFamily.get(family)
      if (some) some.push(index)
      else this.#byFamily.set(family, [index])
    }
  }

  get end(): number {
    return this.days * minutesADay
  }

  resident(index: number): Resident {
    const found = this.population.residents[index]
    if (!found) throw new RangeError('No such resident')
    return found
  }

  worker(index: number): Worker {
    const found = this.workers[index]
    if (!found) throw new RangeError('No such worker')
    return found
  }

  unitsOf(...kinds: UnitKind[]): readonly Unit[] {
    return this.units.filter(({ kind }) => kinds.includes(kind))
  }

  sameFamily(patient: number): readonly number[] {
    return this.#byFamily.get(this.resident(patient).family) ?? []
  }

  isAlive(patient: number, at: number): boolean {
    const { diedOn, bornOn } = this.resident(patient)
    const day = this.from + Math.floor(at / minutesADay)
    return (diedOn === undefined || day < diedOn) && day > bornOn
  }

  shift(worker: Worker, day: number): Shift | undefined {
    return shiftOf(worker, this.from + day)
  }

  /** Who of a role is on duty in a unit on a day, all units with -1. */
  onDuty(role: Role, unit: number, day: number): readonly { worker: Worker; shift: Shift }[] {
    let duty = this.#duty.get(day)
    if (!duty) {
      duty = new Map()
      for (const worker of this.workers) {
        const shift = this.shift(worker, day)
        if (!shift) continue
        for (const key of [`${worker.role}/${worker.unit}`, `${worker.role}/-1`]) {
          const some = duty.get(key)
          if (some) some.push({ worker, shift })
          else duty.set(key, [{ worker, shift }])
        }
      }
      this.#duty.set(day, duty)
    }
    return duty.get(`${role}/${unit}`) ?? []
  }

  /** Somebody of a role who works in the unit at that minute, the busy ones more often; undefined where nobody does. */
  pickOnDuty(role: Role, unit: number, at: number, random: Random): number | undefined {
    const day = Math.floor(at / minutesADay)
    const minute = at - day * minutesADay
    // Before six in the morning it is the night shift of the day before.
    const [onDay, onMinute] = minute < 400 ? [day - 1, minute + minutesADay] : [day, minute]
    const all = this.onDuty(role, unit, onDay)
    if (all.length === 0) return undefined
    let best: number | undefined
    let bestPace = -1
    for (let tries = 0; tries < 7; tries++) {
      const { worker, shift } = random.pick(all)
      if (onMinute < shift.from || onMinute > shift.to) continue
      const pace = worker.pace * share(random)
      if (pace > bestPace) {
        best = worker.index
        bestPace = pace
      }
      if (tries > 2 && best !== undefined) break
    }
    return best
  }

  /** Somebody at work who looks after more than their own department: who finds beds, plans discharges, leads a shift. */
  pickRoaming(at: number, random: Random): number | undefined {
    const day = Math.floor(at / minutesADay)
    for (let tries = 0; tries < 12 && this.roaming.length > 0; tries++) {
      const worker = this.worker(random.pick(this.roaming))
      const shift = this.shift(worker, day)
      const minute = at - day * minutesADay
      if (shift && minute >= shift.from && minute <= shift.to) return worker.index
    }
    return undefined
  }

  /** The one of a role in a unit whom a patient always sees, drawn once. */
  usual(role: Role, unit: number, patient: number, random: Random): number | undefined {
    const key = `${role}/${unit}/${patient}`
    const known = this.#usual.get(key)
    if (known !== undefined) return known
    const all = this.workers.filter(
      (worker) => worker.kind === 'person' && worker.role === role && worker.unit === unit,
    )
    const staying = all.filter((worker) => isEmployed(worker, this.from) && isEmployed(worker, this.from + this.days))
    if (staying.length === 0) return undefined
    const chosen = random.pick(staying).index
    this.#usual.set(key, chosen)
    return chosen
  }

  /** A patient, by how often they come. */
  drawPatient(at: number, random: Random, power = 2.2): number {
    for (;;) {
      const patient =
        this.byNeed[Math.min(this.byNeed.length - 1, Math.floor(this.byNeed.length * share(random) ** power))]
      if (patient !== undefined && this.isAlive(patient, at)) return patient
    }
  }

  isLogged(at: number): boolean {
    return at >= 0 && at < this.end
  }

  /** Nobody opens their own record at work, and that of their household only where they must treat them. */
  #isProper(worker: Worker, patient: number, cause: Cause): boolean {
    if (patient === worker.resident) return false
    const { residents } = this.population
    const isAtHome = worker.resident >= 0 && residents[worker.resident]?.household === residents[patient]?.household
    return !isAtHome || cause === 'visit' || cause === 'stay' || cause === 'emergency' || cause === 'order'
  }

  /** Lets somebody open a record; nothing is logged outside of the world's days. */
  open(doing: Doing, random: Random): Session | undefined {
    const { user, patient, at, cause, mean = 6.9, place = 'desk', incident = -1, overlaps = false, glass } = doing
    if (!this.isLogged(at)) return undefined
    const worker = this.worker(user)
    if (incident < 0 && patient >= 0 && !this.#isProper(worker, patient, cause)) return undefined
    const second = Math.floor(at * 60) + random.int(0, 59)
    const session = this.log.openSession({
      user,
      patient,
      cause,
      incident,
      unit: doing.unit ?? worker.unit,
      place,
      overlaps,
      at: second,
    })
    session.workstation = doing.workstation ?? 0
    const codes = doing.metrics ? doing.metrics.map(metricCode) : (habitCodes.get(worker.role) ?? [])
    const count = doing.count ?? drawLong(random, mean * this.#length, 90)
    let now = second
    if (random.chance(worker.role === 'registrar' ? 0.4 : 0.16) && incident < 0 && worker.kind === 'person') {
      this.log.add(now, -1, lookup)
      now += random.int(3, 25)
    }
    if (glass !== undefined) {
      this.log.add(now, patient, glassMetric, glass + 1)
      now += random.int(4, 30)
    }
    // Where minds are treated, notes of their own are kept, and everybody there reads them.
    const isOfMinds =
      mindUnits.has(this.units[worker.unit]?.code ?? '') && (worker.role === 'doctor' || worker.role === 'nurse')
    for (let each = 0; each < count; each++) {
      let metric = codes.length > 0 ? random.pick(codes) : 0
      if (incident < 0 && worker.kind === 'person') {
        if (isOfMinds && random.chance(0.12)) metric = metricCode('Psychotherapy Notes')
        // Now and then work needs what it usually does not: a denial, an authorisation, a result telephoned.
        else if (random.chance(0.012)) metric = metricCode(random.pick(strays))
      }
      this.log.add(now, patient, metric, glass === undefined ? 0 : glass + 1)
      now += 1 + drawLong(random, 22, 400)
    }
    return session
  }

  /** Lets somebody look at a list of patients: one access a patient, all in the same second. */
  openList(user: number, patients: readonly number[], at: number, unit: number, random: Random): void {
    if (!this.isLogged(at) || patients.length === 0) return
    const second = Math.floor(at * 60) + random.int(0, 59)
    this.log.openSession({
      user,
      patient: -1,
      cause: 'list',
      incident: -1,
      unit,
      place: 'desk',
      overlaps: false,
      at: second,
    })
    for (const patient of patients) this.log.add(second, patient, metricCode('Patient List'))
  }
}
