/** Wrongs that show in where a login is used at once: an account lent, and an account in two houses. */
import type { Random } from '../random.ts'
import type { Session } from './access-log.ts'
import type { Incident, Wanted } from './incidents.ts'
import { deskOf } from './timetable.ts'
import type { Worker } from './units.ts'
import type { World } from './world.ts'
import { Wrongdoing } from './wrongdoing.ts'

const rightful = (world: World, { index }: Worker) =>
  world.log.sessions.filter(
    (session) =>
      session.user === index &&
      session.place === 'desk' &&
      !session.overlaps &&
      session.incident < 0 &&
      session.patient >= 0,
  )

/** A colleague works by somebody else's login, at the next desk and while its owner works too. */
function shareAccount(wrong: Wrongdoing): boolean {
  const { world, random } = wrong
  const kinds = ['ward', 'emergency', 'clinic', 'registration', 'laboratory']
  const worker = wrong.suspect(
    (each) => wrong.staysThroughout(each) && kinds.includes(world.units[each.unit]?.kind ?? ''),
    40,
  )
  if (!worker) return false
  const own = rightful(world, worker)
  const unit = world.units[worker.unit]
  if (!unit || own.length === 0) return false
  const days = [...new Set(own.map(({ at }) => Math.floor(at / 86_400)))]
  const sessions: (Session | undefined)[] = []
  const first = random.int(0, Math.max(0, days.length - 6))
  for (const day of days.slice(first, first + random.int(3, 6))) {
    const ofDay = own.filter(({ at }) => Math.floor(at / 86_400) === day)
    for (const beside of ofDay.slice(0, random.int(2, 5))) {
      const place = [...Array(unit.workstations).keys()].find(
        (each) => deskOf(unit.index, each) !== beside.workstation && random.chance(0.6),
      )
      const workstation = deskOf(unit.index, place ?? (beside.workstation % 1_000) + 1)
      const at = Math.floor(beside.at / 60) + random.int(0, 2)
      // The colleague's own patients, mostly: of the same department.
      const others = world.log.sessions.filter(
        (session) => session.unit === unit.index && session.patient >= 0 && Math.floor(session.at / 86_400) === day,
      )
      const patient = others.length > 0 && random.chance(0.7) ? random.pick(others).patient : wrong.stranger(worker, at)
      sessions.push(
        wrong.sit({
          user: worker.index,
          patient,
          at,
          count: random.int(3, 10),
          workstation,
          unit: unit.index,
          overlaps: true,
        }),
      )
    }
  }
  return wrong.file(
    'shared-account',
    [worker],
    sessions,
    'a login in use at two desks of one department at once, day after day',
  )
}

/** A login is used miles away while its owner works. */
function beInTwoPlaces(wrong: Wrongdoing): boolean {
  const { world, random } = wrong
  const worker = wrong.suspect(wrong.staysThroughout, 30)
  if (!worker) return false
  const here = world.units[worker.unit]?.site ?? 0
  const away = world.units.filter(({ site, kind }) => site !== here && (kind === 'clinic' || here !== 0))
  const long = rightful(world, worker).filter(
    ({ at, end, unit }) => end - at > 90 && (world.units[unit]?.site ?? 0) === here,
  )
  if (away.length === 0 || long.length === 0) return false
  const there = random.pick(away)
  const sessions: (Session | undefined)[] = []
  const begin = random.pick(long)
  const near = long.filter(({ at }) => at >= begin.at && at < begin.at + 9 * 86_400)
  for (const beside of near.slice(0, random.int(1, 3))) {
    const at = Math.floor(beside.at / 60) + 1
    const workstation = deskOf(there.index, random.int(0, there.workstations - 1))
    sessions.push(
      wrong.sit({
        user: worker.index,
        patient: wrong.stranger(worker, at),
        at,
        count: random.int(2, 6),
        workstation,
        unit: random.chance(0.5) ? worker.unit : there.index,
        overlaps: true,
      }),
    )
  }
  return wrong.file('two-places', [worker], sessions, 'a login in use in two houses at once')
}

/** Puts these into a world in which everybody sits somewhere. `first` is how many incidents there are already. */
export function injectSimultaneous(world: World, wanted: Wanted, first: number, seeded: Random): Incident[] {
  const wrong = new Wrongdoing(world, first, seeded.fork('simultaneous'))
  for (const [kind, way] of [
    ['shared-account', shareAccount],
    ['two-places', beInTwoPlaces],
  ] as const) {
    let missing = wanted[kind] ?? 0
    for (let tries = missing * 20; tries > 0 && missing > 0; tries--) if (way(wrong)) missing--
  }
  return wrong.incidents
}
