/**
 * Nobody is in two places at once: sittings that overlap follow one another, with the way between two houses, and each gets
 * a computer, mostly the one before. Whatever is marked as overlapping stays where it is.
 */
import type { Random } from '../random.ts'
import type { Session } from './access-log.ts'
import type { World } from './world.ts'

/** Workstations are numbered by unit; those on the move and at home belong to one person. */
export const deskOf = (unit: number, place: number): number => unit * 1_000 + place
export const mobileOf = (user: number): number => 1_000_000 + user
export const homeOf = (user: number): number => 2_000_000 + user

const wayBetweenHouses = 25 * 60
const wayBetweenDesks = 45

export function timetable(world: World, seeded: Random): void {
  const random = seeded.fork('timetable')
  const byUser = new Map<number, Session[]>()
  for (const session of world.log.sessions) {
    const some = byUser.get(session.user)
    if (some) some.push(session)
    else byUser.set(session.user, [session])
  }
  for (const [user, sessions] of [...byUser].sort(([one], [other]) => one - other)) {
    const inTime = sessions.map((session, index) => ({ session, index }))
    inTime.sort((one, other) => one.session.at - other.session.at || one.index - other.index)
    let last: Session | undefined
    for (const { session } of inTime) {
      if (last && !session.overlaps && session.place === 'desk') {
        const way = siteOf(world, last) === siteOf(world, session) ? wayBetweenDesks : wayBetweenHouses
        const wait = last.end + way - session.at
        if (wait > 0) move(world, session, wait)
      }
      session.workstation = seat(world, user, session, last, random)
      if (!session.overlaps && session.place === 'desk') last = session
    }
  }
}

const siteOf = (world: World, { unit }: Session) => world.units[unit]?.site ?? 0

function move(world: World, session: Session, seconds: number): void {
  const { at } = world.log
  for (let index = session.first; index < session.last; index++) at[index] = (at[index] ?? 0) + seconds
  session.at += seconds
  session.end += seconds
}

function seat(world: World, user: number, session: Session, last: Session | undefined, random: Random): number {
  if (session.workstation !== 0) return session.workstation
  if (session.place === 'mobile') return mobileOf(user)
  if (session.place === 'home') return homeOf(user)
  const desks = world.units[session.unit]?.workstations ?? 4
  // Everybody has computers that they like, and the wards' are used by all.
  const usual = (user * 7 + Math.floor(session.at / 86_400)) % desks
  if (last && last.unit === session.unit && session.at - last.end < 5_400 && random.chance(0.72))
    return last.workstation
  return deskOf(session.unit, random.chance(0.6) ? usual : random.int(0, desks - 1))
}
