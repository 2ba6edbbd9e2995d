/**
 * The sources of the trail, as people see them and as safeguards are judged by them: what the engine counted is mirrored here
 * each minute (`mirrorTrail`), with what is wrong. When that changes, the safeguards are judged anew.
 */
import type { Call, Recorded } from '#core/door.ts'
import { queueJob } from '#core/jobs/service.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { addDays, type Day } from '#platform/days.ts'
import type { SourceState, TrailState } from '#trail/trail.ts'
import type * as contract from './contract.ts'
import { judgeSource } from './model.ts'
import { hasTrail, type Place, reachTrail } from './reach.ts'
import { refuse } from './refusals.ts'
import {
  addToDay,
  deleteOldDays,
  ensureSource,
  findSystem,
  listSourceDays,
  listSourceRows,
  listUncovered,
  lockSources,
  type SourceRow,
  setSourceSeen,
  upsertStanding,
  setSource as writeSource,
} from './store.ts'

const shownDays = 28
const keptDays = 60

type Shown = OutputOf<typeof contract.setSource>

export async function listSources({ db, now, today }: Context): Promise<OutputOf<typeof contract.listSources>> {
  const days = await listSourceDays(db, addDays(today, 1 - shownDays))
  const rows = await listSourceRows(db)
  return {
    items: rows.map((row) => shownOf(row, days.get(row.id) ?? [], { now, today })),
    uncovered: [...(await listUncovered(db))],
  }
}

type Clock = Pick<Context, 'now' | 'today'>

function shownOf(
  row: SourceRow,
  days: readonly { day: string; accepted: number; rejected: number }[],
  clock: Clock,
): Shown {
  const { systemId, systemName, expectedMinutes, gaps, usualSilenceMs: _, troubles, says, id: __, ...rest } = row
  // Judged anew, so that a silence is seen also while nobody mirrors.
  const judged = judgeSource({ expectedMinutes, announcedAt: row.seenAt }, countedOf(row), days, clock)
  return {
    ...rest,
    system: systemId === null ? null : { id: systemId, name: systemName ?? '' },
    expectedEveryMinutes: expectedMinutes,
    silentAfterMinutes: judged.silentAfterMinutes,
    gaps: gaps.map(({ from, to, at }) => ({ from, to, at: new Date(at) })),
    state: row.isRetired ? 'retired' : judged.state,
    troubles: row.isRetired ? [] : [...judged.troubles],
    days: everyDay(days, clock.today),
  }
}

/** The last days, each of them: one on which nothing came has no row, and is told as none. */
function everyDay(counted: readonly { day: string; accepted: number }[], today: Day): Shown['days'] {
  const accepted = new Map(counted.map((one) => [one.day, one.accepted]))
  return Array.from({ length: shownDays }, (_, at) => {
    const day = addDays(today, at + 1 - shownDays)
    return { day, accepted: accepted.get(day) ?? 0 }
  })
}

function countedOf(row: SourceRow): SourceState | undefined {
  if (row.lastReceivedAt === null && row.accepted === 0) return undefined
  return { ...row, source: row.name, gaps: row.gaps.map((gap) => ({ ...gap, at: new Date(gap.at) })) }
}

/** Says of a source what no source says of itself; one that never spoke is announced by it. */
export async function setSource(
  call: Call,
  { name, ...said }: InputOf<typeof contract.setSource>,
): Promise<Recorded & { readonly output: Shown }> {
  const { db, now, today } = call
  const { systemId } = said
  if (typeof systemId === 'number' && !(await findSystem(db, systemId))) throw refuse('unknown-system')
  const id = await ensureSource(db, name, now)
  const before = (await lockSources(db)).find((row) => row.id === id)
  if (!before) throw refuse('unknown-source')
  const or = <T>(value: T | undefined, kept: T): T => (value === undefined ? kept : value)
  await writeSource(db, id, {
    title: or(said.title, before.title),
    systemId: or(systemId, before.systemId),
    responsible: or(said.responsible, before.responsible),
    expectedMinutes: or(said.expectedEveryMinutes, before.expectedMinutes),
    retiredAt: said.isRetired === undefined ? before.retiredAt : retirement(before, said.isRetired, now),
  })
  if (said.expectedEveryMinutes !== undefined) await tellExpected(call)
  await queueJob(call, { kind: 'checks.run', input: { reason: 'asked' }, joins: true })
  const row = (await listSourceRows(db)).find((one) => one.id === id)
  if (!row) throw new Error('a source was set and is not there')
  const days = (await listSourceDays(db, addDays(today, 1 - shownDays))).get(id) ?? []
  return { output: shownOf(row, days, call), subjects: [`trail-source:${id}`], payload: { name, ...said } }
}

/** One that spoke after it was retired is retired anew. */
function retirement({ retiredAt, isRetired }: SourceRow, shouldBe: boolean, now: Date): Date | null {
  if (!shouldBe) return null
  return isRetired ? retiredAt : now
}

/** Tells the engine what is expected of its sources, so that it judges by it too. */
async function tellExpected(call: Call): Promise<void> {
  if (!(await hasTrail(call))) return
  const rows = await listSourceRows(call.db)
  const said = rows.flatMap(({ name, expectedMinutes, isRetired }) =>
    expectedMinutes === null || isRetired ? [] : [[name, { expectEveryMs: expectedMinutes * 60_000 }] as const],
  )
  await reachTrail(call).expect(Object.fromEntries(said))
}

export interface Mirrored {
  readonly sources: number
  readonly troubled: number
}

/** What the engine says of a trail at one moment. */
export interface Seen {
  readonly sources: readonly SourceState[]
  readonly state: Pick<TrailState, 'accesses' | 'logSize' | 'months'>
}

/** Asks the engine how the trail is, outside of any transaction; undefined where there is none yet. */
export async function lookAtTrail(place: Place): Promise<Seen | undefined> {
  if (!(await hasTrail(place))) return undefined
  const trail = reachTrail(place)
  return { sources: await trail.sources(), state: await trail.state() }
}

/** Writes down how the trail and its sources are; has the safeguards judged where that says something new. */
export async function mirrorTrail(context: Context, seen: Seen): Promise<Mirrored> {
  const { db, now, today } = context
  for (const { source } of seen.sources) await ensureSource(db, source, now)
  const rows = await lockSources(db)
  const counted = new Map(seen.sources.map((one) => [one.source, one]))
  for (const row of rows) {
    const state = counted.get(row.name)
    if (!state) continue
    const accepted = Math.max(0, state.accepted - row.accepted)
    const rejected = Math.max(0, state.rejected - row.rejected)
    if (accepted > 0 || rejected > 0) await addToDay(db, row.id, today, { accepted, rejected })
  }
  const days = await listSourceDays(db, addDays(today, -keptDays))
  let troubled = 0
  let hasChanged = false
  for (const row of rows) {
    const state = counted.get(row.name)
    const announcedAt = row.seenAt
    const said = { expectedMinutes: row.expectedMinutes, announcedAt }
    const judged = judgeSource(said, state, days.get(row.id) ?? [], { now, today })
    if (!row.isRetired && judged.troubles.length > 0) troubled += 1
    const kinds = judged.troubles.map(({ kind }) => kind).join()
    hasChanged ||= !row.isRetired && (kinds !== row.troubles.join() || judged.state !== row.state)
    // One that never spoke keeps the moment of its announcement.
    await setSourceSeen(db, row.id, state, judged, state ? now : announcedAt)
  }
  await deleteOldDays(db, addDays(today, -keptDays))
  await upsertStanding(db, seen.state, now)
  if (hasChanged) await queueJob(context, { kind: 'checks.run', input: { reason: 'lapse' }, joins: true })
  return { sources: rows.length, troubled }
}
