/**
 * Asking who opened what. The rules:
 *  - A question is on the ledger with its purpose before anybody sees the answer: both commit together, or neither does.
 *  - The whole answer is counted, and its first page told; the rest is read on by who asked, for half an hour.
 *  - Identifiers stand in the sealed payload of the ledger's entry and in the sealed question, and nowhere else.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Beforehand, Call, Recorded } from '#core/door.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { addDays, type Day } from '#platform/days.ts'
import { open, seal } from '#platform/keys.ts'
import { pageFrom, readCursor } from '#platform/paging.ts'
import type { ToldAccess } from '#trail/trail.ts'
import type * as contract from './contract.ts'
import { readableMs } from './model.ts'
import { hasTrail, type Place, reachTrail } from './reach.ts'
import { refuse } from './refusals.ts'
import { deleteOldQuestions, findBounds, findQuestion, insertQuestion } from './store.ts'

/** Of whom, and between which instants: from `since` on, and before `until`. */
export interface Question {
  readonly by: 'patient' | 'person'
  readonly id: string
  readonly since: Date | undefined
  readonly until: Date | undefined
}

type Wire = OutputOf<typeof contract.readOn>['items'][number]
type Group = OutputOf<typeof contract.askPatient>['question']['groups'][number]

/** All of an answer, counted, with its first page. */
export interface Gathered {
  readonly question: Question
  readonly size: number
  readonly total: number
  readonly explained: number
  readonly firstAt: Date | null
  readonly lastAt: Date | null
  readonly groups: readonly Group[]
  readonly groupCount: number
  readonly items: readonly Wire[]
  readonly next: string | null
}

const mostGroups = 200
const mostDays = 92

interface Asked {
  readonly since?: Day | undefined
  readonly until?: Day | undefined
}

/** Turns a period of days into instants, by the organisation's calendar. */
export async function readPeriod(
  { services, organisationId }: Pick<Beforehand, 'services' | 'organisationId'>,
  { since, until }: Asked,
): Promise<Pick<Question, 'since' | 'until'>> {
  if (since === undefined && until === undefined) return { since: undefined, until: undefined }
  if (since !== undefined && until !== undefined && until < since) throw refuse('backwards')
  const bounds = await services.database.inOrganisation(organisationId, (db) => findBounds(db, since, until), {
    isPrepared: true,
  })
  return { since: bounds.since ?? undefined, until: bounds.until ?? undefined }
}

/** Reads the accesses that a question means, the newest first; nothing at all where there is no trail yet. */
export async function readAccesses(
  place: Place,
  question: Question,
  limit?: number,
): Promise<{ readonly size: number; readonly accesses: AsyncIterable<ToldAccess> }> {
  const { by, id, since, until } = question
  if (!(await hasTrail(place))) return { size: 0, accesses: none() }
  const found = await reachTrail(place).who({ by: by === 'person' ? 'user' : 'patient', id, since, until, limit })
  return { size: found.size, accesses: within(found.accesses, question) }
}

async function* none(): AsyncGenerator<ToldAccess> {
  // There is no trail yet.
}

/** The end of a period is its first instant that no longer counts, whichever way the engine takes it. */
async function* within(accesses: AsyncIterable<ToldAccess>, { since, until }: Question): AsyncGenerator<ToldAccess> {
  for await (const access of accesses) {
    if (until !== undefined && access.at >= until) continue
    if (since !== undefined && access.at < since) continue
    yield access
  }
}

/** Reads the whole answer, and keeps what is told of it. */
export async function gather(place: Place, question: Question, limit: number): Promise<Gathered> {
  const { size, accesses } = await readAccesses(place, question)
  const first: ToldAccess[] = []
  const groups = new Map<string, Group>()
  let [total, explained] = [0, 0]
  let firstAt: Date | null = null
  let lastAt: Date | null = null
  for await (const access of accesses) {
    total += 1
    if (access.explained) explained += 1
    if (first.length <= limit) first.push(access)
    lastAt ??= access.at
    firstAt = access.at
    count(groups, question.by === 'patient' ? access.user : access.patient, access)
  }
  const page = pageFrom(first.map(toWire), limit, placeOf)
  const most = [...groups.values()].sort((a, b) => b.accesses - a.accesses || a.key.localeCompare(b.key))
  return {
    question,
    size,
    total,
    explained,
    firstAt,
    lastAt,
    groups: most.slice(0, mostGroups),
    groupCount: most.length,
    ...page,
  }
}

function count(groups: Map<string, Group>, key: string, { person, user, at, explained }: ToldAccess): void {
  const unexplained = explained ? 0 : 1
  const known = groups.get(key)
  if (known) {
    known.accesses += 1
    known.unexplained += unexplained
    if (at < known.firstAt) known.firstAt = at
    if (at > known.lastAt) known.lastAt = at
  } else {
    const name = key === user ? person || user : key
    groups.set(key, { key, name, accesses: 1, unexplained, firstAt: at, lastAt: at })
  }
}

export async function prepareAnswer(
  beforehand: Beforehand,
  asked: { readonly by: 'patient' | 'person'; readonly id: string; readonly limit: number } & Asked,
): Promise<Gathered> {
  const period = await readPeriod(beforehand, asked)
  return gather(beforehand, { by: asked.by, id: asked.id, ...period }, asked.limit)
}

type Answer = OutputOf<typeof contract.askPatient>

/** Puts the question on the ledger and keeps it for a while; then its answer may be told. */
export async function tellAnswer(
  call: Call,
  said: { readonly purpose: contract.Purpose; readonly why: string } & Asked,
  gathered: Gathered,
): Promise<Recorded & { readonly output: Answer }> {
  const { db, actor, now, services, organisationId } = call
  const { question, items, next, groups, size, total, explained, firstAt, lastAt, groupCount } = gathered
  const questionId = randomUUID()
  const readableUntil = new Date(now.getTime() + readableMs)
  await deleteOldQuestions(db, now)
  const { since, until } = question
  const text = JSON.stringify({ ...question, since: since?.getTime() ?? null, until: until?.getTime() ?? null })
  const sealed = await seal(services.keys, Buffer.from(text), questionContext(organisationId, questionId))
  await insertQuestion(db, { id: questionId, askedBy: actor, askedAt: now, readableUntil, sealed })
  return {
    output: {
      question: {
        questionId,
        readableUntil,
        askedAt: now,
        by: question.by,
        total,
        explained,
        unexplained: total - explained,
        firstAt,
        lastAt,
        groups: [...groups],
        groupCount,
        proof: {
          isComplete: true,
          size,
          hasFile: question.by === 'patient' && total > 0 && since === undefined && until === undefined,
        },
      },
      accesses: { items: [...items], next },
    },
    ...recordReading(said, question, { question: questionId, told: total }, [`trail-question:${questionId}`]),
  }
}

/** What the ledger has of a reading: the purpose among its words, of whom in the sealed payload. */
export function recordReading(
  { purpose, why, since, until }: { readonly purpose: contract.Purpose; readonly why: string } & Asked,
  { by, id }: Pick<Question, 'by' | 'id'>,
  beside: Readonly<Record<string, string | number>>,
  subjects: readonly string[] = [],
): Recorded {
  return {
    subjects: [...subjects, `purpose:${purpose}`],
    payload: { ...beside, by, of: id, purpose, why, since, until },
  }
}

const questionContext = (organisationId: number, questionId: string) => `trail-question/${organisationId}/${questionId}`

const kept = z.object({
  by: z.enum(['patient', 'person']),
  id: z.string(),
  since: z.number().nullable(),
  until: z.number().nullable(),
})
const cursor = z.tuple([z.int().min(-8.64e15).max(8.64e15), z.int().nonnegative()])

/** Reads on in an answer: only who asked, and while they may. */
export async function readOn(
  call: Call,
  { questionId, limit, after }: InputOf<typeof contract.readOn>,
): Promise<OutputOf<typeof contract.readOn>> {
  const { db, actor, now, services, organisationId } = call
  const place = after === undefined ? undefined : readCursor(cursor, after)
  const sealed = await findQuestion(db, questionId, actor, now)
  if (!sealed) throw refuse('question-over')
  const text = await open(services.keys, sealed, questionContext(organisationId, questionId))
  const { by, id, since, until } = kept.parse(JSON.parse(text.toString()))
  const instant = (ms: number | null) => (ms === null ? undefined : new Date(ms))
  const page = await pageAfter(call, { by, id, since: instant(since), until: instant(until) }, place, limit)
  return { items: [...page.items], next: page.next }
}

/**
 * The accesses after a place in the order of the answer. An event may name thousands of patients in one instant: where a page
 * does not get beyond those that were told already, more of them are read.
 */
async function pageAfter(
  of: Place,
  question: Question,
  after: readonly [at: number, seq: number] | undefined,
  limit: number,
): Promise<{ readonly items: readonly Wire[]; readonly next: string | null }> {
  const bounded =
    after === undefined ? question : { ...question, until: earlier(question.until, new Date(after[0] + 1)) }
  for (let wanted = limit + 64; ; wanted *= 8) {
    const { accesses } = await readAccesses(of, bounded, wanted)
    const rows: Wire[] = []
    let read = 0
    for await (const access of accesses) {
      read += 1
      if (after !== undefined && !comesAfter(access, after)) continue
      if (rows.length <= limit) rows.push(toWire(access))
    }
    if (rows.length > limit || read < wanted) return pageFrom(rows, limit, placeOf)
  }
}

function comesAfter({ at, seq }: ToldAccess, [atMs, seqThere]: readonly [at: number, seq: number]): boolean {
  return at.getTime() < atMs || (at.getTime() === atMs && seq < seqThere)
}

const earlier = (one: Date | undefined, other: Date) => (one === undefined || other < one ? other : one)

const placeOf = ({ at, seq }: Wire) => [at.getTime(), seq]

/** An access as it goes over the door. */
export function toWire(access: ToldAccess): Wire {
  const { breakGlass, unresolved, explained, reasons, person, ...rest } = access
  return {
    ...rest,
    person: person || access.user,
    isBreakGlass: breakGlass,
    isUnresolved: unresolved,
    isExplained: explained,
    reasons: reasons.map(({ name, says }) => ({ name, says })),
  }
}

type Days = OutputOf<typeof contract.personDays>

/** A person's days and hours beside those of their peers. */
export async function prepareDays(
  beforehand: Beforehand,
  { login, from, to }: InputOf<typeof contract.personDays>,
): Promise<Days> {
  if (to < from) throw refuse('backwards')
  if (to > addDays(from, mostDays - 1)) throw refuse('too-many-days')
  if (!(await hasTrail(beforehand))) return { hours: [], total: 0, peers: [], peerCount: 0 }
  const { hours, peers, peerCount } = await reachTrail(beforehand).pattern(login, from, to)
  return {
    hours: hours.map(({ day, hour, accesses }) => ({ day, hour, count: accesses })),
    total: hours.reduce((sum, { accesses }) => sum + accesses, 0),
    peers: peers.map(({ hour, accesses }) => ({ hour, count: accesses })),
    peerCount,
  }
}
