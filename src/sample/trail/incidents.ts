/**
 * What is wrong in a made-up world: each kind with the variation that it has in life, by people who otherwise do their work.
 * Nothing here knows how anybody looks for it.
 */
import type { Random } from '../random.ts'
import { afterLeaving, breakGlass, bulk, outOfHours, outOfRole, slowSeries, unexplained } from './misuse.ts'
import type { Worker } from './units.ts'
import type { World } from './world.ts'
import { type Incident, type Way, Wrongdoing, type WrongKind } from './wrongdoing.ts'

export type { Incident } from './wrongdoing.ts'

export type Wanted = Readonly<Partial<Record<WrongKind, number>>>

const residentOf = ({ world }: Wrongdoing, patient: number) => world.resident(patient)

const ownRecord: Way = (wrong) => {
  const worker = wrong.suspect(
    (each) => wrong.staysThroughout(each) && each.resident >= 0 && residentOf(wrong, each.resident).isPatient,
  )
  if (!worker) return false
  const former = residentOf(wrong, worker.resident).formerFamily
  return wrong.file(
    'own-record',
    [worker],
    wrong.snoop(worker, worker.resident, wrong.beginning(worker.resident)),
    'opened their own record',
    former ? 'the record bears a surname from before' : '',
  )
}

const family: Way = (wrong) => {
  const { world, random } = wrong
  const relatives = (worker: Worker) => {
    const home = world.population.households[residentOf(wrong, worker.resident).household]
    return (home?.members ?? []).filter(
      (each) => each !== worker.resident && residentOf(wrong, each).isPatient && !wrong.hasOpened(worker.index, each),
    )
  }
  const isElsewhere = random.chance(0.18)
  const kinOf = (worker: Worker) =>
    isElsewhere
      ? world.population.residents.flatMap(({ kinOf: of, isPatient }, index) =>
          of === worker.index && isPatient && !wrong.hasOpened(worker.index, index) ? [index] : [],
        )
      : relatives(worker)
  const worker = wrong.suspect(
    (each) => wrong.staysThroughout(each) && each.resident >= 0 && kinOf(each).some((one) => world.isAlive(one, 0)),
  )
  if (!worker) return false
  const patient = random.pick(kinOf(worker))
  const other = residentOf(wrong, patient)
  const isNamesake = other.family === worker.family
  return wrong.file(
    'family',
    [worker],
    wrong.snoop(worker, patient, wrong.beginning(patient)),
    isElsewhere
      ? 'opened the record of a parent who lives elsewhere'
      : 'opened the record of somebody of their household',
    isElsewhere && !isNamesake
      ? 'neither name nor address tells of the kinship'
      : wrong.isStranger(worker, patient)
        ? ''
        : 'the patient was also seen by their department',
  )
}

const coWorker: Way = (wrong) => {
  const { world, random } = wrong
  const worker = wrong.suspect(wrong.staysThroughout)
  if (!worker) return false
  const colleagues = world.workers.filter(
    ({ index, unit, resident }) =>
      resident >= 0 &&
      index !== worker.index &&
      world.population.residents[resident]?.isPatient &&
      (unit === worker.unit || random.chance(0.02)) &&
      wrong.isStranger(worker, resident),
  )
  if (colleagues.length === 0) return false
  const colleague = random.pick(colleagues)
  const kind = colleague.unit === worker.unit ? 'the same department' : 'another department'
  return wrong.file(
    'co-worker',
    [worker],
    wrong.snoop(worker, colleague.resident, wrong.beginning(colleague.resident)),
    `opened the record of a colleague of ${kind}`,
    residentOf(wrong, colleague.resident).formerFamily ? "the colleague's record bears a surname from before" : '',
  )
}

const neighbour: Way = (wrong) => {
  const { world, random } = wrong
  const { households, residents } = world.population
  const worker = wrong.suspect((each) => wrong.staysThroughout(each) && each.resident >= 0)
  if (!worker) return false
  const mine = residentOf(wrong, worker.resident)
  const home = households[mine.household]
  if (!home) return false
  const near = households.filter(
    (each) =>
      each !== home &&
      each.town === home.town &&
      each.street === home.street &&
      (home.flat ? each.house === home.house && each.flat !== '' : Math.abs(each.house - home.house) <= 12),
  )
  const candidates = near
    .flatMap(({ members }) => members)
    .filter(
      (each) =>
        residents[each]?.isPatient &&
        residents[each]?.family !== mine.family &&
        residents[each]?.worker === undefined &&
        wrong.isStranger(worker, each) &&
        world.isAlive(each, world.end),
    )
  if (candidates.length === 0) return false
  const patient = random.pick(candidates)
  return wrong.file(
    'neighbour',
    [worker],
    wrong.snoop(worker, patient, wrong.beginning(patient)),
    home.flat ? 'opened the record of somebody in the same block of flats' : 'opened the record of a neighbour',
  )
}

const watched: Way = (wrong) => {
  const { world, random } = wrong
  const known = [...world.byNeed].filter((each) => residentOf(wrong, each).isVip && world.isAlive(each, world.end))
  const patient = known.length > 0 ? random.pick(known.slice(0, 24)) : undefined
  if (patient === undefined) return false
  const isHard = random.chance(0.06)
  const worker = wrong.suspect((each) => wrong.staysThroughout(each) && (isHard || wrong.isStranger(each, patient)))
  if (!worker) return false
  return wrong.file(
    'watched',
    [worker],
    wrong.snoop(worker, patient, wrong.beginning(patient), {
      sittings: random.pick([1, 1, 1, 2, 3]),
      spanDays: random.int(1, 6),
    }),
    'opened the record of somebody well known',
    wrong.isStranger(worker, patient) ? '' : 'their department had the patient to treat',
  )
}

const deceased: Way = (wrong) => {
  const { world, random } = wrong
  const dead = [...world.byNeed].filter((each) => {
    const { diedOn } = residentOf(wrong, each)
    return diedOn !== undefined && diedOn > world.from - 300 && diedOn < world.from + world.days - 16
  })
  if (dead.length === 0) return false
  const patient = random.pick(dead)
  const worker = wrong.suspect(
    (each) => wrong.staysThroughout(each) && wrong.isStranger(each, patient) && !wrong.isRelated(each, patient),
  )
  if (!worker) return false
  const died = (residentOf(wrong, patient).diedOn ?? world.from) - world.from
  const begin = Math.max(1, died + random.int(2, 12), random.chance(0.5) ? 0 : random.int(1, world.days - 16))
  return wrong.file(
    'deceased',
    [worker],
    wrong.snoop(worker, patient, Math.min(begin, world.days - 15), { spanDays: random.int(1, 12) }),
    'opened the record of somebody who had died',
  )
}

const ways: readonly (readonly [WrongKind, Way])[] = [
  ['own-record', ownRecord],
  ['family', family],
  ['co-worker', coWorker],
  ['neighbour', neighbour],
  ['watched', watched],
  ['deceased', deceased],
  ['after-leaving', afterLeaving],
  ['break-glass', breakGlass],
  ['bulk', bulk],
  ['slow-series', slowSeries],
  ['out-of-role', outOfRole],
  ['out-of-hours', outOfHours],
  ['unexplained', unexplained],
]

/** Puts wrongs into a world whose people have not yet been given their computers. */
export function injectIncidents(world: World, wanted: Wanted, seeded: Random): Incident[] {
  const wrong = new Wrongdoing(world, 0, seeded.fork('incidents'))
  for (const [kind, way] of ways) {
    let missing = wanted[kind] ?? 0
    for (let tries = missing * 40; tries > 0 && missing > 0; tries--) if (way(wrong)) missing--
  }
  return wrong.incidents
}
