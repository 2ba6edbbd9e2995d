/**
 * Asking who opened what. The rules:
 *  - A question is on the ledger with its purpose before anybody sees the answer: both commit together, or neither does.
 *  - The whole answer is counted, and its first page told; the rest is read on by who asked, for half an hour, from any place
 *    of it. It stays as it was when asked: what comes in meanwhile belongs to the next question.
 *  - Identifiers stand in the sealed payload of the ledger's entry and in the sealed question, and nowhere else.
 */
import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import type { Beforehand, Call, Recorded } from '#core/door.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { addDays, type Day } from '#platform/days.ts'
import { open, seal } from '#platform/keys.ts'
import { readCursor, writeCursor } from '#platform/paging.ts'
import type { ToldAccess, WhoAnswer, WhoQuestion } from '#trail/trail.ts'
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
  readonly readable: number
  readonly destroyedMonths: readonly string[]
  readonly total: number
  readonly explained: number
  readonly firstAt: Date | null
  readonly lastAt: Date | null
  readonly groups: readonly Group[]
  readonly groupCount: number
  readonly items: readonly Wire[]
  readonly next: string | null
}

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

/** What of an answer is told, and whether it is summed up. */
type Part = Pick<WhoQuestion, 'limit' | 'asOf' | 'skip' | 'unexplained' | 'other' | 'isSummed'>

/** Asks the trail; nothing at all is known where there is none yet. */
async function askTrail(
  place: Place,
  { by, id, since, until }: Question,
  part: Part,
): Promise<Omit<WhoAnswer, 'complete' | 'proof'>> {
  if (!(await hasTrail(place))) return { size: 0, readable: 0, destroyedMonths: [], total: 0, accesses: none() }
  return reachTrail(place).who({ by: by === 'person' ? 'user' : 'patient', id, since, until, ...part })
}

/** Reads the accesses that a question means, the newest first. */
export async function readAccesses(
  place: Place,
  question: Question,
  limit?: number,
): Promise<Pick<WhoAnswer, 'readable' | 'destroyedMonths' | 'accesses'>> {
  return askTrail(place, question, { limit })
}

async function* none(): AsyncGenerator<ToldAccess> {
  // There is no trail yet.
}

/** Has the whole answer summed up, and reads its first page. */
async function gather(place: Place, question: Question, limit: number): Promise<Gathered> {
  const { summary, accesses, ...covered } = await askTrail(place, question, { limit, isSummed: true })
  const items: Wire[] = []
  for await (const access of accesses) items.push(toWire(access))
  return {
    question,
    ...covered,
    explained: summary?.explained ?? 0,
    firstAt: summary?.firstAt ?? null,
    lastAt: summary?.lastAt ?? null,
    groups: (summary?.groups ?? []).map(({ person, ...group }) => ({ ...group, name: person || group.key })),
    groupCount: summary?.groupCount ?? 0,
    items,
    next: items.length < covered.total ? writeCursor([items.length]) : null,
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
  const { question, items, next, groups, size, readable, total, explained, firstAt, lastAt, groupCount } = gathered
  const questionId = randomUUID()
  const readableUntil = new Date(now.getTime() + readableMs)
  await deleteOldQuestions(db, now)
  const { since, until } = question
  const kept: Kept = {
    by: question.by,
    id: question.id,
    since: since?.getTime() ?? null,
    until: until?.getTime() ?? null,
    asOf: size,
    groups: groups.map(({ key }) => key),
  }
  const sealed = await seal(
    services.keys,
    Buffer.from(JSON.stringify(kept)),
    questionContext(organisationId, questionId),
  )
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
          size: readable,
          destroyedMonths: [...gathered.destroyedMonths],
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

const keptQuestion = z.object({
  by: z.enum(['patient', 'person']),
  id: z.string(),
  since: z.number().nullable(),
  until: z.number().nullable(),
  /** The size of the log that the answer covers. */
  asOf: z.number(),
  /** The keys of the groups that were told, in their order. */
  groups: z.array(z.string()),
})
type Kept = z.infer<typeof keptQuestion>

const cursor = z.tuple([z.int().nonnegative()])

/** Reads on in an answer: only who asked, and while they may. */
export async function readOn(
  call: Call,
  { questionId, limit, after, from, group, unexplained }: InputOf<typeof contract.readOn>,
): Promise<OutputOf<typeof contract.readOn>> {
  const { db, actor, now, services, organisationId } = call
  const skip = after === undefined ? (from ?? 0) : readCursor(cursor, after)[0]
  const sealed = await findQuestion(db, questionId, actor, now)
  if (!sealed) throw refuse('question-over')
  const text = await open(services.keys, sealed, questionContext(organisationId, questionId))
  const { by, id, since, until, asOf, groups } = keptQuestion.parse(JSON.parse(text.toString()))
  const other = group === undefined ? undefined : groups[group]
  if (group !== undefined && other === undefined) return { items: [], next: null }
  const instant = (ms: number | null) => (ms === null ? undefined : new Date(ms))
  const question = { by, id, since: instant(since), until: instant(until) }
  const { accesses } = await askTrail(call, question, { asOf, skip, limit: limit + 1, unexplained, other })
  const items: Wire[] = []
  for await (const access of accesses) items.push(toWire(access))
  const hasMore = items.length > limit
  return { items: items.slice(0, limit), next: hasMore ? writeCursor([skip + limit]) : null }
}

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
