/**
 * What holds for a trail. The rules:
 *  - Accesses are kept for six years at least; a month is destroyed only when it is past the organisation's years, is not
 *    held, is the oldest that is left, and two officers said so.
 *  - What is wrong with a source is judged by the engine's own rules (src/trail/sources); beside them, it is troubled while
 *    more than one record in a hundred of a week could not be read, and when it was announced and never spoke.
 *  - Of a source that is new, too little is known: that is no trouble, and no praise either.
 */
import { addDays, type Day } from '#platform/days.ts'
import { judgeSources } from '#trail/sources/model.ts'
import type { SourceState } from '#trail/trail.ts'
import type { SourceTrouble } from './contract.ts'

/** How long accesses are kept at least: 45 CFR 164.316(b)(2)(i), and what 164.528(a)(1) must be able to account for. */
export const leastRetentionYears = 6

export const usualSettings = {
  retentionYears: leastRetentionYears,
  reviewWithinDays: 3,
  decideWithinDays: 14,
  tell: ['privacy-officer'],
} as const

/** For how long the answer to a question can be read on. */
export const readableMs = 30 * 60_000

/** The first month that is still within the years for which accesses are kept. */
export function firstKeptMonth(today: Day, retentionYears: number): string {
  return `${Number(today.slice(0, 4)) - retentionYears}${today.slice(4, 7)}`
}

/** Whether a month, as `YYYY-MM`, is past its retention with its last day. */
export function isPastRetention(month: string, today: Day, retentionYears: number): boolean {
  return month < firstKeptMonth(today, retentionYears)
}

const minuteMs = 60_000
const dayMs = 86_400_000
const rejectsDays = 7
const mostRejectsShare = 0.01
const newForMs = 7 * dayMs

export interface SourceSaid {
  readonly expectedMinutes: number | null
  /** When it was announced, where it never spoke. */
  readonly announcedAt: Date
}

/** What came on a day, in the organisation's zone. */
export interface SourceDay {
  readonly day: Day
  readonly accepted: number
  readonly rejected: number
}

export interface SourceJudged {
  readonly state: 'well' | 'troubled' | 'new' | 'expected'
  readonly troubles: readonly { readonly kind: SourceTrouble; readonly says: string }[]
  /** After how many minutes it counts as silent; null while too little is known. */
  readonly silentAfterMinutes: number | null
}

/** Judges a source by what it did; `days` are those of the last weeks, `today` the one that is not over. */
export function judgeSource(
  { expectedMinutes, announcedAt }: SourceSaid,
  counted: SourceState | undefined,
  days: readonly SourceDay[],
  { now, today }: { readonly now: Date; readonly today: Day },
): SourceJudged {
  const expectedMs = expectedMinutes === null ? null : expectedMinutes * minuteMs
  if (!counted) {
    const quietMs = now.getTime() - announcedAt.getTime()
    const isLate = expectedMs !== null && quietMs > expectedMs
    const says = `It was announced ${saySpan(quietMs)} ago and has never spoken.`
    return {
      state: isLate ? 'troubled' : 'expected',
      troubles: isLate ? [{ kind: 'silent', says }] : [],
      silentAfterMinutes: expectedMinutes,
    }
  }
  // What somebody said holds at once, also before the engine goes by it.
  const usualSilenceMs = expectedMs ?? counted.usualSilenceMs
  const found = judgeSources([{ ...counted, usualSilenceMs }], now)
  const troubles = found.map(({ problem, says }): { kind: SourceTrouble; says: string } => ({ kind: problem, says }))
  const share = shareOfRejects(days, today)
  if (share > mostRejectsShare && !troubles.some(({ kind }) => kind === 'rejects')) {
    troubles.push({ kind: 'rejects', says: `${(100 * share).toFixed(1)} % of a week could not be read.` })
  }
  const isNew = counted.firstAt !== null && now.getTime() - counted.firstAt.getTime() < newForMs
  const isUnproved = usualSilenceMs === null || (isNew && expectedMs === null)
  return {
    state: troubles.length > 0 ? 'troubled' : isUnproved ? 'new' : 'well',
    troubles,
    silentAfterMinutes: usualSilenceMs === null ? null : Math.ceil(usualSilenceMs / minuteMs),
  }
}

function shareOfRejects(days: readonly SourceDay[], today: Day): number {
  const week = days.filter(({ day }) => day > addDays(today, -rejectsDays))
  const rejected = week.reduce((sum, one) => sum + one.rejected, 0)
  const all = week.reduce((sum, one) => sum + one.accepted, rejected)
  return all === 0 ? 0 : rejected / all
}

/** "12 minutes", "5 hours", "3 days". */
export function saySpan(ms: number): string {
  const minutes = Math.round(ms / minuteMs)
  if (minutes < 120) return minutes === 1 ? 'one minute' : `${minutes} minutes`
  const hours = Math.round(ms / (60 * minuteMs))
  return hours < 48 ? `${hours} hours` : `${Math.round(ms / dayMs)} days`
}

/** Why one of the trail's months may not be destroyed; undefined where it may. */
export function whyNotDestroyed(
  months: readonly { readonly state: 'kept' | 'held' | 'destroyed'; readonly month: string }[],
  month: string,
  today: Day,
  retentionYears: number,
): 'unknown-month' | 'held' | 'destroyed' | 'too-young' | 'not-oldest' | undefined {
  const found = months.find((one) => one.month === month)
  if (!found) return 'unknown-month'
  if (found.state === 'held') return 'held'
  if (found.state === 'destroyed') return 'destroyed'
  if (!isPastRetention(month, today, retentionYears)) return 'too-young'
  return months.some((one) => one.state !== 'destroyed' && one.month < month) ? 'not-oldest' : undefined
}
