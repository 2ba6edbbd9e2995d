/** Care by appointment: booked, moved, cancelled, kept; what is ordered there, written up late or never, coded and billed. */
import type { Random } from '../random.ts'
import { share } from './chance.ts'
import type { Unit } from './units.ts'
import { minutesADay, type World } from './world.ts'

const dayOf = (at: number) => Math.floor(at / minutesADay)
/** A minute within office hours of the day so many days away; weekends give the Monday after. */
export function officeMinute(world: World, day: number, random: Random): number {
  let onDay = day
  while ((world.from + onDay + 3) % 7 > 4) onDay++
  return onDay * minutesADay + random.int(490, 1_010)
}

function registrarFor(world: World, unit: number, at: number, random: Random): number | undefined {
  const central = world.unitsOf('registration')[0]?.index ?? unit
  const first = random.chance(0.4) ? central : unit
  return (
    world.pickOnDuty('registrar', first, at, random) ??
    world.pickOnDuty('registrar', central, at, random) ??
    world.pickOnDuty('registrar', -1, at, random)
  )
}

/** Asks the laboratory or radiology for something, which is done there and looked at by who asked. */
export function orderTest(
  world: World,
  kind: 'Laboratory' | 'Imaging',
  by: number,
  patient: number,
  at: number,
  random: Random,
): void {
  const unit = world.unitsOf(kind === 'Laboratory' ? 'laboratory' : 'radiology')[0]
  if (!unit) {
    world.records.order({
      patient,
      orderedBy: by,
      kind,
      unit: world.worker(by).unit,
      at,
      doneBy: undefined,
      doneAt: undefined,
    })
    return
  }
  let doneAt = at + random.int(25, 400)
  const role = kind === 'Laboratory' ? 'laboratory' : 'radiographer'
  let doneBy = world.pickOnDuty(role, unit.index, doneAt, random)
  if (doneBy === undefined) {
    doneAt = officeMinute(world, dayOf(at) + 1, random)
    doneBy = world.pickOnDuty(role, unit.index, doneAt, random)
  }
  world.records.order({ patient, orderedBy: by, kind, unit: unit.index, at, doneBy, doneAt })
  if (doneBy === undefined) return
  world.open({ user: doneBy, patient, at: doneAt, cause: 'order', mean: 4.5 }, random)
  if (kind === 'Imaging') {
    const reader = world.pickOnDuty('doctor', unit.index, doneAt + 60, random)
    if (reader !== undefined)
      world.open(
        {
          user: reader,
          patient,
          at: doneAt + random.int(20, 90),
          cause: 'order',
          mean: 6,
          metrics: ['Imaging Viewer', 'Results Review', 'Chart Review', 'Result Entry'],
        },
        random,
      )
  }
}

export function orderMedication(world: World, by: number, patient: number, at: number, random: Random): void {
  const pharmacy = world.unitsOf('pharmacy')[0]
  const doneAt = at + random.int(5, 120)
  const doneBy = pharmacy && world.pickOnDuty('pharmacist', pharmacy.index, doneAt, random)
  world.records.order({
    patient,
    orderedBy: by,
    kind: 'Medication',
    unit: pharmacy?.index ?? world.worker(by).unit,
    at,
    doneBy,
    doneAt: doneBy === undefined ? undefined : doneAt,
  })
  if (doneBy !== undefined) world.open({ user: doneBy, patient, at: doneAt, cause: 'order', mean: 4 }, random)
}

/** Writes down what was done, at once, up to five days late, or never. */
export function writeNote(
  world: World,
  author: number,
  patient: number,
  at: number,
  kind: string,
  random: Random,
): void {
  const drawn = share(random)
  if (drawn > 0.95) return
  const late = drawn < 0.76 ? random.int(10, 300) : random.int(1, 5) * minutesADay + random.int(-200, 200)
  world.records.note({ patient, author, unit: world.worker(author).unit, kind, at: at + late })
  if (drawn > 0.76)
    world.open(
      {
        user: author,
        patient,
        at: at + late - 4,
        cause: 'visit',
        mean: 3.5,
        metrics: ['Note Writer', 'Progress Notes', 'Chart Review'],
      },
      random,
    )
}

/** What the offices do with a visit or stay weeks afterwards. */
export function codeAndBill(world: World, patient: number, serviceAt: number, share: number, random: Random): void {
  const unit = world.unitsOf('billing')[0]
  if (!unit) return
  if (random.chance(share)) {
    const at = officeMinute(world, dayOf(serviceAt) + random.int(3, 26), random)
    const coder = world.pickOnDuty('coder', unit.index, at, random) ?? world.pickOnDuty('coder', -1, at, random)
    // One item in twenty-five is worked outside of the queue, and no record says so.
    if (random.chance(0.96))
      world.records.bill({ patient, kind: 'Coding', unit: unit.index, worker: coder, serviceAt, workedAt: at })
    if (coder !== undefined) world.open({ user: coder, patient, at, cause: 'coding' }, random)
  }
  if (random.chance(share * 0.55)) {
    const at = officeMinute(world, dayOf(serviceAt) + random.int(8, 48), random)
    const biller = world.pickOnDuty('biller', unit.index, at, random)
    if (random.chance(0.97))
      world.records.bill({ patient, kind: 'Claim', unit: unit.index, worker: biller, serviceAt, workedAt: at })
    if (biller !== undefined) world.open({ user: biller, patient, at, cause: 'billing', mean: 5 }, random)
  }
}

export interface VisitPlan {
  readonly patient: number
  readonly unit: Unit
  readonly day: number
  readonly isFollowUp?: boolean
}

/** A visit by appointment, with everything before and after it. */
export function visit(world: World, { patient, unit, day, isFollowUp = false }: VisitPlan, random: Random): void {
  const usual = world.usual('doctor', unit.index, patient, random)
  let onDay = day
  const works = (worker: number) => world.shift(world.worker(worker), onDay) !== undefined
  if (usual !== undefined) for (let tries = 0; tries < 5 && !works(usual); tries++) onDay++
  const at = onDay * minutesADay + random.int(490, 980)
  const provider = usual !== undefined && works(usual) ? usual : world.pickOnDuty('doctor', unit.index, at, random)
  if (provider === undefined || !world.isAlive(patient, at)) return
  const bookedAt = random.chance(0.2)
    ? at - random.int(60, 1_500)
    : officeMinute(world, onDay - random.int(3, 38), random)
  const booker = registrarFor(world, unit.index, bookedAt, random) ?? provider
  const drawn = share(random)
  const kind = isFollowUp
    ? 'New Patient'
    : random.pick(['Office Visit', 'Office Visit', 'Follow Up', 'Annual', 'Procedure'])
  const status = at >= world.end ? 'Scheduled' : drawn < 0.08 ? 'Cancelled' : drawn < 0.13 ? 'No Show' : 'Completed'
  const appointment = { patient, provider, unit: unit.index, bookedAt, bookedBy: booker, kind }
  if (random.chance(0.12)) {
    const before = at - random.int(2, 12) * minutesADay
    if (before > bookedAt)
      world.records.tieAppointment(world.records.appointment({ ...appointment, at: before, status: 'Rescheduled' }))
  }
  world.records.tieAppointment(world.records.appointment({ ...appointment, at, status }))
  world.open({ user: booker, patient, at: bookedAt, cause: 'booking', mean: 4.5 }, random)

  // The chart is read the evening before, at home as often as not, or in the morning.
  if (random.chance(0.75)) {
    const isEvening = random.chance(0.35)
    const prepared = isEvening ? (onDay - 1) * minutesADay + random.int(1_130, 1_370) : at - random.int(20, 150)
    world.open(
      {
        user: provider,
        patient,
        at: prepared,
        cause: isEvening ? 'after-hours-work' : 'visit',
        mean: 5,
        place: isEvening ? 'home' : 'desk',
      },
      random,
    )
  }
  const aide =
    world.pickOnDuty(random.chance(0.5) ? 'aide' : 'nurse', unit.index, at, random) ??
    world.pickOnDuty('nurse', unit.index, at, random)
  if (aide !== undefined && random.chance(0.3))
    world.open({ user: aide, patient, at: at - random.int(60, 240), cause: 'visit', mean: 3 }, random)
  if (status !== 'Completed') {
    if (random.chance(0.6))
      world.open({ user: booker, patient, at: officeMinute(world, onDay, random), cause: 'booking', mean: 3 }, random)
    return
  }

  const registrar = registrarFor(world, unit.index, at, random)
  if (registrar !== undefined)
    world.open(
      { user: registrar, patient, at: at - random.int(4, 20), cause: 'visit', mean: 6, unit: unit.index },
      random,
    )
  if (aide !== undefined) world.open({ user: aide, patient, at: at - 3, cause: 'visit' }, random)
  world.open({ user: provider, patient, at: at + random.int(2, 15), cause: 'visit', mean: 9 }, random)
  if (random.chance(0.92))
    world.records.encounter({
      patient,
      kind: 'Outpatient',
      unit: unit.index,
      attending: provider,
      from: at,
      to: at + random.int(20, 70),
    })
  writeNote(world, provider, patient, at + 25, 'Progress Note', random)
  const student = world.pickOnDuty('student', unit.index, at, random)
  if (student !== undefined && random.chance(0.3)) {
    if (random.chance(0.5))
      world.records.careTeam({ patient, worker: student, from: at, to: at + minutesADay, role: 'Student' })
    world.open({ user: student, patient, at: at + random.int(-100, 180), cause: 'student', mean: 6 }, random)
  }
  const laboratory = random.chance(0.4)
  const imaging = random.chance(0.17)
  if (laboratory) orderTest(world, 'Laboratory', provider, patient, at + random.int(15, 30), random)
  if (imaging) orderTest(world, 'Imaging', provider, patient, at + random.int(15, 30), random)
  if (random.chance(0.4)) orderMedication(world, provider, patient, at + random.int(15, 40), random)
  if (laboratory || imaging) {
    const read = at + random.int(1, 4) * minutesADay + random.int(-120, 400)
    world.open(
      {
        user: provider,
        patient,
        at: read,
        cause: 'visit',
        mean: 4,
        place: random.chance(0.2) ? 'mobile' : 'desk',
        metrics: ['Results Review', 'Results Review', 'Chart Review', 'Letters'],
      },
      random,
    )
    if (aide !== undefined && random.chance(0.4))
      world.open({ user: aide, patient, at: officeMinute(world, dayOf(read), random), cause: 'visit', mean: 3 }, random)
  }
  codeAndBill(world, patient, at, 0.85, random)

  const others = world.unitsOf('clinic').filter(({ index }) => index !== unit.index)
  if (!isFollowUp && others.length > 0 && random.chance(0.13)) {
    const to = random.pick(others)
    const specialist = random.chance(0.5) ? world.usual('doctor', to.index, patient, random) : undefined
    if (random.chance(0.93))
      world.records.referral({
        patient,
        by: provider,
        toUnit: to.index,
        toProvider: specialist,
        at: at + random.int(20, 400),
      })
    const seen = officeMinute(world, onDay + random.int(1, 5), random)
    const registrarThere = world.pickOnDuty('registrar', to.index, seen, random)
    if (registrarThere !== undefined)
      world.open({ user: registrarThere, patient, at: seen, cause: 'referral', mean: 4 }, random)
    visit(world, { patient, unit: to, day: onDay + random.int(6, 30), isFollowUp: true }, random)
  }
}
