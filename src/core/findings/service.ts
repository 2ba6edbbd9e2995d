/**
 * Working findings off. A finding opens, closes and opens again by its check alone; people own it, speak about it, and may
 * except it for a while. The rules:
 *  - An exception never changes a status: what failed is still failed, "excepted until …".
 *  - It ends by itself with its last day, and with the failure that it was given for: when the finding opens again, it
 *    does not count, and somebody has to accept the failure anew.
 */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Json } from '#core/ledger/model/entry.ts'
import type { Happening } from '#core/ledger/service.ts'
import { type Severity, severities } from '#core/safeguards/model.ts'
import type { Context } from '#platform/context.ts'
import { day } from '#platform/contract.ts'
import { addDays, type Day, isDay, sayDay } from '#platform/days.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import { csvHead, csvRow, type Finding, type FindingState } from './model.ts'
import {
  countClosed,
  countFindingRows,
  countOpenRows,
  type ExceptionRow,
  type FindingEvent,
  type FindingFilter,
  type FindingRow,
  type FindingSort,
  findException,
  findFindingRow,
  findUnendedException,
  hasPractice,
  hasSafeguard,
  insertEvents,
  insertException,
  listEvents,
  listFindingRows,
  listTelling,
  lockFindingRow,
  lockFindingRows,
  placeOf,
  readFindingRows,
  setExceptionEnded,
  setOwner,
  type Telling,
} from './store.ts'

export type { Finding, FindingState } from './model.ts'
export type { ExceptionRow, FindingEvent, FindingSort } from './store.ts'

/** How long an exception runs at most: it is looked at again once a year. */
const longestExceptionDays = 366
const longestPage = 1_000
const readAtOnce = 1_000
const eventsShown = 1_000
/** How many findings are given to somebody at once at most. */
export const mostOwnedAtOnce = 500

const refuse = refusals('finding', {
  unknown: ['missing', 'There is no such finding.', 'list the findings to see their numbers'],
  'unknown-safeguard': ['missing', 'There is no such safeguard.', 'its name is practice.claim'],
  'unknown-practice': ['missing', 'There is no such practice.'],
  'page-too-long': ['invalid', `A page holds 1 to ${longestPage} findings.`],
  closed: ['conflict', 'This finding is closed: its check passes.', 'nothing is left to do about it'],
  'too-many': ['invalid', `At most ${mostOwnedAtOnce} findings are given to somebody at once.`],
  'empty-comment': ['invalid', 'The comment is empty.'],
})

const refuseException = refusals('exception', {
  incomplete: [
    'invalid',
    'An exception takes a reason, a compensating control and the name of the person who approved it.',
    'say all three',
  ],
  'not-a-day': ['invalid', 'The last day of an exception is a day as YYYY-MM-DD.'],
  over: ['invalid', 'The last day of an exception lies in the future.'],
  'too-long': [
    'invalid',
    `An exception runs for at most ${longestExceptionDays} days.`,
    'give it an earlier last day; it can be given again',
  ],
  'already-given': ['conflict', 'This finding is already excepted until {day}.', 'end that exception first'],
  none: ['missing', 'This finding has no exception to end.'],
})

export interface FindingsWanted {
  readonly severity?: Severity | readonly Severity[] | undefined
  readonly practice?: string | undefined
  readonly safeguard?: string | undefined
  /** By name; null for those that nobody owns. */
  readonly owner?: string | null | undefined
  /** `open` without the excepted ones; `not-closed` is both; `not-closed` when not said. */
  readonly state?: FindingState | 'not-closed' | 'all' | undefined
  readonly isOverdue?: boolean | undefined
  /** Due within so many days, overdue ones included. */
  readonly dueWithinDays?: number | undefined
  /** Words that stand in the subject's label or in the detail, in any case of letters. */
  readonly words?: string | undefined
  /** Only what concerns these people; all when not said. */
  readonly people?: readonly number[] | undefined
}

export interface FindingsPage {
  /** `worst` first when not said. */
  readonly sort?: FindingSort | undefined
  /** Each order has one of its own: the worst, the soonest due, the newest, by the safeguard's name. */
  readonly order?: 'ascending' | 'descending' | undefined
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly after?: string | undefined
}

const usualOrders = { worst: 'ascending', due: 'ascending', opened: 'descending', safeguard: 'ascending' } as const

const placeRank = z.int().min(0).max(3)
const placeShapes = {
  worst: z.tuple([placeRank, day, placeId]),
  due: z.tuple([day, placeRank, placeId]),
  opened: z.tuple([z.iso.datetime(), placeId]),
  safeguard: z.tuple([z.string().regex(/^[a-z0-9.-]{1,100}$/), placeRank, day, placeId]),
} as const satisfies Record<FindingSort, z.ZodType<readonly (string | number)[]>>

/** One page of findings in an order; a cursor belongs to the order that it was given in. */
export async function pageFindings(
  { db, today }: Context,
  wanted: FindingsWanted & FindingsPage = {},
): Promise<{ readonly items: readonly Finding[]; readonly next: string | null }> {
  const { sort = 'worst', limit = longestPage, after } = wanted
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage) throw refuse('page-too-long')
  const filter = await filterOf({ db, today }, wanted)
  const place = after === undefined ? undefined : readCursor(placeShapes[sort], after)
  const isReversed = (wanted.order ?? usualOrders[sort]) === 'descending'
  // One more than is shown tells whether there are more.
  const rows = await listFindingRows(db, today, filter, { sort, isReversed, limit: limit + 1, after: place })
  const page = pageFrom(rows, limit, (last) => placeOf(last, sort))
  return { items: page.items.map(findingOf), next: page.next }
}

/** The first findings in an order, the worst first when not said. */
export async function listFindings(
  context: Context,
  wanted: FindingsWanted & FindingsPage = {},
): Promise<readonly Finding[]> {
  return (await pageFindings(context, wanted)).items
}

/** Reads all findings wanted, the worst first, in batches with constant memory, as of one moment. For reports. */
export async function* readFindings(
  { db, today }: Context,
  wanted: FindingsWanted = {},
): AsyncGenerator<readonly Finding[]> {
  const filter = await filterOf({ db, today }, wanted)
  for await (const rows of readFindingRows(db, today, filter, readAtOnce)) yield rows.map(findingOf)
}

export interface FindingCounts {
  readonly open: Readonly<Record<Severity, number>>
  /** Those excepted, which `open` does not count. */
  readonly excepted: Readonly<Record<Severity, number>>
  readonly closed: Readonly<Record<Severity, number>>
}

export interface PracticeCounts extends FindingCounts {
  readonly practice: string
}

/** Counts findings of every state but closed, unless told otherwise; of all of them and of each practice that has any. */
export async function countFindings(
  { db, today }: Context,
  wanted: FindingsWanted = {},
): Promise<FindingCounts & { readonly practices: readonly PracticeCounts[] }> {
  const zero = () => ({ critical: 0, high: 0, medium: 0, low: 0 })
  const none = () => ({ open: zero(), excepted: zero(), closed: zero() })
  const all = none()
  const practices = new Map<string, ReturnType<typeof none>>()
  for (const { practice, severity, state, count } of await countFindingRows(
    db,
    today,
    await filterOf({ db, today }, wanted),
  )) {
    const counts = practices.get(practice) ?? none()
    practices.set(practice, counts)
    counts[state][severity] += count
    all[state][severity] += count
  }
  return { ...all, practices: [...practices].map(([practice, counts]) => ({ practice, ...counts })) }
}

/** Findings in brief, for the first page. */
export interface FindingsSummary {
  /** Open ones, those excepted included. */
  readonly open: Readonly<Record<Severity, number>>
  readonly practices: ReadonlyMap<string, { readonly open: number; readonly worst: Finding | undefined }>
  /** What opened (again) since and is open, the worst first. */
  readonly opened: { readonly count: number; readonly first: readonly Finding[] }
  /** What closed since, the last first. */
  readonly closed: { readonly count: number; readonly first: readonly Finding[] }
}

export async function summariseFindings(
  { db, today }: Context,
  wanted: { readonly since: Date; readonly limit: number },
): Promise<FindingsSummary> {
  const { since, limit } = wanted
  const counts = await countOpenRows(db, since)
  const told = await listTelling(db, today, since, limit)
  const telling = (what: Telling['tells']) => told.filter(({ tells }) => tells === what).map(findingOf)
  const closed = telling('closed')
  const open = { critical: 0, high: 0, medium: 0, low: 0 }
  const byPractice = new Map<string, number>()
  let openedCount = 0
  for (const { practice, severity, count, opened } of counts) {
    open[severity] += count
    openedCount += opened
    byPractice.set(practice, (byPractice.get(practice) ?? 0) + count)
  }
  const worst = new Map(telling('worst').map((finding) => [finding.practice, finding]))
  return {
    open,
    practices: new Map([...byPractice].map(([name, count]) => [name, { open: count, worst: worst.get(name) }])),
    opened: { count: openedCount, first: telling('opened').sort(compareWorst) },
    closed: {
      count: closed.length < limit ? closed.length : await countClosed(db, since),
      first: closed.sort((a, b) => Number(b.closedAt) - Number(a.closedAt) || a.id - b.id),
    },
  }
}

function compareWorst(a: Finding, b: Finding): number {
  return (
    severities.indexOf(a.severity) - severities.indexOf(b.severity) || a.dueOn.localeCompare(b.dueOn) || a.id - b.id
  )
}

/** Writes all findings wanted as a table for a spreadsheet, with constant memory. Tells how many. */
export async function exportFindings(
  context: Context,
  wanted: FindingsWanted,
  path: string,
  remedyOf: (safeguard: string) => string | undefined,
): Promise<number> {
  let written = 0
  async function* lines(): AsyncGenerator<string> {
    yield csvHead
    for await (const batch of readFindings(context, wanted)) {
      written += batch.length
      yield batch.map((finding) => csvRow(finding, remedyOf(finding.safeguard))).join('')
    }
  }
  await pipeline(Readable.from(lines()), createWriteStream(path, { flags: 'wx', mode: 0o600 }))
  return written
}

export interface FindingShown {
  readonly finding: Finding
  /** The exception in force. */
  readonly exception: ExceptionRow | undefined
  /** The newest thousand, in the order in which they happened. */
  readonly events: readonly FindingEvent[]
}

export async function showFinding(
  { db, today }: Context,
  { findingId, people }: { readonly findingId: number; readonly people?: readonly number[] | undefined },
): Promise<FindingShown> {
  const row = await findFindingRow(db, today, findingId, people)
  if (!row) throw refuse('unknown')
  const exception = row.exceptedUntil === null ? undefined : await findException(db, today, findingId)
  return { finding: findingOf(row), exception, events: await listEvents(db, findingId, eventsShown) }
}

/** What a change hands to whoever appends its entry to the ledger. */
type Recorded = Pick<Happening, 'subjects' | 'payload'>

/** Gives an open finding to somebody, or, without an owner, back to nobody. */
export async function ownFinding(
  context: Context,
  input: { readonly findingId: number; readonly owner: string | undefined },
): Promise<Recorded> {
  const finding = await lockOpen(context, input.findingId)
  const owner = input.owner?.trim() || undefined
  if ((finding.owner ?? undefined) !== owner) {
    await setOwner(context.db, [finding.id], owner)
    await note(context, [finding.id], 'owned', owner ?? null)
  }
  return record(finding, { owner: owner ?? null, before: finding.owner })
}

/** Gives several open findings to somebody, or back to nobody: all of them, or none where one is unknown or closed. */
export async function ownFindings(
  context: Context,
  input: { readonly findingIds: readonly number[]; readonly owner: string | undefined },
): Promise<Recorded & { readonly changed: number }> {
  const ids = [...new Set(input.findingIds)]
  if (ids.length > mostOwnedAtOnce) throw refuse('too-many')
  const owner = input.owner?.trim() || undefined
  const found = await lockFindingRows(context.db, context.today, ids)
  if (found.length < ids.length) throw refuse('unknown')
  if (found.some(({ closedAt }) => closedAt !== null)) throw refuse('closed')
  const changed = found.filter((finding) => (finding.owner ?? undefined) !== owner).map(({ id }) => id)
  if (changed.length > 0) {
    await setOwner(context.db, changed, owner)
    await note(context, changed, 'owned', owner ?? null)
  }
  return {
    changed: changed.length,
    subjects: found.map(({ id }) => `finding:${id}`),
    payload: { owner: owner ?? null, before: found.map(({ id, owner: before }) => ({ finding: id, owner: before })) },
  }
}

export async function commentOnFinding(
  context: Context,
  input: { readonly findingId: number; readonly comment: string },
): Promise<Recorded> {
  const comment = input.comment.trim()
  if (comment === '') throw refuse('empty-comment')
  const finding = await findFindingRow(context.db, context.today, input.findingId)
  if (!finding) throw refuse('unknown')
  await note(context, [finding.id], 'commented', comment)
  return record(finding, { comment })
}

export interface ExceptionWanted {
  readonly findingId: number
  /** Why the failure is accepted. */
  readonly reason: string
  /** What is done instead. */
  readonly compensatingControl: string
  /** The person who accepted it, by name. */
  readonly approvedBy: string
  /** Its last day. */
  readonly expiresOn: Day
}

/** Accepts an open failure until a day at most a year away. Its status stays failed. */
export async function exceptFinding(
  context: Context,
  input: ExceptionWanted,
): Promise<Recorded & { readonly exceptionId: number }> {
  const { db, now, today } = context
  const [reason, compensatingControl, approvedBy] = [
    input.reason.trim(),
    input.compensatingControl.trim(),
    input.approvedBy.trim(),
  ]
  if (reason === '' || compensatingControl === '' || approvedBy === '') throw refuseException('incomplete')
  const { expiresOn } = input
  if (!isDay(expiresOn)) throw refuseException('not-a-day')
  if (expiresOn <= today) throw refuseException('over')
  if (expiresOn > addDays(today, longestExceptionDays)) throw refuseException('too-long')
  const finding = await lockOpen(context, input.findingId)
  if (finding.exceptedUntil !== null) throw refuseException('already-given', { day: sayDay(finding.exceptedUntil) })
  const lapsed = await findUnendedException(db, finding.id)
  if (lapsed) await end(context, finding.id, lapsed, 'It no longer counted.')
  const given = { reason, compensatingControl, approvedBy, approvedAt: now, expiresOn }
  const exceptionId = await insertException(db, finding.id, given)
  await note(context, [finding.id], 'excepted', reason)
  return {
    exceptionId,
    ...record(finding, { exception: exceptionId, reason, compensatingControl, approvedBy, expiresOn }),
  }
}

/** Ends an exception before its last day. */
export async function endException(
  context: Context,
  input: { readonly findingId: number; readonly reason?: string | undefined },
): Promise<Recorded> {
  const finding = await lockFindingRow(context.db, context.today, input.findingId)
  if (!finding) throw refuse('unknown')
  const exception = await findException(context.db, context.today, finding.id)
  if (!exception) throw refuseException('none')
  const reason = input.reason?.trim() || undefined
  await end(context, finding.id, exception, reason)
  return record(finding, { exception: exception.id, expiresOn: exception.expiresOn, reason })
}

async function end(
  context: Context,
  findingId: number,
  exception: ExceptionRow,
  reason: string | undefined,
): Promise<void> {
  await setExceptionEnded(context.db, exception.id, context.now)
  await note(context, [findingId], 'exception-ended', reason ?? null)
}

async function lockOpen({ db, today }: Context, findingId: number): Promise<FindingRow> {
  const finding = await lockFindingRow(db, today, findingId)
  if (!finding) throw refuse('unknown')
  if (finding.closedAt !== null) throw refuse('closed')
  return finding
}

async function note(
  { db, actor, now }: Context,
  findingIds: readonly number[],
  kind: FindingEvent['kind'],
  body: string | null,
): Promise<void> {
  await insertEvents(db, findingIds, { kind, body, actor, at: now })
}

function record(finding: FindingRow, said: Readonly<Record<string, Json | undefined>>): Recorded {
  return {
    subjects: [`finding:${finding.id}`],
    payload: { finding: finding.id, safeguard: finding.safeguard, subject: finding.subjectKey, ...said },
  }
}

/** Refuses what names nothing: an empty list would pass for good news. */
async function filterOf({ db, today }: Pick<Context, 'db' | 'today'>, wanted: FindingsWanted): Promise<FindingFilter> {
  const { safeguard, practice, severity, state = 'not-closed', dueWithinDays, words, owner, isOverdue, people } = wanted
  if (safeguard !== undefined && !(await hasSafeguard(db, safeguard))) throw refuse('unknown-safeguard')
  if (practice !== undefined && !(await hasPractice(db, practice))) throw refuse('unknown-practice')
  return {
    states: statesOf[state],
    severities: typeof severity === 'string' ? [severity] : severity,
    safeguard,
    practice,
    owner,
    isOverdue,
    dueUntil: dueWithinDays === undefined ? undefined : addDays(today, dueWithinDays),
    words: words?.trim() || undefined,
    people,
  }
}

const statesOf: Readonly<Record<NonNullable<FindingsWanted['state']>, readonly FindingState[]>> = {
  open: ['open'],
  excepted: ['excepted'],
  'not-closed': ['open', 'excepted'],
  closed: ['closed'],
  all: ['open', 'excepted', 'closed'],
}

function findingOf(row: FindingRow & { readonly tells?: unknown }): Finding {
  const { tells: _, subjectKind, subjectKey, subjectLabel, reopenedAt, closedAt, owner, exceptedUntil, ...rest } = row
  return {
    ...rest,
    subject: { kind: subjectKind, key: subjectKey, label: subjectLabel },
    state: closedAt !== null ? 'closed' : exceptedUntil !== null ? 'excepted' : 'open',
    reopenedAt: reopenedAt ?? undefined,
    closedAt: closedAt ?? undefined,
    owner: owner ?? undefined,
    exceptedUntil: exceptedUntil ?? undefined,
  }
}
