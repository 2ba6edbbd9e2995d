/**
 * What is wrong in a made-up world: each kind with the variation that it has in life, by people who otherwise do their work.
 * Nothing here knows how anybody looks for it.
 */
import type { StoryKind } from '#trail/model/story.ts'
import type { Random } from '../random.ts'
import type { Metric } from './access-log.ts'
import { share } from './chance.ts'
import type { Worker } from './units.ts'
import { minutesADay, type World } from './world.ts'
import { type Incident, Wrongdoing } from './wrongdoing.ts'

export type { Incident } from './wrongdoing.ts'

export type Wanted = Readonly<Partial<Record<StoryKind, number>>>

/** Does one; false where it found nobody to do it. */
type Way = (wrong: Wrongdoing) => boolean

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

const afterLeaving: Way = (wrong) => {
  const { world, random } = wrong
  const lastDay = world.from + world.days
  const gone = (since: number) =>
    wrong.suspect(({ leftOn }) => leftOn !== undefined && leftOn > since && leftOn < lastDay - 5, 0)
  const worker = gone(world.from - 70) ?? gone(0)
  if (worker?.leftOn === undefined) return false
  const left = Math.max(0, worker.leftOn - world.from)
  const sessions = []
  const begin = left + random.int(2, 9)
  const isAtHome = random.chance(0.6)
  for (let each = random.int(1, 5); each > 0; each--) {
    const at = Math.min(begin + random.int(0, 18), world.days - 1) * minutesADay + random.int(420, 1_380)
    const known = world.log.sessions.find(
      ({ user, patient }) => user === worker.index && patient >= 0 && random.chance(0.3),
    )
    const patient = known && random.chance(0.5) ? known.patient : wrong.stranger(worker, at)
    sessions.push(
      wrong.sit({ user: worker.index, patient, at, count: random.int(1, 4), place: isAtHome ? 'home' : 'desk' }),
    )
  }
  return wrong.file('after-leaving', [worker], sessions, `used the account ${begin - left} days and more after leaving`)
}

const breakGlass: Way = (wrong) => {
  const { world, random } = wrong
  const worker = wrong.suspect(
    (each) =>
      wrong.staysThroughout(each) && ['doctor', 'nurse', 'registrar', 'pharmacist', 'radiographer'].includes(each.role),
  )
  if (!worker) return false
  const begin = random.int(1, world.days - 20)
  const patient = wrong.stranger(worker, begin * minutesADay)
  return wrong.file(
    'break-glass',
    [worker],
    wrong.snoop(worker, patient, begin, {
      sittings: random.pick([1, 1, 1, 2]),
      spanDays: 3,
      glass: random.pick([4, 7, 7, 8, 6, 1]),
    }),
    'broke the protection of a record, and nothing followed',
  )
}

const bulk: Way = (wrong) => {
  const { world, random } = wrong
  const lastDay = world.from + world.days
  const isLeaving = random.chance(0.5)
  const leaver = isLeaving
    ? wrong.suspect(({ leftOn }) => leftOn !== undefined && leftOn > world.from + 12 && leftOn < lastDay + 45)
    : undefined
  const worker = leaver ?? wrong.suspect(wrong.staysThroughout)
  if (!worker) return false
  const days = random.int(1, 3)
  const begin = leaver?.leftOn
    ? Math.min(world.days - 6, leaver.leftOn - world.from - random.int(2, 9))
    : random.int(2, world.days - 18)
  const metrics: readonly Metric[] = random.chance(0.75)
    ? ['Report Export', 'Print Chart', 'Demographics', 'Report Export']
    : ['Demographics', 'Snapshot', 'Chart Review']
  const sessions = []
  for (let day = 0; day < days; day++) {
    let at = wrong.atWork(worker, Math.max(1, begin + day))
    if (at === undefined) continue
    for (let each = random.int(90, 300); each > 0 && world.isLogged(at); each--) {
      const patient = world.byNeed[Math.floor(world.byNeed.length * share(random) ** 1.4)] ?? 0
      sessions.push(wrong.sit({ user: worker.index, patient, at, count: random.int(1, 2), metrics }))
      at += random.int(0, 1)
    }
  }
  return wrong.file(
    'bulk',
    [worker],
    sessions,
    leaver ? 'took out many records before leaving' : 'went through very many records in a short time',
  )
}

const slowSeries: Way = (wrong) => {
  const { world, random } = wrong
  const worker = wrong.suspect(
    (each) =>
      wrong.staysThroughout(each) && each.role !== 'office' && each.role !== 'records' && each.role !== 'quality',
  )
  if (!worker) return false
  const sessions = []
  let day = random.int(1, 12)
  const pace = random.int(2, 6)
  while (day < world.days - 3) {
    const at = wrong.atWork(worker, day)
    if (at !== undefined)
      sessions.push(
        wrong.sit({ user: worker.index, patient: wrong.stranger(worker, at, 1.2), at, count: random.int(1, 4) }),
      )
    day += random.int(1, pace * 2 - 1)
  }
  return wrong.file(
    'slow-series',
    [worker],
    sessions,
    'opened records that were none of their business, one or two a week',
    world.roaming.includes(worker.index)
      ? 'looks after more than their own department'
      : sessions.length < 12
        ? 'few of them'
        : '',
  )
}

const foreign: Readonly<Record<string, readonly Metric[]>> = {
  registrar: ['Psychotherapy Notes', 'Progress Notes', 'Results Review', 'Imaging Viewer'],
  biller: ['Psychotherapy Notes', 'Progress Notes', 'Imaging Viewer', 'Results Review'],
  office: ['Progress Notes', 'Chart Review', 'Results Review', 'Psychotherapy Notes'],
  technology: ['Psychotherapy Notes', 'Progress Notes', 'Results Review'],
  laboratory: ['Psychotherapy Notes', 'Progress Notes', 'Letters'],
  aide: ['Psychotherapy Notes', 'Imaging Viewer', 'Letters'],
  radiographer: ['Psychotherapy Notes', 'Account Maintenance', 'Letters'],
}

const outOfRole: Way = (wrong) => {
  const { world, random } = wrong
  const worker = wrong.suspect((each) => wrong.staysThroughout(each) && foreign[each.role] !== undefined, 1)
  if (!worker) return false
  const begin = random.int(1, world.days - 20)
  const sessions = []
  const isHard = random.chance(0.06)
  const seen = world.log.sessions.filter(({ user, patient }) => user === worker.index && patient >= 0)
  for (let each = random.int(1, 3); each > 0; each--) {
    const at = wrong.atWork(worker, begin + random.int(0, 10))
    if (at === undefined) continue
    const patient = isHard && seen.length > 0 ? random.pick(seen).patient : wrong.stranger(worker, at)
    sessions.push(
      wrong.sit({ user: worker.index, patient, at, count: random.int(2, 5), metrics: foreign[worker.role] ?? [] }),
    )
  }
  return wrong.file(
    'out-of-role',
    [worker],
    sessions,
    `read what a ${worker.role} has no use for`,
    isHard ? 'a patient whom they had to do with' : '',
  )
}

const outOfHours: Way = (wrong) => {
  const { world, random } = wrong
  const worker = wrong.suspect(
    (each) => wrong.staysThroughout(each) && (each.pattern === 'office' || each.pattern === 'clinic'),
  )
  if (!worker) return false
  const begin = random.int(1, world.days - 16)
  const sessions = []
  const place = random.chance(0.5) ? 'home' : 'desk'
  for (let each = random.int(1, 4); each > 0; each--) {
    const at = (begin + random.int(0, 12)) * minutesADay + random.int(15, 280)
    sessions.push(
      wrong.sit({ user: worker.index, patient: wrong.stranger(worker, at), at, count: random.int(1, 5), place }),
    )
  }
  return wrong.file(
    'out-of-hours',
    [worker],
    sessions,
    'opened records in the middle of the night, who only works by day',
  )
}

const unexplained: Way = (wrong) => {
  const { world, random } = wrong
  const worker = wrong.suspect(
    (each) => wrong.staysThroughout(each) && each.role !== 'records' && each.role !== 'quality',
  )
  if (!worker) return false
  const begin = random.int(1, world.days - 20)
  const patient = wrong.stranger(worker, begin * minutesADay)
  return wrong.file(
    'unexplained',
    [worker],
    wrong.snoop(worker, patient, wrong.hasEncounter(patient) ? wrong.beginning(patient) : begin, {
      sittings: random.int(3, 6),
      spanDays: random.int(6, 40),
    }),
    'opened the record of one patient again and again, with whom nothing ties them',
  )
}

const ways: readonly (readonly [StoryKind, Way])[] = [
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
