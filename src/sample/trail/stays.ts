/** Care without an appointment: the emergency department, stays on wards, and deaths there. */
import type { Random } from '../random.ts'
import { drawLong, share } from './chance.ts'
import type { Unit } from './units.ts'
import { codeAndBill, officeMinute, orderMedication, orderTest, writeNote } from './visits.ts'
import { minutesADay, type World } from './world.ts'

/** Who lay where on which day, for the lists that the wards look at. */
export type Census = Map<string, number[]>

const dayOf = (at: number) => Math.floor(at / minutesADay)

function note(census: Census, unit: number, day: number, patient: number): void {
  const key = `${unit}/${day}`
  const some = census.get(key)
  if (some) some.push(patient)
  else census.set(key, [patient])
}

/** Somebody of another department is asked for advice: ordered at once, written up late, or not recorded at all. */
function consult(world: World, by: number, patient: number, at: number, where: number, random: Random): void {
  const clinics = world.unitsOf('clinic', 'ward').filter(({ index }) => index !== where)
  if (clinics.length === 0) return
  const unit = random.pick(clinics).index
  const seenAt = at + random.int(20, 300)
  const who = world.pickOnDuty('doctor', unit, seenAt, random)
  if (who === undefined) return
  const drawn = share(random)
  if (drawn < 0.68)
    world.records.order({ patient, orderedBy: by, kind: 'Consult', unit, at, doneBy: who, doneAt: seenAt + 60 })
  else if (drawn < 0.88)
    world.records.note({
      patient,
      author: who,
      unit,
      kind: 'Consult Note',
      at: seenAt + random.int(1, 5) * minutesADay + random.int(-300, 300),
    })
  world.open(
    { user: who, patient, at: seenAt, cause: 'consult', mean: 8, unit: random.chance(0.6) ? where : unit },
    random,
  )
  if (random.chance(0.4))
    world.open(
      {
        user: who,
        patient,
        at: seenAt + random.int(300, 1_800),
        cause: 'consult',
        mean: 4,
        place: random.chance(0.3) ? 'mobile' : 'desk',
      },
      random,
    )
}

/** Comes to the emergency department at this minute, and perhaps stays. */
export function emergency(world: World, patient: number, at: number, census: Census, random: Random): void {
  const unit = world.unitsOf('emergency')[0]
  if (!unit || !world.isAlive(patient, at)) return
  const here = unit.index
  const doctor = world.pickOnDuty('doctor', here, at + 30, random)
  const triage = world.pickOnDuty('nurse', here, at, random)
  if (doctor === undefined || triage === undefined) return
  const leftAt = at + random.int(70, 480)
  // Some are registered only once they can speak.
  const registeredAt = random.chance(0.15) ? at + random.int(60, 400) : at
  const encounter = world.records.encounter({
    patient,
    kind: 'Emergency',
    unit: here,
    attending: doctor,
    from: registeredAt,
    to: leftAt,
  })
  note(census, here, dayOf(at), patient)

  const isRestricted = world.resident(patient).isVip || random.chance(0.1)
  const glass = isRestricted ? random.pick([1, 1, 2, 4]) : undefined
  const broken = glass === undefined ? {} : { glass }
  world.open({ user: triage, patient, at, cause: 'emergency', mean: 5, ...(random.chance(0.5) ? broken : {}) }, random)
  world.open(
    {
      user: doctor,
      patient,
      at: at + random.int(10, 60),
      cause: isRestricted ? 'break-glass' : 'emergency',
      mean: 10,
      ...broken,
    },
    random,
  )
  const registrar = world.pickOnDuty('registrar', world.unitsOf('registration')[0]?.index ?? here, at, random)
  if (registrar !== undefined)
    world.open(
      { user: registrar, patient, at: registeredAt + random.int(2, 30), cause: 'emergency', mean: 6, unit: here },
      random,
    )
  for (let each = random.int(1, 3); each > 0; each--) {
    const minute = at + random.int(15, leftAt - at)
    const nurse = world.pickOnDuty(random.chance(0.75) ? 'nurse' : 'aide', here, minute, random)
    if (nurse !== undefined) world.open({ user: nurse, patient, at: minute, cause: 'emergency' }, random)
  }
  if (random.chance(0.65)) orderTest(world, 'Laboratory', doctor, patient, at + random.int(15, 60), random)
  if (random.chance(0.4)) orderTest(world, 'Imaging', doctor, patient, at + random.int(20, 80), random)
  if (random.chance(0.5)) orderMedication(world, doctor, patient, at + random.int(30, 120), random)
  if (random.chance(0.2)) consult(world, doctor, patient, at + random.int(40, 150), here, random)
  world.open({ user: doctor, patient, at: leftAt - random.int(0, 30), cause: 'emergency', mean: 5 }, random)
  writeNote(world, doctor, patient, leftAt, 'ED Provider Note', random)
  codeAndBill(world, patient, at, 0.85, random)
  const wards = world.unitsOf('ward')
  if (wards.length > 0 && random.chance(0.24))
    stay(world, patient, encounter.to ?? at, wardFor(world, patient, at, wards, random), census, random)
}

function wardFor(world: World, patient: number, at: number, wards: readonly Unit[], random: Random): Unit {
  const age = (world.from + dayOf(at) - world.resident(patient).bornOn) / 365.25
  const children = wards.find(({ code }) => code === 'PED')
  if (age < 16 && children) return children
  const drawn = random.pick(wards.filter(({ code }) => code !== 'PED' && (code !== 'MAT' || (age > 18 && age < 45))))
  return drawn
}

/** Lies on a ward from this minute on. */
export function stay(world: World, patient: number, from: number, ward: Unit, census: Census, random: Random): void {
  const attending =
    world.pickOnDuty('doctor', ward.index, from, random) ??
    world.pickOnDuty('doctor', ward.index, (dayOf(from) + 1) * minutesADay + 600, random)
  if (attending === undefined || !world.isAlive(patient, from)) return
  const length = drawLong(random, 4.2, 24)
  const dies =
    length > 1 && random.chance(ward.code === 'ICU' ? 0.09 : 0.012) && world.resident(patient).worker === undefined
  let to = (dayOf(from) + length) * minutesADay + random.int(560, 1_000)
  if (dies) {
    to = (dayOf(from) + length) * minutesADay + random.int(5, 1_430)
    world.resident(patient).diedOn = world.from + dayOf(to)
  }
  const others = world.unitsOf('ward').filter(({ index }) => index !== ward.index)
  const moves = length > 2 && others.length > 0 && random.chance(0.2)
  const movedAt = moves ? from + random.int(1, length - 1) * minutesADay : to
  const second = moves ? random.pick(others) : ward
  const isOpen = to >= world.end
  world.records.encounter({
    patient,
    kind: 'Inpatient',
    unit: ward.index,
    attending,
    from,
    to: moves ? movedAt : isOpen ? undefined : to,
  })
  if (moves)
    world.records.encounter({
      patient,
      kind: 'Inpatient',
      unit: second.index,
      attending,
      from: movedAt,
      to: isOpen ? undefined : to,
    })

  for (let day = dayOf(from); day <= dayOf(to); day++) {
    const midnight = day * minutesADay
    const here = midnight + 720 < movedAt ? ward : second
    note(census, here.index, day, patient)
    const isIn = (minute: number) => minute >= from && minute <= to
    for (const [first, last] of [
      [430, 1_130],
      [1_150, 1_820],
    ] as const) {
      const start = midnight + first
      if (!isIn(start + 60)) continue
      // Float nurses help out where somebody is missing.
      const floats = random.chance(0.09)
        ? world.workers.filter(
            (worker) => worker.isFloating && world.shift(worker, day)?.from === (first < 1_000 ? 415 : 1_135),
          )
        : []
      const nurse =
        floats.length > 0 ? random.pick(floats).index : world.pickOnDuty('nurse', here.index, start + 60, random)
      if (nurse === undefined) continue
      const isFloat = world.worker(nurse).unit !== here.index
      if (random.chance(isFloat ? 0.86 : 0.7))
        world.records.careTeam({ patient, worker: nurse, from: start, to: midnight + last + 60, role: 'Nurse' })
      for (let each = random.int(2, 4); each > 0; each--) {
        const minute = start + random.int(0, last - first)
        if (isIn(minute)) world.open({ user: nurse, patient, at: minute, cause: 'stay', unit: here.index }, random)
      }
      const aide = world.pickOnDuty('aide', here.index, start + 100, random)
      if (aide !== undefined && random.chance(0.5))
        world.open({ user: aide, patient, at: start + random.int(20, 500), cause: 'stay', mean: 4 }, random)
    }
    const round = midnight + random.int(450, 690)
    const doctor = world.shift(world.worker(attending), day)
      ? attending
      : (world.pickOnDuty('doctor', here.index, round, random) ?? attending)
    if (isIn(round)) {
      world.open({ user: doctor, patient, at: round, cause: 'stay', mean: 9, unit: here.index }, random)
      if (random.chance(0.85)) writeNote(world, doctor, patient, round + 60, 'Progress Note', random)
      if (random.chance(0.55)) orderTest(world, 'Laboratory', doctor, patient, round + 20, random)
      if (random.chance(0.12)) orderTest(world, 'Imaging', doctor, patient, round + 20, random)
      if (random.chance(0.55)) orderMedication(world, doctor, patient, round + 30, random)
      if (random.chance(0.1)) consult(world, doctor, patient, round + 30, here.index, random)
      const student = world.pickOnDuty('student', here.index, round, random)
      if (student !== undefined && random.chance(0.25))
        world.open({ user: student, patient, at: round + random.int(-40, 120), cause: 'student', mean: 7 }, random)
    }
    if (isIn(midnight + 900) && random.chance(0.45))
      world.open(
        {
          user: doctor,
          patient,
          at: midnight + random.int(780, 1_100),
          cause: 'stay',
          mean: 5,
          place: world.worker(doctor).isMobile && random.chance(0.3) ? 'mobile' : 'desk',
        },
        random,
      )
  }
  codeAndBill(world, patient, to, 0.97, random)
  if (dies) afterDeath(world, patient, attending, to, random)
}

/** The dead keep the offices busy for weeks: certificate, letters, reviews, bills. Part of it leaves no record. */
function afterDeath(world: World, patient: number, attending: number, at: number, random: Random): void {
  world.records.note({
    patient,
    author: attending,
    unit: world.worker(attending).unit,
    kind: 'Death Summary',
    at: at + random.int(60, 2_800),
  })
  world.open({ user: attending, patient, at: at + random.int(30, 900), cause: 'death', mean: 6 }, random)
  const role = world.unitsOf('records')[0] ? 'records' : 'registrar'
  for (let each = random.int(1, 3); each > 0; each--) {
    const minute = officeMinute(world, dayOf(at) + random.int(1, 20), random)
    const clerk = world.pickOnDuty(role, -1, minute, random)
    if (clerk !== undefined) world.open({ user: clerk, patient, at: minute, cause: 'death', mean: 4 }, random)
  }
  if (random.chance(0.5)) {
    const minute = officeMinute(world, dayOf(at) + random.int(6, 45), random)
    const reviewer = world.pickOnDuty('quality', -1, minute, random)
    if (reviewer !== undefined) world.open({ user: reviewer, patient, at: minute, cause: 'death', mean: 9 }, random)
  }
  if (random.chance(0.25)) {
    // A nurse who cared for them reads how it ended, or telephones the family.
    const minute = officeMinute(world, dayOf(at) + random.int(2, 12), random)
    const nurse = world.pickOnDuty('nurse', world.worker(attending).unit, minute, random)
    if (nurse !== undefined) world.open({ user: nurse, patient, at: minute, cause: 'death', mean: 3 }, random)
  }
}
