/**
 * What goes on beside the care: calls, lists, releases of records, audits, support, interfaces, the wrong patient clicked.
 * Much of it is right and leaves no record, which is what makes finding what is wrong hard.
 */
import type { Random } from '../random.ts'
import { drawCount, drawLong, share } from './chance.ts'
import type { Census } from './stays.ts'
import { officeMinute } from './visits.ts'
import { minutesADay, type World } from './world.ts'

export interface Load {
  /** Patients seen by appointment on a weekday. */
  readonly visits: number
  /** Who come to the emergency department in a day. */
  readonly emergencies: number
  /** Stays in a day that were planned. */
  readonly admissions: number
  /** Everything of this file, beside a hospital of the sample's size. */
  readonly offices: number
}

/** Someone telephones, writes, wants a refill; now and then nobody writes it down. */
function messages(world: World, day: number, load: Load, random: Random): void {
  const clinics = world.unitsOf('clinic')
  for (let each = drawCount(random, load.visits * 0.32); each > 0; each--) {
    const unit = random.pick(clinics)
    const isNight = random.chance(0.08)
    const at = isNight
      ? day * minutesADay + (random.chance(0.3) ? random.int(5, 330) : random.int(1_080, 1_439))
      : officeMinute(world, day, random)
    const patient = world.drawPatient(at, random)
    const usual = world.usual('doctor', unit.index, patient, random)
    const user = isNight
      ? usual
      : (world.pickOnDuty(random.chance(0.6) ? 'nurse' : 'doctor', unit.index, at, random) ?? usual)
    if (user === undefined) continue
    world.open({ user, patient, at, cause: 'message', mean: 4.5, place: isNight ? 'home' : 'desk' }, random)
    const drawn = share(random)
    if (drawn < 0.9)
      world.records.note({
        patient,
        author: user,
        unit: unit.index,
        kind: random.pick(['Telephone Encounter', 'Refill Request', 'Patient Message']),
        at: at + (drawn < 0.8 ? random.int(2, 60) : random.int(1, 4) * minutesADay),
      })
  }
}

/** Wards and the emergency department look at their lists; where there are none, the front desk at the day's. */
function lists(world: World, day: number, census: Census, active: readonly number[], random: Random): void {
  const desk = world.unitsOf('registration')[0]
  if (world.unitsOf('ward').length === 0 && desk && active.length > 0) {
    const at = officeMinute(world, day, random)
    const user = world.pickOnDuty('registrar', desk.index, at, random)
    if (user !== undefined) world.openList(user, [...new Set(active)].slice(0, 25), at, desk.index, random)
  }
  for (const unit of world.unitsOf('ward', 'emergency')) {
    const patients = [...new Set(census.get(`${unit.index}/${day}`) ?? [])].slice(0, 30)
    for (let each = random.int(1, 3); each > 0; each--) {
      const at = day * minutesADay + random.int(400, 1_430)
      const role = random.chance(0.7) ? 'nurse' : 'doctor'
      const user = world.pickOnDuty(role, unit.index, at, random)
      if (user !== undefined) world.openList(user, patients, at, unit.index, random)
    }
  }
}

/** Right, and written down nowhere: a colleague's question, cover for another department, a bed to be found, a ticket. */
function unrecorded(world: World, day: number, load: Load, active: readonly number[], random: Random): void {
  const kinds = [
    'doctor',
    'nurse',
    'nurse',
    'nurse',
    'aide',
    'registrar',
    'pharmacist',
    'laboratory',
    'technology',
    'biller',
  ] as const
  for (let each = drawCount(random, 165 * load.offices); each > 0; each--) {
    const at = day * minutesADay + random.int(0, 1_439)
    const role = random.pick(kinds)
    // Those who look after whole houses do most of it.
    const user = random.chance(0.72) ? world.pickRoaming(at, random) : world.pickOnDuty(role, -1, at, random)
    if (user === undefined) continue
    // Mostly somebody whom others are just then caring for.
    const patient = active.length > 0 && random.chance(0.8) ? random.pick(active) : world.drawPatient(at, random, 2.6)
    world.open(
      { user, patient, at, cause: role === 'technology' ? 'support' : 'unrecorded', mean: role === 'doctor' ? 5 : 3.2 },
      random,
    )
  }
}

/** Follows a patient for weeks without a line in the record: who plans a discharge, runs a study, or was asked once. */
function followed(world: World, day: number, load: Load, active: readonly number[], random: Random): void {
  for (let each = drawCount(random, 0.35 * load.offices); each > 0 && active.length > 0; each--) {
    const at = day * minutesADay + random.int(490, 1_000)
    const user = random.chance(0.9) ? world.pickRoaming(at, random) : world.pickOnDuty('nurse', -1, at, random)
    if (user === undefined) continue
    const patient = random.pick(active)
    const span = random.int(3, 25)
    for (let more = random.int(3, 6); more > 0; more--) {
      const minute = (day + random.int(0, span)) * minutesADay + random.int(490, 1_000)
      if (world.shift(world.worker(user), Math.floor(minute / minutesADay)))
        world.open({ user, patient, at: minute, cause: 'unrecorded', mean: 4 }, random)
    }
  }
}

function releases(world: World, day: number, load: Load, random: Random): void {
  if (world.unitsOf('records').length === 0 && !random.chance(0.15)) return
  const role = world.unitsOf('records').length > 0 ? 'records' : 'registrar'
  for (let each = drawCount(random, 20 * load.offices); each > 0; each--) {
    const at = officeMinute(world, day, random)
    if (Math.floor(at / minutesADay) !== day) return
    const user = world.pickOnDuty(role, -1, at, random)
    if (user === undefined) continue
    world.open(
      {
        user,
        patient: world.byNeed[random.int(0, world.byNeed.length - 1)] ?? 0,
        at,
        cause: 'release',
        mean: 6,
        metrics: ['Release of Information', 'Print Chart', 'Chart Review', 'Encounters', 'Demographics'],
      },
      random,
    )
  }
}

/** Reads a hundred or two charts within days, because somebody has to. */
function audit(world: World, day: number, random: Random): void {
  const at = officeMinute(world, day, random)
  const user = world.pickOnDuty('quality', -1, at, random)
  if (user === undefined) return
  const days = random.int(2, 6)
  const charts = random.int(90, 210)
  for (let each = 0; each < charts; each++) {
    const minute = officeMinute(world, day + random.int(0, days), random)
    world.open({ user, patient: world.drawPatient(minute, random), at: minute, cause: 'audit', mean: 2.4 }, random)
  }
}

/** Calls patients back whose test or vaccination is due: a list that was exported, worked through in a day or two. */
function recall(world: World, day: number, random: Random): void {
  const unit = random.pick(world.unitsOf('clinic'))
  const at = officeMinute(world, day, random)
  const user = world.pickOnDuty('nurse', unit.index, at, random)
  if (user === undefined) return
  for (let each = random.int(40, 110); each > 0; each--) {
    const minute = officeMinute(world, day + random.int(0, 1), random)
    const patient = world.drawPatient(minute, random)
    world.open(
      {
        user,
        patient,
        at: minute,
        cause: 'message',
        mean: 1.8,
        metrics: ['Report Export', 'Results Review', 'Demographics', 'Letters'],
      },
      random,
    )
    if (random.chance(0.93))
      world.records.note({ patient, author: user, unit: unit.index, kind: 'Outreach', at: minute + random.int(1, 30) })
  }
}

/** Interfaces file results, all day and night, by a login of their own. */
function interfaces(world: World, day: number, load: Load, random: Random): void {
  const services = world.workers.filter(({ kind, login }) => kind === 'service' && /hl7|dicom|report/.test(login))
  if (services.length === 0) return
  for (let each = drawCount(random, 90 * load.offices); each > 0; each--) {
    const at = day * minutesADay + random.int(0, 1_439)
    const { index } = random.pick(services.slice(0, 3))
    world.open(
      {
        user: index,
        patient: world.drawPatient(at, random),
        at,
        cause: 'interface',
        count: random.int(1, 4),
        metrics: ['Interface Filing'],
        overlaps: true,
      },
      random,
    )
  }
}

/** Wherever several sit at one computer, some work by the login that is open there. */
function sharedLogins(world: World, day: number, census: Census, random: Random): void {
  const emergency = world.unitsOf('emergency')[0] ?? world.unitsOf('clinic')[0]
  if (!emergency) return
  for (const { index } of world.workers.filter(({ kind }) => kind === 'shared').slice(0, 3)) {
    const patients = census.get(`${emergency.index}/${day}`) ?? []
    for (let each = Math.min(patients.length, random.int(0, 5)); each > 0; each--)
      world.open(
        {
          user: index,
          patient: random.pick(patients),
          at: day * minutesADay + random.int(0, 1_430),
          cause: 'emergency',
          mean: 3,
          unit: emergency.index,
          metrics: ['Snapshot', 'Demographics', 'Flowsheets'],
          overlaps: true,
        },
        random,
      )
  }
}

/** Opens the wrong one of two patients of one name, sees it and closes it again. */
export function wrongClicks(world: World, random: Random): void {
  const sessions = world.log.sessions.slice()
  for (const session of sessions) {
    if (session.patient < 0 || session.cause === 'interface' || !random.chance(0.0035)) continue
    const same = world.sameFamily(session.patient)
    const wrong = random.pick(same.length > 1 ? same : [session.patient])
    if (wrong === session.patient || world.resident(wrong).worker === session.user) continue
    const at = Math.floor(session.at / 60) - 1
    world.open(
      {
        user: session.user,
        patient: wrong,
        at,
        cause: 'wrong-click',
        count: random.int(1, 2),
        metrics: ['Snapshot', 'Demographics'],
        unit: session.unit,
        workstation: session.workstation,
        overlaps: true,
      },
      random,
    )
  }
}

/** After moving to another computer the old one refreshes its page once more. */
export function forgottenScreens(world: World, random: Random): void {
  for (const session of world.log.sessions.slice()) {
    if (session.patient < 0 || session.place !== 'desk' || session.overlaps || !random.chance(0.012)) continue
    world.open(
      {
        user: session.user,
        patient: session.patient,
        at: Math.floor(session.end / 60) + random.int(2, 9),
        cause: session.cause,
        count: 1,
        metrics: ['Snapshot'],
        unit: session.unit,
        workstation: session.workstation,
        overlaps: true,
      },
      random,
    )
  }
}

/** Records whose protection was broken for a reason outside of the emergency department, with what followed. */
function brokenGlass(world: World, day: number, load: Load, random: Random): void {
  const clinics = world.unitsOf('clinic')
  for (let each = drawCount(random, 0.2 * load.offices); each > 0; each--) {
    const at = day * minutesADay + random.int(480, 1_300)
    const unit = random.pick(clinics)
    const user = world.pickOnDuty('doctor', unit.index, at, random)
    if (user === undefined) continue
    const patient = world.drawPatient(at, random)
    world.open({ user, patient, at, cause: 'break-glass', mean: 5, glass: random.pick([3, 4, 6, 7]) }, random)
    // What followed is written up at once, or up to five days later.
    const late = random.chance(0.7) ? random.int(20, 600) : random.int(1, 5) * minutesADay
    if (random.chance(0.6))
      world.records.note({ patient, author: user, unit: unit.index, kind: 'Consult Note', at: at + late })
    else
      world.records.encounter({
        patient,
        kind: 'Outpatient',
        unit: unit.index,
        attending: user,
        from: at + late,
        to: at + late + 40,
      })
  }
}

/** `active` are the patients whose records were opened for their care on the day. */
export function officesOfDay(
  world: World,
  day: number,
  load: Load,
  census: Census,
  active: readonly number[],
  random: Random,
): void {
  messages(world, day, load, random)
  lists(world, day, census, active, random)
  unrecorded(world, day, load, active, random)
  followed(world, day, load, active, random)
  releases(world, day, load, random)
  interfaces(world, day, load, random)
  sharedLogins(world, day, census, random)
  if (world.unitsOf('ward').length > 0) brokenGlass(world, day, load, random)
  const isWorkday = (world.from + day + 3) % 7 < 5
  if (isWorkday && world.unitsOf('quality').length > 0) {
    if (random.chance(0.06 * load.offices)) audit(world, day, random)
    if (random.chance(0.06 * load.offices)) recall(world, day, random)
  }
  // New people are shown around by opening records with somebody who knows them.
  for (const worker of world.workers) {
    const age = world.from + day - worker.hiredOn
    const shift = worker.kind === 'person' && age >= 0 && age < 21 ? world.shift(worker, day) : undefined
    if (!shift || worker.role === 'office' || !random.chance(0.6)) continue
    const patients = census.get(`${worker.unit}/${day}`) ?? []
    const at = day * minutesADay + shift.from + drawLong(random, 200, 500)
    const patient = patients.length > 0 ? random.pick(patients) : world.drawPatient(at, random)
    world.open({ user: worker.index, patient, at, cause: 'student', mean: 4 }, random)
  }
}
