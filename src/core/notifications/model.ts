/**
 * What members are told of, and by which way. The rules:
 *  - News is a kind, the thing it leads to and the words it is made of; sentences are made where it is shown, so that a
 *    mail can say less than the app: a mail holds counts, kinds and links, never a detail or a name.
 *  - Who runs the programme reads a digest on the mornings of weekdays; everybody else hears at once of work that is
 *    theirs, and of nothing more.
 *  - A digest is for a day of the organisation's calendar, and is due from its hour on. So there is exactly one, also on the
 *    day on which that hour is skipped or comes twice.
 */
import type { Role } from '#platform/contract.ts'
import type { Day } from '#platform/days.ts'

/** Every kind of news: what a member may choose, in the order in which it is offered. */
export const newsKinds = [
  'task-given',
  'task-overdue',
  'mentioned',
  'finding-given',
  'findings-opened',
  'cases-opened',
  'rule-set',
  'source-silent',
  'job-failed',
  'evidence-ends',
  'exception-ends',
  'attestation-ends',
  'invitation-used',
] as const
export type NewsKind = (typeof newsKinds)[number]

/** What may concern everybody; the rest is for those who run the programme. */
export const kindsForAll: readonly NewsKind[] = ['task-given', 'task-overdue', 'mentioned', 'finding-given']

export type Words = Readonly<Record<string, string | number>>

/** When the digest comes: never, each day, or Monday to Friday. */
export const digests = ['off', 'daily', 'weekdays'] as const
export type Digest = (typeof digests)[number]

export interface Choice {
  readonly digest: Digest
  /** 0 to 23, in the organisation's zone. */
  readonly hour: number
  /** Of which kinds a mail tells without waiting for the digest. */
  readonly atOnce: readonly NewsKind[]
}

const usualHour = 7
const runsProgramme: readonly string[] = ['privacy-officer', 'security-officer', 'administrator'] satisfies Role[]

/** Whether somebody with these roles runs the programme, and so is told of all of it. */
export function isOfficer(roles: readonly string[]): boolean {
  return roles.some((role) => runsProgramme.includes(role))
}

/** What holds for who has not chosen. */
export function usualChoice(roles: readonly string[]): Choice {
  return isOfficer(roles)
    ? { digest: 'weekdays', hour: usualHour, atOnce: [] }
    : { digest: 'off', hour: usualHour, atOnce: ['task-given', 'task-overdue'] }
}

/** The day and the hour of an instant on the clocks of a zone. */
export function hourOf(instant: Date, timeZone: string): { readonly day: Day; readonly hour: number } {
  const parts = new Intl.DateTimeFormat('en-CA', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(instant)
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.find((one) => one.type === type)?.value ?? ''
  return { day: `${part('year')}-${part('month')}-${part('day')}`, hour: Number(part('hour')) }
}

/** The day whose digest is due by now; undefined before its hour, and on a day that has none. */
export function digestDayOf(choice: Pick<Choice, 'digest' | 'hour'>, now: Date, timeZone: string): Day | undefined {
  if (choice.digest === 'off') return undefined
  const { day, hour } = hourOf(now, timeZone)
  if (hour < choice.hour) return undefined
  return choice.digest === 'weekdays' && isWeekend(day) ? undefined : day
}

function isWeekend(day: Day): boolean {
  return [0, 6].includes(new Date(`${day}T00:00:00Z`).getUTCDay())
}

/** How many pieces of news of each kind there are, as a mail says it. */
export type NewsCounts = Partial<Record<NewsKind, number>>

export const mostTries = 5
const pauseMinutes = [1, 5, 30, 120] as const

/** When a mail that was tried so often is tried again; undefined where it is given up. */
export function nextTryAt(attempts: number, now: Date): Date | undefined {
  const minutes = attempts >= mostTries ? undefined : pauseMinutes[attempts - 1]
  return minutes === undefined ? undefined : new Date(now.getTime() + minutes * 60_000)
}
