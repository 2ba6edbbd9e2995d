/** What is wrong in a made-up world, for whoever tests what finds it. It lies beside the exports and is not one of them. */
import { reasonOf } from './figures.ts'
import type { Incident } from './incidents.ts'
import { clockOf } from './log-files.ts'
import { recordNumber } from './population.ts'
import type { World } from './world.ts'

export interface KeyedIncident {
  readonly kind: Incident['kind']
  readonly says: string
  /** Why it can hardly be told from what is right; empty for most. */
  readonly hard: string
  readonly logins: readonly string[]
  readonly patients: readonly string[]
  /** By the clock of the world, without a zone. */
  readonly firstAt: string
  readonly lastAt: string
  readonly accesses: number
  /** On how many days, and the share of the sittings for which a record happens to give a reason. */
  readonly days: number
  readonly covered: number
  readonly rows: readonly { readonly file: string; readonly id: string }[]
}

export interface TrailKey {
  readonly seed: number
  readonly from: string
  readonly to: string
  readonly accesses: number
  readonly incidents: readonly KeyedIncident[]
  /** Right, and much like something that is wrong: sittings by what they are like. */
  readonly lookAlikes: Readonly<Record<string, number>>
  /** Of the accesses by people to patients that are right: the share that a record gives a reason for. */
  readonly recorded: { readonly byName: number; readonly byNameOrDepartment: number }
}

export function keyIncident(
  world: World,
  { kind, says, hard, users, patients, sessions }: Incident,
  rows: KeyedIncident['rows'],
): KeyedIncident {
  const moment = (second: number) => {
    const { day, time } = clockOf(world, second)
    return `${day}T${time}`
  }
  return {
    kind,
    says,
    hard,
    logins: users.map((user) => world.worker(user).login),
    patients: patients.map(recordNumber),
    firstAt: moment(Math.min(...sessions.map(({ at }) => at))),
    lastAt: moment(Math.max(...sessions.map(({ end }) => end))),
    accesses: sessions.reduce((sum, { first, last }) => sum + last - first, 0),
    days: new Set(sessions.map(({ at }) => Math.floor(at / 86_400))).size,
    covered: sessions.filter((session) => reasonOf(world, session) !== 'none').length / sessions.length,
    rows,
  }
}

export function* trailKeyText(key: TrailKey): Generator<string> {
  const { incidents, ...rest } = key
  yield `${JSON.stringify(rest).slice(0, -1)},"incidents":[\n`
  for (const [index, incident] of incidents.entries())
    yield `${JSON.stringify(incident)}${index === incidents.length - 1 ? '' : ','}\n`
  yield ']}\n'
}
