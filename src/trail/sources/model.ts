/** What is wrong with a source of accesses, judged from its state alone. Times are handed in. */
import type { SourceState } from '../trail.ts'

export const sourceProblems = ['silent', 'gap', 'rejects', 'clock', 'drop'] as const
export type SourceProblemKind = (typeof sourceProblems)[number]

export interface SourceProblem {
  readonly source: string
  readonly problem: SourceProblemKind
  readonly since: Date
  readonly says: string
}

const minuteMs = 60_000
const dayMs = 24 * 60 * minuteMs

export const sourceLimits = {
  /** A gap is a finding for as long as somebody may still send what is missing. */
  gapDays: 30,
  /** More rejects than this of the last messages, and a share of them above this. */
  rejects: 5,
  rejectShare: 0.02,
  /** A source's time may run ahead of ours by this much. */
  aheadMs: 2 * minuteMs,
  /** A volume below this share of the usual one is a drop, where the usual one is no small number. */
  dropShare: 1 / 3,
  dropFrom: 200,
} as const

/** Says what is wrong with each source at this moment, the sources in the order given. */
export function judgeSources(states: readonly SourceState[], now: Date): readonly SourceProblem[] {
  return states.flatMap((state) => {
    const silent = judgeSilence(state, now)
    // Who says nothing says less than usual, too: one finding is enough.
    return [
      silent,
      judgeGaps(state, now),
      judgeRejects(state),
      judgeClock(state),
      silent ? undefined : judgeDrop(state, now),
    ]
      .filter((found) => found !== undefined)
      .map((found) => ({ source: state.source, ...found }))
  })
}

type Found = Omit<SourceProblem, 'source'> | undefined

function judgeSilence({ lastReceivedAt, usualSilenceMs }: SourceState, now: Date): Found {
  if (lastReceivedAt === null || usualSilenceMs === null) return undefined
  const silentMs = now.getTime() - lastReceivedAt.getTime()
  if (silentMs <= usualSilenceMs) return undefined
  const says = `Nothing has come for ${sayDuration(silentMs)}; at this time of the week it is due after ${sayDuration(usualSilenceMs)} at the latest.`
  return { problem: 'silent', since: lastReceivedAt, says }
}

function judgeGaps({ gaps, missing }: SourceState, now: Date): Found {
  const recent = gaps.filter(({ at }) => now.getTime() - at.getTime() <= sourceLimits.gapDays * dayMs)
  const [first] = recent
  const last = recent.at(-1)
  if (first === undefined || last === undefined) return undefined
  const range = last.from === last.to ? `number ${last.from}` : `numbers ${last.from} to ${last.to}`
  const says =
    gaps.length === 1
      ? `${sayCount(missing, 'event is', 'events are')} missing in the source's own count: ${range}.`
      : `${sayCount(missing, 'event is', 'events are')} missing in the source's own count, in ${gaps.length === 100 ? '100 or more' : gaps.length} places, the last one ${range}.`
  return { problem: 'gap', since: first.at, says }
}

function judgeRejects({ recent }: SourceState): Found {
  if (!recent?.rejectedAt) return undefined
  const { accepted, rejected, rejectedAt } = recent
  const all = accepted + rejected
  if (rejected < sourceLimits.rejects || rejected <= all * sourceLimits.rejectShare) return undefined
  const says = `${rejected} of the last ${all} messages could not be read.`
  return { problem: 'rejects', since: rejectedAt, says }
}

function judgeClock({ recent, lastReceivedAt }: SourceState): Found {
  if (!recent || lastReceivedAt === null) return undefined
  if (recent.clockWrong > 0) {
    const says = `${sayCount(recent.clockWrong, 'message gives a time', 'messages give times')} that cannot be right; the time of receipt stands in for it.`
    return { problem: 'clock', since: recent.clockWrongAt ?? lastReceivedAt, says }
  }
  if (recent.aheadMs <= sourceLimits.aheadMs) return undefined
  return { problem: 'clock', since: lastReceivedAt, says: `Its clock runs ahead by ${sayDuration(recent.aheadMs)}.` }
}

function judgeDrop({ volume }: SourceState, now: Date): Found {
  if (!volume || volume.usual < sourceLimits.dropFrom || volume.last >= volume.usual * sourceLimits.dropShare) {
    return undefined
  }
  const says = `${volume.last} accesses came within the last day; at this time of the week there are ${volume.usual} or more.`
  return { problem: 'drop', since: new Date(now.getTime() - dayMs), says }
}

function sayCount(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`
}

/** In the two largest units: "3 days 4 hours". */
function sayDuration(ms: number): string {
  const minutes = Math.round(ms / minuteMs)
  if (minutes < 1) return 'less than a minute'
  const units: [count: number, one: string][] = [
    [Math.floor(minutes / 1440), 'day'],
    [Math.floor(minutes / 60) % 24, 'hour'],
    [minutes % 60, 'minute'],
  ]
  const from = units.findIndex(([count]) => count > 0)
  const said = units.slice(from, from + 2).filter(([count]) => count > 0)
  return said.map(([count, one]) => sayCount(count, one, `${one}s`)).join(' ')
}
