/**
 * An invented hospital for the tests of the rules: accesses of daily work with power laws (facts: 55 % whom the patient has an
 * appointment with, 30 % of their department, 8 % care team, the rest random), and incidents of each kind with their answer.
 * Codes stand for themselves: no dictionary is needed.
 */
import { actions, type CodedField, codedFields } from '../model/access.ts'
import { relationKinds } from '../model/relation.ts'
import type { StoryKind } from '../model/story.ts'
import type { AccessColumns, KnownRows } from '../store/store.ts'

export interface WorldSize {
  readonly seed: number
  readonly users: number
  readonly patients: number
  readonly days: number
  readonly sessions: number
  /** Of each kind. */
  readonly incidents: number
}

export interface Incident {
  readonly kind: StoryKind
  readonly usr: number
  readonly patients: readonly number[]
}

export interface World {
  readonly known: KnownRows
  readonly accesses: AccessColumns
  readonly incidents: readonly Incident[]
  readonly lastDay: number
}

/** Mulberry32: small, seeded, good enough to invent people. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

interface Row {
  readonly [column: string]: number | boolean | null
}

interface Event {
  readonly at: number
  readonly patient: number
  readonly usr: number
  readonly action: number
  readonly flags: number
  readonly object: number
  readonly workstation: number
  readonly department: number
}

const dayMs = 86_400_000
const hourMs = 3_600_000
const firstDay = 20_000

export function inventWorld(size: WorldSize): World {
  const random = seeded(size.seed)
  const pick = (count: number, power = 1) => 1 + Math.min(count - 1, Math.floor(count * random() ** power))
  const departments = Math.max(4, Math.round(size.users / 60))
  const lastDay = firstDay + size.days - 1

  const patients: Record<string, number | boolean | null>[] = []
  while (patients.length < size.patients) {
    const people = 1 + Math.floor(random() * 3.4)
    const [surname, road, number, place] = [pick(6000, 2.2), 10_000 + pick(900), pick(90), 20_000 + pick(12)]
    const house = 1_000_000 + road * 1000 + number * 5 + (random() < 0.3 ? pick(4) : 0)
    const phone = random() < 0.7 ? 30_000_000 + patients.length : 0
    for (let one = 0; one < people && patients.length < size.patients; one += 1) {
      const patient = patients.length + 1
      patients.push({
        patient,
        same: 0,
        name: 0,
        surname: random() < 0.85 ? surname : pick(6000, 2.2),
        given: 50_000 + pick(400, 1.5),
        born_day: Math.floor(random() * 17_000) - 12_000,
        died_day: random() < 0.012 ? firstDay - 200 + Math.floor(random() * 250) : null,
        house,
        street: 1_000_000 + road * 1000 + number * 5,
        road,
        house_number: number,
        place,
        phone: random() < 0.8 ? phone : 0,
        is_watched: random() < 0.0006,
      })
    }
  }
  const patientOf = (code: number) => patients[code - 1] ?? {}

  // Roles 1 to 5 treat; 6 bills, 7 registers, 8 keeps records: duties 1, 2, 3.
  const workers: Record<string, number | boolean | null>[] = []
  const shifts: number[] = []
  for (let usr = 1; usr <= size.users; usr += 1) {
    const role = random() < 0.85 ? pick(5) : 5 + pick(3)
    const self = random() < 0.5 ? pick(size.patients) : 0
    const home = patientOf(self || pick(size.patients))
    const isPatient = self !== 0
    workers.push({
      usr,
      person: usr,
      department: role > 5 ? departments + role : pick(departments),
      role,
      duty: role > 5 ? role - 5 : 0,
      manager: 0,
      hired_day: null,
      left_day: random() < 0.03 ? lastDay - 1 : null,
      born_day: isPatient ? (home['born_day'] ?? null) : Math.floor(random() * 12_000),
      surname: home['surname'] ?? 0,
      given: isPatient ? (home['given'] ?? 0) : 50_000 + pick(400, 1.5),
      house: home['house'] ?? 0,
      street: home['street'] ?? 0,
      road: home['road'] ?? 0,
      house_number: home['house_number'] ?? 0,
      place: home['place'] ?? 0,
      phone: isPatient || random() < 0.5 ? (home['phone'] ?? 0) : 0,
      patient: self,
      is_shared: random() < 0.004,
      name: 0,
    })
    shifts.push(random() < 0.2 ? 19 : 7)
  }
  const workerOf = (usr: number) => workers[usr - 1] ?? {}
  const staff = new Map<number, number[]>()
  for (const worker of workers) {
    const department = Number(worker['department'])
    staff.set(department, [...(staff.get(department) ?? []), Number(worker['usr'])])
  }

  const relations: Row[] = []
  const relate = (
    kind: (typeof relationKinds)[number],
    patient: number,
    usr: number,
    from: number,
    to: number | null,
  ) => {
    relations.push({
      key: relations.length + 1,
      kind: relationKinds.indexOf(kind),
      patient,
      usr,
      department: Number(workerOf(usr)['department'] ?? 0),
      from_day: from,
      to_day: to,
      is_void: false,
    })
  }
  const treating = workers.filter((worker) => Number(worker['role']) <= 5).map((worker) => Number(worker['usr']))
  const appointments: { readonly patient: number; readonly usr: number; readonly day: number }[] = []
  for (let one = 0; one < size.patients; one += 1) {
    const usr = treating[pick(treating.length, 1.4) - 1] ?? 1
    const [patient, day] = [pick(size.patients, 1.6), firstDay + Math.floor(random() * size.days)]
    appointments.push({ patient, usr, day })
    relate('appointment', patient, usr, day, day)
    if (random() < 0.4) relate('care-team', patient, treating[pick(treating.length) - 1] ?? 1, day, day + 5)
  }

  const events: Event[] = []
  const session = (
    usr: number,
    patient: number,
    day: number,
    more: Partial<Event> & { hour?: number; count?: number } = {},
  ) => {
    const worker = workerOf(usr)
    const shift = shifts[usr - 1] ?? 7
    const hour = more.hour ?? (shift + Math.floor(random() * 11) + (random() < 0.03 ? 3 : 0)) % 24
    const department = random() < 0.02 ? pick(departments) : Number(worker['department'])
    const count = more.count ?? 1 + Math.floor(-6.5 * Math.log(1 - random()))
    let at = day * dayMs + hour * hourMs + Math.floor(random() * 0.9 * hourMs)
    const workstation = department * 100 + (random() < 0.6 ? 1 + (usr % 20) : pick(20))
    for (let one = 0; one < count; one += 1) {
      events.push({
        usr,
        patient,
        at,
        action: random() < 0.01 ? 6 : random() < 0.15 ? 3 : 1,
        flags: 0,
        object: 1 + Number(worker['role']) * 10 + pick(6) - (random() < 0.01 ? 10 : 0),
        workstation,
        department,
        ...more,
      })
      at += 5_000 + Math.floor(random() * 40_000)
    }
  }
  for (let one = 0; one < size.sessions; one += 1) {
    const { patient, usr, day } = appointments[pick(appointments.length) - 1] ?? { patient: 1, usr: 1, day: firstDay }
    const near = Math.min(lastDay, Math.max(firstDay, day + Math.floor((random() - 0.4) * 12)))
    const kind = random()
    if (kind < 0.57) session(usr, patient, near)
    else if (kind < 0.88) {
      const colleagues = staff.get(Number(workerOf(usr)['department'])) ?? [usr]
      session(colleagues[pick(colleagues.length, 1.3) - 1] ?? usr, patient, near)
    } else if (kind < 0.94) {
      const clerk = workers.find(
        (_, place) => place >= Math.floor(random() * workers.length) && Number(workers[place]?.['role']) > 5,
      )
      session(Number(clerk?.['usr'] ?? 1), patient, near)
    } else session(pick(size.users, 1.5), pick(size.patients, 1.5), firstDay + Math.floor(random() * size.days))
  }
  // Emergencies: the glass is broken, and an encounter is written two days later.
  for (let one = 0; one < size.sessions / 2000; one += 1) {
    const [usr, patient, day] = [
      treating[pick(treating.length) - 1] ?? 1,
      pick(size.patients),
      firstDay + Math.floor(random() * size.days),
    ]
    session(usr, patient, day, { flags: 1 })
    relate('encounter', patient, usr, Math.min(lastDay, day + 2), null)
  }

  const incidents = injectIncidents({ size, random, pick, patients, workers, treating, session, lastDay, departments })
  return {
    known: { relation: relations, worker: workers, patient: patients },
    accesses: toColumns(events),
    incidents,
    lastDay,
  }
}

interface Stage {
  readonly size: WorldSize
  readonly random: () => number
  readonly pick: (count: number, power?: number) => number
  readonly patients: readonly Row[]
  readonly workers: Record<string, number | boolean | null>[]
  readonly treating: readonly number[]
  readonly session: (
    usr: number,
    patient: number,
    day: number,
    more?: Partial<Event> & { hour?: number; count?: number },
  ) => void
  readonly lastDay: number
  readonly departments: number
}

function injectIncidents(stage: Stage): Incident[] {
  const { size, random, pick, patients, workers, treating, session, lastDay } = stage
  const incidents: Incident[] = []
  const anyone = () => {
    for (let attempt = 0; ; attempt += 1) {
      const usr = treating[pick(treating.length) - 1] ?? 1
      const worker = workers[usr - 1]
      if (worker && ((worker['left_day'] === null && !worker['is_shared']) || attempt > 500)) return worker
    }
  }
  const someDay = (spare = 0) => firstDay + Math.floor(random() * Math.max(1, size.days - spare))
  // In a small world there may be nobody.
  const find = (fits: (patient: Row, worker: Row) => boolean): readonly [Row, Row] | undefined => {
    for (let attempt = 0; attempt < 200; attempt += 1) {
      const worker = anyone()
      const patient = patients.find((one) => fits(one, worker) && one['patient'] !== worker['patient'])
      if (patient) return [worker, patient]
    }
    return undefined
  }
  const look = (kind: StoryKind, worker: Row, targets: readonly number[], days: number) => {
    const start = someDay(days * 3)
    for (const patient of targets) {
      for (let one = 0; one < days; one += 1)
        session(Number(worker['usr']), patient, Math.min(lastDay, start + one * 2), { count: 3 })
    }
    incidents.push({ kind, usr: Number(worker['usr']), patients: targets })
  }
  const isHome = (patient: Row, worker: Row) =>
    patient['house'] === worker['house'] && patient['place'] === worker['place']
  for (let one = 0; one < size.incidents; one += 1) {
    const few = 1 + Math.floor(random() * 4)
    const own = find((patient, worker) => Number(worker['patient']) > 0 && isHome(patient, worker))
    if (own) look('own-record', own[0], [Number(own[0]['patient'])], few)
    const kin = find((patient, worker) => isHome(patient, worker) && patient['surname'] === worker['surname'])
    if (kin) look('family', kin[0], [Number(kin[1]['patient'])], few)
    const colleague = workers.filter((worker) => Number(worker['patient']) > 0 && Number(worker['role']) <= 5)[
      pick(size.users / 4) - 1
    ]
    const nosy = workers.find(
      (worker) =>
        worker['department'] === colleague?.['department'] &&
        worker['usr'] !== colleague?.['usr'] &&
        worker['left_day'] === null &&
        !worker['is_shared'],
    )
    if (colleague && nosy) look('co-worker', nosy, [Number(colleague['patient'])], few)
    const next = find(
      (patient, worker) =>
        patient['road'] === worker['road'] &&
        patient['place'] === worker['place'] &&
        patient['surname'] !== worker['surname'] &&
        patient['house'] !== worker['house'] &&
        Math.abs(Number(patient['house_number']) - Number(worker['house_number'])) <= 4,
    )
    if (next) look('neighbour', next[0], [Number(next[1]['patient'])], few)
    const famous = patients.filter((patient) => patient['is_watched'])
    if (famous.length > 0) look('watched', anyone(), [Number(famous[pick(famous.length) - 1]?.['patient'] ?? 1)], few)
    const dead = patients.filter(
      (patient) => patient['died_day'] !== null && Number(patient['died_day']) < firstDay - 40,
    )
    if (dead.length > 0) look('deceased', anyone(), [Number(dead[pick(dead.length) - 1]?.['patient'] ?? 1)], few)
    const gone = anyone()
    workers[Number(gone['usr']) - 1] = { ...gone, left_day: lastDay - 10 }
    session(Number(gone['usr']), pick(size.patients), lastDay - 5)
    incidents.push({ kind: 'after-leaving', usr: Number(gone['usr']), patients: [] })
    const [breaker, broken] = [Number(anyone()['usr']), pick(size.patients)]
    session(breaker, broken, someDay(), { flags: 1 })
    incidents.push({ kind: 'break-glass', usr: breaker, patients: [broken] })
    const [thief, day] = [Number(anyone()['usr']), someDay()]
    for (let record = 0; record < 40 + pick(100); record += 1)
      session(thief, pick(size.patients), day, { hour: 14, count: 1 })
    incidents.push({ kind: 'bulk', usr: thief, patients: [] })
    const [slow, object] = [Number(anyone()['usr']), pick(size.patients)]
    for (let time = 0; time < 6; time += 1)
      session(slow, object, Math.min(lastDay, firstDay + 3 + time * Math.floor(size.days / 7)), { count: 2 })
    incidents.push({ kind: 'slow-series', usr: slow, patients: [object] })
    const [late, lateDay, lateRecord] = [anyone(), someDay(), pick(size.patients)]
    const lateUsr = Number(late['usr'])
    for (let record = 0; record < 3; record += 1)
      session(lateUsr, record === 0 ? lateRecord : pick(size.patients), lateDay, { hour: 3, count: 4 })
    incidents.push({ kind: 'out-of-hours', usr: lateUsr, patients: [] })
    const [lost, lostDay] = [anyone(), someDay()]
    for (let record = 0; record < 4; record += 1) {
      session(Number(lost['usr']), pick(size.patients), lostDay, {
        object: 77,
        department: 1 + (Number(lost['department']) % stage.departments),
        count: 3,
      })
    }
    incidents.push({ kind: 'out-of-role', usr: Number(lost['usr']), patients: [] })
    const [lent, lentDay] = [anyone(), someDay()]
    for (let time = 0; time < 40; time += 1) {
      session(Number(lent['usr']), pick(size.patients), lentDay, {
        at: lentDay * dayMs + 9 * hourMs + time * 40_000,
        workstation: Number(lent['department']) * 100 + 30 + (time % 2),
        department: Number(lent['department']),
        count: 1,
      })
    }
    incidents.push({ kind: 'shared-account', usr: Number(lent['usr']), patients: [] })
    const [twin, twinDay] = [anyone(), someDay()]
    for (let time = 0; time < 4; time += 1) {
      const place = 1 + ((Number(twin['department']) + (time % 2)) % stage.departments)
      session(Number(twin['usr']), pick(size.patients), twinDay, {
        at: twinDay * dayMs + 11 * hourMs + time * 20_000,
        workstation: place * 100 + 40,
        department: place,
        count: 1,
      })
    }
    incidents.push({ kind: 'two-places', usr: Number(twin['usr']), patients: [] })
  }
  return incidents
}

function toColumns(events: readonly Event[]): AccessColumns {
  const count = events.length
  const empty = Object.fromEntries(codedFields.map((field) => [field, new Uint32Array(count)]))
  const codes = empty as Record<CodedField, Uint32Array>
  const columns = {
    count,
    seq: new Float64Array(count),
    at: new Float64Array(count),
    action: new Uint8Array(count),
    outcome: new Uint8Array(count),
    flags: new Uint8Array(count),
    codes,
  }
  for (const [place, event] of events.entries()) {
    columns.seq[place] = place
    columns.at[place] = event.at
    columns.action[place] = Math.min(event.action, actions.length - 1)
    columns.flags[place] = event.flags
    codes.patient[place] = event.patient
    codes.user[place] = event.usr
    codes.object[place] = event.object
    codes.workstation[place] = event.workstation
    codes.department[place] = event.department
  }
  return columns
}
