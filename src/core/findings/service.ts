/**
 * Working findings off. A finding opens, closes and opens again by its check alone; people own it, speak about it, and may
 * except it for a while. The rules:
 *  - An exception never changes a status: what failed is still failed, "excepted until …".
 *  - It ends by itself with its last day, and with the failure that it was given for: when the finding opens again, it
 *    does not count, and somebody has to accept the failure anew.
 */
import type { Json } from '#core/ledger/model/entry.ts'
import type { Happening } from '#core/ledger/service.ts'
import type { FindingPosture, Severity } from '#core/safeguards/model.ts'
import type { Context } from '#platform/context.ts'
import { addDays, type Day, isDay, sayDay } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import {
  countFindingRows,
  type ExceptionRow,
  type FindingEvent,
  type FindingFilter,
  type FindingRow,
  type FindingState,
  findException,
  findFindingRow,
  findPlace,
  findUnendedException,
  hasPractice,
  hasSafeguard,
  insertEvent,
  insertException,
  listEvents,
  listFindingRows,
  lockFindingRow,
  readFindingRows,
  setExceptionEnded,
  setOwner,
} from './store.ts'

export type { FindingEvent, FindingState } from './store.ts'

/** How long an exception runs at most: it is looked at again once a year. */
const longestExceptionDays = 366
const longestPage = 1_000
const readAtOnce = 1_000
const eventsShown = 1_000

const refuse = refusals('finding', {
  unknown: ['missing', 'There is no such finding.', 'list the findings to see their numbers'],
  'unknown-safeguard': ['missing', 'There is no such safeguard.', 'its name is practice.claim'],
  'unknown-practice': ['missing', 'There is no such practice.'],
  'page-too-long': ['invalid', `A page holds 1 to ${longestPage} findings.`],
  closed: ['conflict', 'This finding is closed: its check passes.', 'nothing is left to do about it'],
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

/** A finding as lists show it; the remedy is the safeguard's, in the code. */
export interface Finding extends Omit<FindingPosture, 'remedy'> {
  readonly state: FindingState
  /** When it opened again last. */
  readonly reopenedAt: Date | undefined
  readonly closedAt: Date | undefined
}

export interface FindingsWanted {
  readonly severity?: Severity | undefined
  readonly practice?: string | undefined
  readonly safeguard?: string | undefined
  readonly owner?: string | undefined
  /** `open` without the excepted ones; `not-closed` is both; `not-closed` when not said. */
  readonly state?: FindingState | 'not-closed' | 'all' | undefined
}

/** Lists findings, the worst first: by severity, then those due first. The next page begins `after` the last one's id. */
export async function listFindings(
  { db, today }: Context,
  wanted: FindingsWanted & { readonly limit?: number | undefined; readonly after?: number | undefined } = {},
): Promise<readonly Finding[]> {
  const limit = wanted.limit ?? longestPage
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage) throw refuse('page-too-long')
  const filter = await filterOf({ db }, wanted)
  const after = wanted.after === undefined ? undefined : await findPlace(db, wanted.after)
  if (wanted.after !== undefined && !after) throw refuse('unknown')
  return (await listFindingRows(db, today, filter, { limit, after })).map(findingOf)
}

/** Reads all findings wanted, the worst first, in batches with constant memory, as of one moment. For reports. */
export async function* readFindings(
  { db, today }: Context,
  wanted: FindingsWanted = {},
): AsyncGenerator<readonly Finding[]> {
  const filter = await filterOf({ db }, wanted)
  for await (const rows of readFindingRows(db, today, filter, readAtOnce)) yield rows.map(findingOf)
}

export interface FindingCounts {
  readonly open: Readonly<Record<Severity, number>>
  /** Those excepted, which `open` does not count. */
  readonly excepted: Readonly<Record<Severity, number>>
}

export async function countFindings({ db, today }: Context): Promise<FindingCounts> {
  const counts = {
    open: { critical: 0, high: 0, medium: 0, low: 0 },
    excepted: { critical: 0, high: 0, medium: 0, low: 0 },
  }
  for (const { severity, isExcepted, count } of await countFindingRows(db, today)) {
    counts[isExcepted ? 'excepted' : 'open'][severity] = count
  }
  return counts
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
  { findingId }: { readonly findingId: number },
): Promise<FindingShown> {
  const row = await findFindingRow(db, today, findingId)
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
    await setOwner(context.db, finding.id, owner)
    await note(context, finding.id, 'owned', owner ?? null)
  }
  return record(finding, { owner: owner ?? null, before: finding.owner })
}

export async function commentOnFinding(
  context: Context,
  input: { readonly findingId: number; readonly comment: string },
): Promise<Recorded> {
  const comment = input.comment.trim()
  if (comment === '') throw refuse('empty-comment')
  const finding = await findFindingRow(context.db, context.today, input.findingId)
  if (!finding) throw refuse('unknown')
  await note(context, finding.id, 'commented', comment)
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
  await note(context, finding.id, 'excepted', reason)
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
  await note(context, findingId, 'exception-ended', reason ?? null)
}

async function lockOpen({ db, today }: Context, findingId: number): Promise<FindingRow> {
  const finding = await lockFindingRow(db, today, findingId)
  if (!finding) throw refuse('unknown')
  if (finding.closedAt !== null) throw refuse('closed')
  return finding
}

async function note(
  { db, actor, now }: Context,
  findingId: number,
  kind: FindingEvent['kind'],
  body: string | null,
): Promise<void> {
  await insertEvent(db, findingId, { kind, body, actor, at: now })
}

function record(finding: FindingRow, said: Readonly<Record<string, Json | undefined>>): Recorded {
  return {
    subjects: [`finding:${finding.id}`],
    payload: { finding: finding.id, safeguard: finding.safeguard, subject: finding.subjectKey, ...said },
  }
}

/** Refuses what names nothing: an empty list would pass for good news. */
async function filterOf({ db }: Pick<Context, 'db'>, wanted: FindingsWanted): Promise<FindingFilter> {
  const { safeguard, practice, state = 'not-closed' } = wanted
  if (safeguard !== undefined && !(await hasSafeguard(db, safeguard))) throw refuse('unknown-safeguard')
  if (practice !== undefined && !(await hasPractice(db, practice))) throw refuse('unknown-practice')
  return { ...wanted, states: statesOf[state] }
}

const statesOf: Readonly<Record<NonNullable<FindingsWanted['state']>, readonly FindingState[]>> = {
  open: ['open'],
  excepted: ['excepted'],
  'not-closed': ['open', 'excepted'],
  closed: ['closed'],
  all: ['open', 'excepted', 'closed'],
}

function findingOf(row: FindingRow): Finding {
  const { subjectKind, subjectKey, subjectLabel, reopenedAt, closedAt, owner, exceptedUntil, ...rest } = row
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
