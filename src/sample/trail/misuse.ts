/** Incidents that are about how an account is used: after the last day, by night, for many, beyond what the work needs. */
import type { Metric } from './access-log.ts'
import { share } from './chance.ts'
import { minutesADay } from './world.ts'
import type { Way } from './wrongdoing.ts'

export const afterLeaving: Way = (wrong) => {
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

export const breakGlass: Way = (wrong) => {
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

export const bulk: Way = (wrong) => {
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

export const slowSeries: Way = (wrong) => {
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

export const outOfRole: Way = (wrong) => {
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

export const outOfHours: Way = (wrong) => {
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

export const unexplained: Way = (wrong) => {
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
