/**
 * Working findings off. A finding opens, closes and opens again by its check alone; people own it, speak about it, and may
 * except it for a while. The rules:
 *  - An exception never changes a status: what failed is still failed, "excepted until …".
 *  - It ends by itself with its last day, and with the failure that it was given for: when the finding opens again, it
 *    does not count, and somebody has to accept the failure anew.
 *  - Who owns a finding as a member, or is mentioned in a comment, may see it: officers and auditors every one, a manager
 *    those that concern their people. By name alone it can be given to anybody.
 */
import { createWriteStream } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { z } from 'zod'
import type { Principal } from '#core/door.ts'
import type { Json } from '#core/ledger/model/entry.ts'
import type { Happening } from '#core/ledger/service.ts'
import { type News, notifyMembers } from '#core/notifications/notify.ts'
import { findPeopleSeen } from '#core/people/service.ts'
import { type Severity, severities } from '#core/safeguards/model.ts'
import type { Context } from '#platform/context.ts'
import { day, officers, type Role } from '#platform/contract.ts'
import { addDays, type Day, isDay, sayDay } from '#platform/days.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import { mentionsIn } from './model/comment.ts'
import { csvHead, csvRow, type Finding, type FindingState } from './model.ts'
import {
  countClosed,
  countFindingRows,
  countOpenRows,
  type ExceptionRow,
  endExceptionsOf,
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
  insertExceptions,
  listConcerning,
  listEvents,
  listFindingRows,
  listLikelyManagers,
  listMembersIn,
  listMembersWith,
  listMovedRows,
  listNames,
  listTelling,
  lockFindingRow,
  lockFindingRows,
  type MemberRow,
  type Moved,
  type OwnerSet,
  placeOf,
  readFindingRows,
  setExceptionEnded,
  setOwners,
  type Telling,
} from './store.ts'

export type { Finding, FindingState } from './model.ts'
export type { ExceptionRow, FindingEvent, FindingSort } from './store.ts'

/** How long an exception runs at most: it is looked at again once a year. */
const longestExceptionDays = 366
const longestPage = 1_000
const readAtOnce = 1_000
const eventsShown = 1_000
/** How many findings are given to somebody, or excepted, at once at most. */
export const mostOwnedAtOnce = 500
const mostMentions = 20
const mostReaders = 1_000

const refuse = refusals('finding', {
  unknown: ['missing', 'There is no such finding.', 'list the findings to see their numbers'],
  'unknown-safeguard': ['missing', 'There is no such safeguard.', 'its name is practice.claim'],
  'unknown-practice': ['missing', 'There is no such practice.'],
  'page-too-long': ['invalid', `A page holds 1 to ${longestPage} findings.`],
  closed: ['conflict', 'This finding is closed: its check passes.', 'nothing is left to do about it'],
  'too-many': ['invalid', `At most ${mostOwnedAtOnce} findings are changed at once.`],
  'empty-comment': ['invalid', 'The comment is empty.'],
  'owner-unclear': ['invalid', 'A finding is given to a member or to somebody by name.', 'say one of the two'],
  'owner-unknown': [
    'invalid',
    'There is no such member who may see it.',
    'give it to one of those who may, or to anybody by name',
  ],
  'no-member': ['invalid', 'Only a member has findings of their own.', 'say whose by name, or sign in as a member'],
  'mention-unknown': [
    'invalid',
    'The comment mentions somebody who may not see this finding.',
    'mention one of those who may',
  ],
  'too-many-mentions': ['invalid', `A comment mentions at most ${mostMentions} members.`],
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
  /** By name, or by number as a member; null for those that nobody owns. */
  readonly owner?: string | number | null | undefined
  /** `open` without the excepted ones; `not-closed` is both; `not-closed` when not said. */
  readonly state?: FindingState | 'not-closed' | 'all' | undefined
  readonly isOverdue?: boolean | undefined
  /** Opened (again) within so many days. */
  readonly openedWithinDays?: number | undefined
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

/** What opened (again) since an instant and is open, and what closed since: how many, and the first few. */
export async function listMovedFindings(
  { db, today }: Context,
  { since, limit }: { readonly since: Date; readonly limit: number },
): Promise<Pick<FindingsSummary, 'opened' | 'closed'>> {
  const rows = await listMovedRows(db, today, since, limit)
  const moved = (what: Moved['tells']) => {
    const told = rows.filter(({ tells }) => tells === what)
    return { count: told[0]?.count ?? 0, first: told.map(findingOf) }
  }
  const [opened, closed] = [moved('opened'), moved('closed')]
  return {
    opened: { ...opened, first: opened.first.sort(compareWorst) },
    closed: { ...closed, first: closed.first.sort((a, b) => Number(b.closedAt) - Number(a.closedAt) || a.id - b.id) },
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
  /** Who is who in them. */
  readonly members: readonly { readonly id: number; readonly name: string }[]
}

export async function showFinding(
  { db, today }: Context,
  { findingId, people }: { readonly findingId: number; readonly people?: readonly number[] | undefined },
): Promise<FindingShown> {
  const row = await findFindingRow(db, today, findingId, people)
  if (!row) throw refuse('unknown')
  const exception = row.exceptedUntil === null ? undefined : await findException(db, today, findingId)
  const events = await listEvents(db, findingId, eventsShown)
  const named = events.flatMap(({ actor, body, kind }) => [
    ...(/^member:([1-9]\d{0,15})$/.exec(actor)?.slice(1).map(Number) ?? []),
    ...(kind === 'commented' ? mentionsIn(body ?? '') : []),
  ])
  const members = named.length === 0 ? [] : await listNames(db, [...new Set(named)])
  return { finding: findingOf(row), exception, events, members }
}

/** Those who see every finding; an auditor sees them too, and works none off. */
const seesAll: readonly Role[] = [...officers, 'auditor']

/**
 * The members who may see a finding, by name; without one, those who may see all. `people` is what whoever asks sees of
 * findings themselves.
 */
export async function listReaders(
  context: Context,
  { findingId, people }: { readonly findingId?: number | undefined; readonly people?: readonly number[] | undefined },
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  const { db, today } = context
  // Who sees some findings only has no business with a list that is about none of them.
  if (findingId === undefined ? people !== undefined : !(await findFindingRow(db, today, findingId, people))) {
    throw refuse('unknown')
  }
  const found = [...(await listMembersWith(db, today, seesAll, mostReaders))]
  const managers = findingId === undefined ? [] : await listLikelyManagers(db, today, findingId)
  for (const manager of managers) {
    if (found.some(({ id }) => id === manager.id) || found.length >= mostReaders) continue
    if (await maySee(context, manager, findingId === undefined ? [] : [findingId])) found.push(manager)
  }
  return found.map(({ id, name }) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name) || a.id - b.id)
}

/** Whether a member may see all of these findings. */
async function maySee(context: Context, member: MemberRow, findingIds: readonly number[]): Promise<boolean> {
  if (member.roles.some((role) => seesAll.includes(role))) return true
  const people = await findPeopleSeen(context, principalOf(member))
  if (people === undefined) return true
  return (await listConcerning(context.db, findingIds, people)).length === new Set(findingIds).size
}

/** A member as they would stand at the door. */
function principalOf({ id, roles }: MemberRow): Principal {
  return { kind: 'member', memberId: id, organisationId: 0, identityId: 0, sessionId: 0, roles }
}

/** What a change hands to whoever appends its entry to the ledger. */
type Recorded = Pick<Happening, 'subjects' | 'payload'>

/** To whom a finding goes: a member, anybody by name, or, with neither, nobody. */
export interface NewOwner {
  readonly owner?: string | null | undefined
  readonly memberId?: number | undefined
}

type Ownership = Pick<OwnerSet, 'owner' | 'memberId'>

/** Gives an open finding to somebody, or back to nobody; tells whose it was. */
export async function ownFinding(
  context: Context,
  input: { readonly findingId: number } & NewOwner,
): Promise<Recorded & { readonly before: OwnerSet }> {
  const finding = await lockOpen(context, input.findingId)
  const given = await readOwner(context, input, [finding.id])
  const before = ownershipOf(finding)
  if (!isSameOwner(before, given)) await give(context, [finding], given)
  return {
    before,
    ...record(finding, {
      ...sayOwner(given),
      before: before.owner,
      ...(before.memberId !== null && { memberBefore: before.memberId }),
    }),
  }
}

/** Gives several open findings to somebody, or back to nobody: all of them, or none where one is unknown or closed. */
export async function ownFindings(
  context: Context,
  input: { readonly findingIds: readonly number[] } & NewOwner,
): Promise<Recorded & { readonly changed: number; readonly before: readonly OwnerSet[] }> {
  const ids = [...new Set(input.findingIds)]
  if (ids.length > mostOwnedAtOnce) throw refuse('too-many')
  const found = await lockFindingRows(context.db, context.today, ids)
  if (found.length < ids.length) throw refuse('unknown')
  if (found.some(({ closedAt }) => closedAt !== null)) throw refuse('closed')
  const given = await readOwner(context, input, ids)
  const others = found.filter((finding) => !isSameOwner(ownershipOf(finding), given))
  if (others.length > 0) await give(context, others, given)
  return {
    changed: others.length,
    before: others.map(ownershipOf),
    subjects: found.map(({ id }) => `finding:${id}`),
    payload: {
      ...sayOwner(given),
      before: found.map((finding) => ({ finding: finding.id, ...sayOwner(ownershipOf(finding)) })),
    },
  }
}

/** Takes back that findings were given to somebody. What is closed, or somebody else's by now, is left alone. */
export async function restoreOwners(
  context: Context,
  input: { readonly before: readonly OwnerSet[]; readonly given: NewOwner },
): Promise<Recorded & { readonly restored: number; readonly left: number }> {
  const former = new Map(input.before.map((one) => [one.findingId, one]))
  if (former.size > mostOwnedAtOnce) throw refuse('too-many')
  const found = await lockFindingRows(context.db, context.today, [...former.keys()])
  if (found.length < former.size) throw refuse('unknown')
  const members = [...former.values()].flatMap(({ memberId }) => memberId ?? [])
  const names = new Map((await listNames(context.db, members)).map(({ id, name }) => [id, name]))
  if (members.some((id) => !names.has(id))) throw refuse('owner-unknown')
  const isTheirs = ({ owner, ownerMemberId, closedAt }: FindingRow) =>
    closedAt === null &&
    (input.given.memberId === undefined
      ? ownerMemberId === null && owner === (input.given.owner ?? null)
      : ownerMemberId === input.given.memberId)
  const restored = found.filter(isTheirs).flatMap(({ id }): OwnerSet[] => {
    const one = former.get(id)
    if (!one) return []
    const { memberId } = one
    return [{ findingId: id, memberId, owner: memberId === null ? one.owner : (names.get(memberId) ?? null) }]
  })
  await setOwners(context.db, restored)
  for (const [owner, theirs] of Map.groupBy(restored, ({ owner }) => owner)) {
    const ids = theirs.map(({ findingId }) => findingId)
    await note(context, ids, 'owned', owner)
  }
  return {
    restored: restored.length,
    left: found.length - restored.length,
    subjects: restored.map(({ findingId }) => `finding:${findingId}`),
    payload: {
      restored: restored.map((one) => ({ finding: one.findingId, ...sayOwner(one) })),
    },
  }
}

/** Refuses a request that says neither a member nor a name: it would pass for giving back to nobody. */
export function checkGiven(given: NewOwner): NewOwner {
  if ((given.owner === undefined) === (given.memberId === undefined)) throw refuse('owner-unclear')
  return given
}

/** The member that somebody at the door is: programs and operators own nothing. */
export function memberOf(principal: Principal): number {
  if (principal.kind !== 'member') throw refuse('no-member')
  return principal.memberId
}

async function readOwner(context: Context, input: NewOwner, findingIds: readonly number[]): Promise<Ownership> {
  const { memberId } = input
  const owner = input.owner?.trim() || null
  if (memberId === undefined) return { owner, memberId: null }
  if (owner !== null) throw refuse('owner-unclear')
  const [member] = await listMembersIn(context.db, context.today, [memberId])
  if (!member || !(await maySee(context, member, findingIds))) throw refuse('owner-unknown')
  return { owner: member.name, memberId }
}

function ownershipOf({ id, owner, ownerMemberId }: FindingRow): OwnerSet {
  return { findingId: id, owner, memberId: ownerMemberId }
}

function sayOwner({ owner, memberId }: Ownership) {
  return memberId === null ? { owner } : { owner, member: memberId }
}

function isSameOwner(before: Ownership, given: Ownership): boolean {
  return before.memberId === given.memberId && (given.memberId !== null || before.owner === given.owner)
}

async function give(context: Context, findings: readonly FindingRow[], given: Ownership): Promise<void> {
  const ids = findings.map(({ id }) => id)
  await setOwners(
    context.db,
    ids.map((findingId) => ({ findingId, ...given })),
  )
  await note(context, ids, 'owned', given.owner)
  const [first] = findings
  if (given.memberId === null || first === undefined) return
  const news: News = {
    memberIds: [given.memberId],
    kind: 'finding-given',
    about: `finding:${first.id}`,
    words: findings.length === 1 ? { finding: first.detail } : { count: findings.length },
  }
  await notifyMembers(context, [news])
}

/** Writes a comment; those whom it mentions (`@[member:12]`) are told. `people` is whom the writer sees, undefined for all. */
export async function commentOnFinding(
  context: Context,
  input: {
    readonly findingId: number
    readonly comment: string
    readonly people?: readonly number[] | undefined
  },
): Promise<Recorded> {
  const comment = input.comment.trim()
  if (comment === '') throw refuse('empty-comment')
  const finding = await findFindingRow(context.db, context.today, input.findingId, input.people)
  if (!finding) throw refuse('unknown')
  const mentioned = mentionsIn(comment)
  if (mentioned.length > mostMentions) throw refuse('too-many-mentions')
  const members = mentioned.length === 0 ? [] : await listMembersIn(context.db, context.today, mentioned)
  if (members.length < mentioned.length) throw refuse('mention-unknown')
  for (const member of members) if (!(await maySee(context, member, [finding.id]))) throw refuse('mention-unknown')
  await note(context, [finding.id], 'commented', comment)
  if (mentioned.length > 0) {
    const about = `finding:${finding.id}`
    const words = { finding: finding.detail }
    await notifyMembers(context, [{ memberIds: mentioned, kind: 'mentioned', about, words }])
  }
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
  const given = readException(context, input)
  const finding = await lockOpen(context, input.findingId)
  if (finding.exceptedUntil !== null) throw refuseException('already-given', { day: sayDay(finding.exceptedUntil) })
  const lapsed = await findUnendedException(context.db, finding.id)
  if (lapsed) await end(context, finding.id, lapsed, noLongerCounted)
  const exceptionId = await insertException(context.db, finding.id, given)
  await note(context, [finding.id], 'excepted', given.reason)
  const { approvedAt: _, ...said } = given
  return { exceptionId, ...record(finding, { exception: exceptionId, ...said }) }
}

/** A finding that was left as it is, and why. */
export interface FindingLeft {
  readonly findingId: number
  readonly why: 'excepted' | 'closed'
}

/** Accepts several failures on the same grounds, each by an exception of its own; what needs none is told, not refused. */
export async function exceptFindings(
  context: Context,
  input: Omit<ExceptionWanted, 'findingId'> & { readonly findingIds: readonly number[] },
): Promise<Recorded & { readonly excepted: number; readonly left: readonly FindingLeft[] }> {
  const given = readException(context, input)
  const ids = [...new Set(input.findingIds)]
  if (ids.length > mostOwnedAtOnce) throw refuse('too-many')
  const found = await lockFindingRows(context.db, context.today, ids)
  if (found.length < ids.length) throw refuse('unknown')
  const left = found
    .filter(({ closedAt, exceptedUntil }) => closedAt !== null || exceptedUntil !== null)
    .map(({ id, closedAt }): FindingLeft => ({ findingId: id, why: closedAt === null ? 'excepted' : 'closed' }))
  const leftIds = new Set(left.map(({ findingId }) => findingId))
  const failing = ids.filter((id) => !leftIds.has(id))
  const lapsed = await endExceptionsOf(context.db, failing, context.now)
  await note(context, lapsed, 'exception-ended', noLongerCounted)
  const exceptions = await insertExceptions(context.db, failing, given)
  await note(context, failing, 'excepted', given.reason)
  const { approvedAt: _, ...said } = given
  return {
    excepted: failing.length,
    left,
    subjects: failing.map((id) => `finding:${id}`),
    payload: { ...said, exceptions: exceptions.map(({ finding, exception }) => ({ finding, exception })) },
  }
}

const noLongerCounted = 'It no longer counted.'

/** What an exception takes, as it was said; refuses what is missing or out of bounds. */
function readException({ now, today }: Context, input: Omit<ExceptionWanted, 'findingId'>): Omit<ExceptionRow, 'id'> {
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
  return { reason, compensatingControl, approvedBy, approvedAt: now, expiresOn }
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
  const { safeguard, practice, severity, state = 'not-closed', words, owner, isOverdue, people } = wanted
  const { openedWithinDays, dueWithinDays } = wanted
  if (safeguard !== undefined && !(await hasSafeguard(db, safeguard))) throw refuse('unknown-safeguard')
  if (practice !== undefined && !(await hasPractice(db, practice))) throw refuse('unknown-practice')
  return {
    states: statesOf[state],
    severities: typeof severity === 'string' ? [severity] : severity,
    safeguard,
    practice,
    owner,
    isOverdue,
    openedSince:
      openedWithinDays === undefined ? undefined : new Date(`${addDays(today, -openedWithinDays)}T00:00:00Z`),
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
  const {
    tells: _,
    subjectKind,
    subjectKey,
    subjectLabel,
    reopenedAt,
    closedAt,
    owner,
    exceptedUntil,
    ownerMemberId,
    ...rest
  } = row
  return {
    ...rest,
    subject: { kind: subjectKind, key: subjectKey, label: subjectLabel },
    state: closedAt !== null ? 'closed' : exceptedUntil !== null ? 'excepted' : 'open',
    reopenedAt: reopenedAt ?? undefined,
    closedAt: closedAt ?? undefined,
    owner: owner ?? undefined,
    ownerMemberId: ownerMemberId ?? undefined,
    exceptedUntil: exceptedUntil ?? undefined,
  }
}
