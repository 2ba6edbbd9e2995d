/**
 * Working cases off. The rules:
 *  - Status has no write path, but a decision is a person's: it takes a reason, and is made on the version that was looked at.
 *  - Nobody decides on a case of their own accesses, opens it again, gives it to somebody or is given it. They may read it, as
 *    the accesses are theirs, and comment on it; their reading is not what counts as having looked. An operator is nobody
 *    whose accesses could be compared, and decides on none.
 *  - A violation asks for an incident: a task for who decided, until incidents can be drafted by Vigil itself.
 *  - Reading the patients and accesses of a case needs no purpose beside the case, and is on the ledger. A privacy officer's
 *    reading is what counts as having looked at it.
 */
import { z } from 'zod'
import type { Beforehand, Call, Recorded } from '#core/door.ts'
import { usernameKey } from '#core/people/model.ts'
import { openTask } from '#core/tasks/service.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { addDays, isDay } from '#platform/days.ts'
import { pageFrom, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import type { ToldAccess } from '#trail/trail.ts'
import { toWire as accessToWire, readAccesses } from '../trail/asking.ts'
import { hasTrail, reachTrail } from '../trail/reach.ts'
import { readSettings } from '../trail/settings.ts'
import type * as contract from './contract.ts'
import { daysOf, isNamesake } from './model.ts'
import { openBody, openStory, type SealedStory, sealBody } from './sealed.ts'
import {
  type CaseRow,
  type CaseSort,
  countCases,
  countKinds,
  findCase,
  findSuspect,
  insertEvent,
  isReviewer,
  type ListedCase,
  listCaseRows,
  listEvents,
  listHistories,
  listNames,
  listOthers,
  listReviewers,
  lockCases,
  placeOf,
  setDecided,
  setIncidentTask,
  setOpen,
  setOwner,
  setSeen,
} from './store.ts'

const refuse = refusals('case', {
  unknown: ['missing', 'There is no such case.', 'list the cases to see them'],
  'unknown-owner': ['invalid', 'An owner is nobody, me or member:<number>.'],
  changed: ['conflict', 'The story has changed since you looked at it.', 'look at it again, then decide'],
  decided: ['conflict', 'This case is decided, or explained.', 'open it again first'],
  open: ['conflict', 'This case is open already.'],
  'no-reviewer': ['invalid', 'A case is given to a privacy officer who may sign in.'],
  own: [
    'forbidden',
    'This case is of your own accesses: you may read it and comment on it, and another privacy officer decides.',
    'where there is no other, an administrator gives the role to another member; until then an auditor sees that the case waits',
  ],
  'own-owner': ['invalid', 'A case is not given to the person it is about.', 'give it to another privacy officer'],
  'needs-officer': [
    'forbidden',
    'A privacy officer who is signed in decides on cases; no program and no operator does.',
  ],
})

/** How many accesses of a case are shown at most, and how many are read to find them. */
const mostAccesses = 1_000
const mostRead = 20_000
/** With more patients than these, the person's accesses are gone through rather than each patient's. */
const fewPatients = 8
const dayMs = 86_400_000
const incidentWithinDays = 3

type Wire = OutputOf<typeof contract.listCases>['items'][number]

// Reading ---------------------------------------------------------------------------------------------------------------

const places: Readonly<Record<CaseSort, z.ZodType<[string | number, string]>>> = {
  score: z.tuple([z.int(), z.string().max(32)]),
  opened: z.tuple([z.iso.datetime(), z.string().max(32)]),
  due: z.tuple([z.string().refine(isDay), z.string().max(32)]),
  last: z.tuple([z.iso.datetime(), z.string().max(32)]),
}

export async function listCases(
  call: Call,
  { sort, limit, after, owner, q, overdue, ...filter }: InputOf<typeof contract.listCases>,
): Promise<OutputOf<typeof contract.listCases>> {
  const place = after === undefined ? undefined : readCursor(places[sort], after)
  const { state, kind, sameAs } = filter
  const wanted = {
    state,
    kind,
    sameAs,
    owner: ownerOf(call, owner),
    words: q,
    isOverdue: overdue,
    today: call.today,
  }
  const rows = await listCaseRows(call.db, wanted, { sort, after: place, limit: limit + 1 })
  const { items, next } = pageFrom(rows, limit, (row) => placeOf(row, sort))
  return { items: await Promise.all(items.map(async (row) => toWire(call, row, await openStory(call, row)))), next }
}

function ownerOf({ principal }: Call, owner: string | undefined): number | null | undefined {
  if (owner === undefined) return undefined
  if (owner === 'nobody') return null
  // Programs and operators own nothing.
  if (owner === 'me') return principal.kind === 'member' ? principal.memberId : 0
  const id = /^member:([1-9]\d{0,14})$/.exec(owner)?.[1]
  if (id === undefined) throw refuse('unknown-owner')
  return Number(id)
}

const isUndecided = ({ state }: Pick<CaseRow, 'state'>) => state === 'open' || state === 'talk'

function toWire({ today }: Pick<Context, 'today'>, row: ListedCase, { narrative }: SealedStory): Wire {
  const { personId, personName, department, role, ownerMemberId, ownerName, otherCount, otherViolations } = row
  return {
    id: row.id,
    version: row.version,
    kind: row.kind,
    score: row.score,
    state: row.state,
    narrative,
    person: { id: personId, name: personName, department, role },
    logins: [...row.logins],
    patientCount: row.patientCount,
    accesses: row.accesses,
    days: row.days,
    firstAt: row.firstAt,
    lastAt: row.lastAt,
    openedAt: row.openedAt,
    dueOn: row.dueOn,
    isOverdue: isUndecided(row) && row.dueOn < today,
    seenAt: row.seenAt,
    decidedAt: row.decidedAt,
    decidedBy: row.decidedBy,
    owner: ownerMemberId === null ? null : { memberId: ownerMemberId, name: ownerName ?? '' },
    others: { count: otherCount, violations: otherViolations },
  }
}

export async function showCase(
  call: Call,
  { caseId }: InputOf<typeof contract.showCase>,
): Promise<OutputOf<typeof contract.showCase>> {
  const { db } = call
  const row = await findCase(db, caseId)
  if (!row) throw refuse('unknown')
  const { told, missed, explainedBy, ...story } = await openStory(call, row)
  const events = await Promise.all(
    (await listEvents(db, caseId)).map(async ({ sealed, kind, ...event }) => ({
      ...event,
      kind: kind as OutputOf<typeof contract.showCase>['events'][number]['kind'],
      body: await openBody(call, caseId, sealed),
    })),
  )
  const last = events.findLast((event) => event.kind === 'decided')
  const decided = last?.decision === row.state ? last : undefined
  const given = events.map(({ kind, body }) => (kind === 'assigned' ? (body ?? '') : ''))
  const named = [...events.map(({ actor }) => actor), ...given, row.decidedBy ?? ''].flatMap(
    (actor) => /^member:(\d+)$/.exec(actor)?.[1] ?? [],
  )
  return {
    case: toWire(call, row, { told, missed, explainedBy, ...story }),
    isOwn: await isOwn(call, row),
    told: told.map(({ kind, says }) => ({ kind, says })),
    missed: [...missed],
    explainedBy: explainedBy === '' ? null : explainedBy,
    decision: decided?.decision ? { decision: decided.decision, reason: decided.body ?? '' } : null,
    incidentTaskId: row.incidentTaskId,
    events,
    members: [...(await listNames(db, [...new Set(named)].map(Number)))],
    others: [...(await listOthers(db, row))],
  }
}

export async function countAll({ db, now, today }: Context): Promise<OutputOf<typeof contract.countCases>> {
  const counts = await countCases(db, today, new Date(now.getTime() - dayMs))
  return { ...counts, kinds: [...(await countKinds(db))] }
}

export async function listWhoReviews({ db, today, principal }: Call): Promise<OutputOf<typeof contract.listReviewers>> {
  const me = principal.kind === 'member' ? principal.memberId : undefined
  return { items: (await listReviewers(db, today)).map((one) => ({ ...one, isMe: one.id === me })) }
}

// Reading what a case is about ------------------------------------------------------------------------------------------

type Read = OutputOf<typeof contract.readCase>

/** Reads a case's patients and accesses, before the transaction that says so. */
export async function prepareReading(
  beforehand: Beforehand,
  { caseId }: InputOf<typeof contract.readCase>,
): Promise<Read> {
  const { services, organisationId } = beforehand
  const row = await services.database.inOrganisation(organisationId, (db) => findCase(db, caseId))
  if (!row) throw refuse('unknown')
  const { patients } = await openStory(beforehand, row)
  const since = row.firstAt
  const until = new Date(row.lastAt.getTime() + 1)
  const logins = new Set(row.logins)
  const named = new Set(patients.map(({ patient }) => patient))
  const found = new Map<number, ToldAccess>()
  let isCut = false
  const collect = async (by: 'patient' | 'person', id: string, isMeant: (access: ToldAccess) => boolean) => {
    let read = 0
    const { accesses } = await readAccesses(beforehand, { by, id, since, until }, mostRead)
    for await (const access of accesses) {
      read += 1
      if (isMeant(access)) found.set(access.seq, access)
    }
    isCut ||= read >= mostRead
  }
  if (patients.length > 0 && patients.length <= fewPatients) {
    for (const { patient } of patients) await collect('patient', patient, ({ user }) => logins.has(user))
  } else {
    const areAllNamed = row.patientCount > 0 && row.patientCount <= patients.length
    for (const login of logins) await collect('person', login, ({ patient }) => !areAllNamed || named.has(patient))
  }
  const inOrder = [...found.values()].sort((a, b) => a.at.getTime() - b.at.getTime() || a.seq - b.seq)
  return {
    patients: patients.map(({ patient, name }) => ({ patient, name })),
    patientCount: row.patientCount,
    accesses: inOrder.slice(0, mostAccesses).map(accessToWire),
    hasMore: isCut || inOrder.length > mostAccesses,
  }
}

export async function readCase(
  call: Call,
  { caseId }: InputOf<typeof contract.readCase>,
  output: Read,
): Promise<Recorded & { readonly output: Read }> {
  const row = await lockCase(call, caseId)
  const { principal } = call
  const isOfficer = principal.kind === 'member' && principal.roles.includes('privacy-officer')
  if (isOfficer && !(await isOwn(call, row))) await noteSeen(call, row)
  return { output, ...record(row, { accesses: output.accesses.length, patients: output.patientCount }) }
}

async function noteSeen(call: Call, { id }: CaseRow): Promise<void> {
  if (await setSeen(call.db, id, call.now)) await note(call, id, 'seen')
}

// Changing --------------------------------------------------------------------------------------------------------------

type Changed<O> = Promise<Recorded & { readonly output: O }>

export async function decideCase(
  call: Call,
  { caseId, version, decision, reason }: InputOf<typeof contract.decideCase>,
): Changed<OutputOf<typeof contract.decideCase>> {
  const { db, actor, now, today, principal } = call
  if (principal.kind !== 'member') throw refuse('needs-officer')
  const row = await lockCaseOfOthers(call, caseId)
  if (!isUndecided(row)) throw refuse('decided')
  if (row.version !== version) throw refuse('changed')
  await setDecided(db, row, { decision, by: actor, at: now })
  await note(call, caseId, 'decided', reason, decision)
  let incidentTaskId: number | null = null
  if (decision === 'violation') {
    const { task } = await openTask(call, {
      kind: 'incidents.draft',
      title: 'Draft an incident for a violation of the access trail',
      about: `case:${caseId}`,
      assignee: actor,
      dueOn: addDays(today, incidentWithinDays),
    })
    incidentTaskId = task.id
    await setIncidentTask(db, caseId, task.id)
    await note(call, caseId, 'incident-asked')
  }
  tellEngine(call)
  return {
    output: { ...(await shown(call, caseId)), incidentTaskId },
    ...record(row, { decision, reason, version, incidentTask: incidentTaskId ?? undefined }),
  }
}

export async function reopenCase(
  call: Call,
  { caseId, reason }: InputOf<typeof contract.reopenCase>,
): Changed<OutputOf<typeof contract.reopenCase>> {
  const { db, now, today, principal } = call
  if (principal.kind !== 'member') throw refuse('needs-officer')
  const row = await lockCaseOfOthers(call, caseId)
  if (row.state === 'open') throw refuse('open')
  await setOpen(db, caseId, { openedAt: now, ...daysOf(today, await readSettings(call)) })
  await note(call, caseId, 'reopened', reason)
  tellEngine(call)
  return { output: await shown(call, caseId), ...record(row, { was: row.state, reason }) }
}

export async function assignCase(
  call: Call,
  { caseId, memberId }: InputOf<typeof contract.assignCase>,
): Changed<OutputOf<typeof contract.assignCase>> {
  const { db, today } = call
  const row = await lockCaseOfOthers(call, caseId)
  if (memberId !== null) {
    if (!(await isReviewer(db, today, memberId))) throw refuse('no-reviewer')
    if (await isAbout(call, row, memberId)) throw refuse('own-owner')
  }
  await setOwner(db, caseId, memberId)
  await note(call, caseId, 'assigned', memberId === null ? undefined : `member:${memberId}`)
  return { output: await shown(call, caseId), ...record(row, { to: memberId, from: row.ownerMemberId }) }
}

export async function commentOnCase(
  call: Call,
  { caseId, comment }: InputOf<typeof contract.commentOnCase>,
): Changed<OutputOf<typeof contract.commentOnCase>> {
  const row = await lockCase(call, caseId)
  await note(call, caseId, 'commented', comment)
  return { output: await shown(call, caseId), ...record(row, { comment }) }
}

async function lockCase({ db }: Call, caseId: string): Promise<CaseRow> {
  const row = (await lockCases(db, [caseId])).get(caseId)
  if (!row) throw refuse('unknown')
  return row
}

/** Locks a case for a change that nobody makes in a case of their own. */
async function lockCaseOfOthers(call: Call, caseId: string): Promise<CaseRow> {
  const row = await lockCase(call, caseId)
  if (await isOwn(call, row)) throw refuse('own')
  return row
}

async function isOwn(call: Call, row: CaseRow): Promise<boolean> {
  const { principal } = call
  return principal.kind === 'member' && (await isAbout(call, row, principal.memberId))
}

/** Whether a case is of a member's accesses: as lists say it, and as names do where no list says whose logins they are. */
async function isAbout({ db }: Call, row: CaseRow, memberId: number): Promise<boolean> {
  const { personId, logins } = row
  // "CLINIC\dreyes" is an account's "dreyes" too.
  const spellings = logins
    .flatMap((login) => [login.toLowerCase(), usernameKey(login)])
    .filter((login) => login !== undefined)
  const member = await findSuspect(db, memberId, { personId, logins: spellings })
  if (!member) return false
  return member.isTheirs || (personId === null && isNamesake(member, row))
}

async function shown(call: Call, caseId: string): Promise<{ case: Wire }> {
  const row = await findCase(call.db, caseId)
  if (!row) throw refuse('unknown')
  return { case: toWire(call, row, await openStory(call, row)) }
}

async function note(
  call: Call,
  caseId: string,
  kind: string,
  body?: string,
  decision: contract.Decision | null = null,
): Promise<void> {
  const { db, actor, now: at } = call
  const sealed = await sealBody(call, caseId, body)
  await insertEvent(db, caseId, { kind, decision, sealed, actor, at })
}

function record({ id, kind }: CaseRow, beside: Readonly<Record<string, string | number | null | undefined>>): Recorded {
  return { subjects: [`case:${id}`], payload: { kind, ...beside } }
}

/** Tells the engine what became of its stories, once that is committed; what is lost in between is told at night. */
function tellEngine(call: Call): void {
  const { services, organisationId } = call
  call.afterwards(async () => {
    const counts = await services.database.inOrganisation(organisationId, (db) => listFeedback({ db }))
    if (!(await hasTrail(call))) return
    await reachTrail(call)
      .setFeedback(counts)
      .catch(() => undefined)
  })
}

/** What people decided of the cases of each rule. */
export async function listFeedback({ db }: Pick<Context, 'db'>) {
  return (await listHistories(db)).map(({ kind, appropriate, violation }) => ({
    rule: kind,
    decided: appropriate + violation,
    appropriate,
  }))
}
