/** What a made-up world is like in figures: how much of what is right has a recorded reason, and what of it looks wrong. */
import type { Session } from './access-log.ts'
import { isEmployed } from './units.ts'
import { minutesADay, type World } from './world.ts'

/** A record tells of a reason for as long before and after. */
const slack = 30 * minutesADay

export type Recorded = 'name' | 'department' | 'none'

/** Whether a record names the person, or only their department, as having to do with the patient at that time. */
export function reasonOf(world: World, { user, patient, at, unit }: Session): Recorded {
  const { ties } = world.records
  const minute = at / 60
  if (ties.has(user, patient, minute, slack)) return 'name'
  const isOfUnit = (each: number) => ties.has(~each, patient, minute, slack)
  return isOfUnit(world.worker(user).unit) || isOfUnit(unit) ? 'department' : 'none'
}

const isRight = (world: World, session: Session) =>
  session.incident < 0 && session.patient >= 0 && world.worker(session.user).kind === 'person'

/** Shares of the accesses by people to patients that are right. */
export function shareRecorded(world: World): { byName: number; byNameOrDepartment: number } {
  const sums = { name: 0, department: 0, none: 0 }
  for (const session of world.log.sessions)
    if (isRight(world, session)) sums[reasonOf(world, session)] += session.last - session.first
  const all = sums.name + sums.department + sums.none
  return { byName: sums.name / all, byNameOrDepartment: (sums.name + sums.department) / all }
}

/** Sittings that are right, by what they are like; one may be like several. */
export function countLookAlikes(world: World): Record<string, number> {
  const { households } = world.population
  const counts: Record<string, number> = {
    'own record': 0,
    'same household': 0,
    'same surname, another household': 0,
    'colleague as patient': 0,
    'same street': 0,
    'watched patient, with a record': 0,
    'watched patient, without a record': 0,
    'after the death': 0,
    'after the last day of work': 0,
    'broken glass': 0,
    'days on which somebody opened 60 patients or more': 0,
    'at night, by somebody of the day': 0,
    'while busy at another computer': 0,
    'no recorded reason': 0,
    'same person and patient on three days without a recorded reason': 0,
  }
  const count = (name: string) => {
    counts[name] = (counts[name] ?? 0) + 1
  }
  const patientsOfDay = new Map<string, Set<number>>()
  const daysOfPair = new Map<string, Set<number>>()
  for (const session of world.log.sessions) {
    if (!isRight(world, session)) continue
    const worker = world.worker(session.user)
    const self = world.population.residents[worker.resident]
    const patient = world.resident(session.patient)
    const home = households[self?.household ?? -1]
    const other = households[patient.household]
    const day = Math.floor(session.at / 86_400)
    const isRecorded = reasonOf(world, session) !== 'none'
    if (session.patient === worker.resident) count('own record')
    else if (home === other) count('same household')
    else if (patient.family === self?.family) count('same surname, another household')
    if (patient.worker !== undefined && session.patient !== worker.resident) count('colleague as patient')
    if (home && other && home !== other && home.town === other.town && home.street === other.street)
      count('same street')
    if (patient.isVip) count(`watched patient, ${isRecorded ? 'with' : 'without'} a record`)
    if (patient.diedOn !== undefined && world.from + day > patient.diedOn) count('after the death')
    if (!isEmployed(worker, world.from + day)) count('after the last day of work')
    if (session.cause === 'break-glass' || (world.log.glass[session.first + 1] ?? 0) > 0) count('broken glass')
    const isOfDay = worker.pattern === 'office' || worker.pattern === 'clinic'
    if (isOfDay && session.at % 86_400 < 5 * 3_600) count('at night, by somebody of the day')
    if (session.overlaps) count('while busy at another computer')
    if (!isRecorded) {
      count('no recorded reason')
      const pair = `${session.user}/${session.patient}`
      const days = daysOfPair.get(pair) ?? new Set()
      daysOfPair.set(pair, days.add(day))
    }
    const ofDay = `${session.user}/${day}`
    const patients = patientsOfDay.get(ofDay) ?? new Set()
    patientsOfDay.set(ofDay, patients.add(session.patient))
  }
  for (const { size } of patientsOfDay.values())
    if (size >= 60) count('days on which somebody opened 60 patients or more')
  for (const { size } of daysOfPair.values())
    if (size >= 3) count('same person and patient on three days without a recorded reason')
  return counts
}
