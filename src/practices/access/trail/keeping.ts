/**
 * How long accesses are kept, that they are unharmed, and how a month ends. The rules of a destruction:
 *  - Two officers who are signed in decide on it: one asks, another confirms, having typed the month again. The engine destroys
 *    the month's key; that cannot be undone.
 *  - It is done by a job, which waits while the trail is away or is being made anew, and looks again whether the month may be
 *    destroyed. Where it may not, the month is asked for again, with the reason.
 *  - One that was confirmed and whose job failed is decided again too. Where the key is gone by then, it can only be confirmed.
 */
import { z } from 'zod'
import type { Call, Principal, Recorded, Services } from '#core/door.ts'
import type { JobContext } from '#core/jobs/kinds.ts'
import { queueJob } from '#core/jobs/service.ts'
import type { Context } from '#platform/context.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import { open, seal } from '#platform/keys.ts'
import { Refusal } from '#platform/refusal.ts'
import type { Trail, TrailState } from '#trail/trail.ts'
import type * as contract from './contract.ts'
import { isPastRetention, whyNotDestroyed } from './model.ts'
import { hasTrail, isPassing, type Place, reachTrail } from './reach.ts'
import { refuse } from './refusals.ts'
import { readSettings } from './settings.ts'
import {
  type DestructionRow,
  findUnfinishedJob,
  findVerification,
  insertDestruction,
  insertVerification,
  listDestructions,
  listDestructionsUnderWay,
  lockDestruction,
  setDestroyed,
  setDestruction,
} from './store.ts'

/** The kinds of job that verify a trail, and destroy a month of it. */
export const verifyJob = 'trail.verify'
export const destroyJob = 'trail.destroy'
export const destroyInput = z.strictObject({ destructionId: z.int().positive() })

const empty: TrailState = {
  accesses: 0,
  patients: 0,
  users: 0,
  logSize: 0,
  logBytes: 0,
  storeBytes: 0,
  engine: 'none',
  key: '',
  months: [],
}

async function readState(place: Place): Promise<TrailState> {
  if (!(await hasTrail(place))) return empty
  return reachTrail(place).state()
}

export async function showState(call: Call): Promise<OutputOf<typeof contract.state>> {
  const { db, today } = call
  const { retentionYears } = await readSettings(call)
  const { months, ...state } = await readState(call)
  const verified = await findVerification(db)
  const underWay = await listDestructionsUnderWay(db, destroyJob)
  const destructions = (await listDestructions(db)).map((one) => tellDestruction(call, one, underWay.has(one.id)))
  return {
    ...state,
    months: months.map((month) => ({
      ...month,
      isPastRetention: isPastRetention(month.month, today, retentionYears),
      mayBeDestroyed: whyNotDestroyed(months, month.month, today, retentionYears) === undefined,
    })),
    destructions: await Promise.all(destructions),
    verified: verified ?? null,
    verifyJobId: (await findUnfinishedJob(db, verifyJob)) ?? null,
  }
}

async function tellDestruction(
  call: Call,
  { reason, decidedWhy, ...one }: DestructionRow,
  isUnderWay: boolean,
): Promise<OutputOf<typeof contract.state>['destructions'][number]> {
  const isLeft = one.state === 'confirmed' && !isUnderWay
  const state = isLeft ? 'asked' : one.state
  const isAsked = state === 'asked'
  const why = isLeft ? jobFailed : decidedWhy && isAsked ? await openWords(call, one.month, decidedWhy) : null
  return {
    ...one,
    state,
    reason: isAsked ? await openWords(call, one.month, reason) : null,
    whyNotDone: why,
    mayConfirm: isAsked && isOfficer(call.principal) && one.askedBy !== call.actor,
  }
}

const jobFailed = 'The job that was to do it failed; the list of jobs says why.'

interface Keyring {
  readonly organisationId: number
  readonly services: Pick<Services, 'keys'>
}

const contextOf = (organisationId: number, month: string) => `trail-destruction/${organisationId}/${month}`

/** Seals what was said of the destruction of a month. */
export function sealWords({ organisationId, services }: Keyring, month: string, words: string): Promise<Buffer> {
  return seal(services.keys, Buffer.from(words), contextOf(organisationId, month))
}

async function openWords({ organisationId, services }: Keyring, month: string, sealed: Buffer): Promise<string> {
  return (await open(services.keys, sealed, contextOf(organisationId, month))).toString()
}

const isOfficer = (principal: Principal) =>
  principal.kind === 'member' &&
  principal.roles.some((role) => role === 'privacy-officer' || role === 'security-officer' || role === 'administrator')

type Changed<O> = Promise<Recorded & { readonly output: O }>

export async function hold(
  call: Call,
  { month, isHeld, reason }: InputOf<typeof contract.hold>,
): Changed<OutputOf<typeof contract.hold>> {
  const found = (await readState(call)).months.find((one) => one.month === month)
  if (!found) throw refuse('unknown-month')
  if (found.state === 'destroyed') throw refuse('destroyed')
  await reachTrail(call).hold(month, isHeld)
  return { output: {}, subjects: [`trail-month:${month}`], payload: { month, isHeld, reason } }
}

export async function askForDestruction(
  call: Call,
  { month, reason }: InputOf<typeof contract.destroyMonth>,
): Changed<OutputOf<typeof contract.destroyMonth>> {
  const { db, actor, now } = call
  if (call.principal.kind !== 'member') throw refuse('needs-officer')
  const why = await findHindrance(call, (await readState(call)).months, month)
  if (why) throw refuse(why)
  const sealed = await sealWords(call, month, reason)
  const destructionId = await insertDestruction(db, { month, reason: sealed, askedBy: actor, askedAt: now })
  if (destructionId === undefined) throw refuse('destruction-asked')
  return { output: { destructionId }, ...record(destructionId, month, { reason }) }
}

export async function confirmDestruction(
  call: Call,
  { destructionId, month }: InputOf<typeof contract.confirmDestruction>,
): Changed<OutputOf<typeof contract.confirmDestruction>> {
  const { db, actor, now } = call
  if (call.principal.kind !== 'member') throw refuse('needs-officer')
  const asked = await lockAsked(call, destructionId)
  if (asked.month !== month) throw refuse('other-month')
  if (asked.askedBy === actor) throw refuse('same-officer')
  const why = await findHindrance(call, (await readState(call)).months, month)
  // What was begun is brought to its end.
  if (why && !(why === 'destroyed' && asked.state === 'confirmed')) throw refuse(why)
  await setDestruction(db, destructionId, { state: 'confirmed', by: actor, at: now, why: null })
  // It takes as long as reading the trail: what is still needed is said again, and all is made anew without the month.
  await queueJob(call, { kind: destroyJob, input: { destructionId } })
  return { output: {}, ...record(destructionId, month, { askedBy: asked.askedBy }) }
}

/** Destroys a month that two officers want destroyed. An attempt that was cut off is gone on with from the trail's own state. */
export async function runDestruction(
  job: JobContext,
  { destructionId }: z.output<typeof destroyInput>,
): Promise<{ readonly destroyed: string }> {
  const trail = reachTrail({ services: job.services, organisationId: job.organisationId })
  const asked = await job.inOrganisation(({ db }) => lockDestruction(db, destructionId))
  if (asked?.state === 'done') return { destroyed: asked.month }
  if (asked?.state !== 'confirmed') throw refuse('unknown-destruction')
  const { month } = asked
  const { months } = await trail.state()
  const why = await job.inOrganisation((context) => findHindrance(context, months, month))
  const refused = why === undefined ? await destroy(trail, month) : why === 'destroyed' ? undefined : refuse(why)
  await job.inOrganisation(async (context) => {
    const now = new Date()
    if (refused) {
      const sealed = await sealWords(job, month, refused.message)
      await setDestruction(context.db, destructionId, { state: 'asked', by: context.actor, at: now, why: sealed })
    } else {
      await setDestroyed(context.db, destructionId)
    }
    const outcome = refused ? 'refused' : 'done'
    const beside: Readonly<Record<string, string>> = refused ? { code: refused.code } : {}
    await job.services.ledger.append({ ...context, now }, [
      { action: 'trail.destroyed', outcome, ...record(destructionId, month, beside) },
    ])
  })
  if (refused) throw refused
  return { destroyed: month }
}

/** Gives what stands in the way of it for good. What passes, and a defect, is thrown: the job is begun again. */
async function destroy(trail: Trail, month: string): Promise<Refusal | undefined> {
  try {
    await trail.destroy(month)
    return undefined
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error)) throw error
    // What comes after the key is gone may be refused too.
    const found = (await trail.state()).months.find((one) => one.month === month)
    return found?.state === 'destroyed' ? undefined : error
  }
}

export async function refuseDestruction(
  call: Call,
  { destructionId, reason }: InputOf<typeof contract.refuseDestruction>,
): Changed<OutputOf<typeof contract.refuseDestruction>> {
  const { db, actor, now } = call
  const { month, state } = await lockAsked(call, destructionId)
  if (state === 'confirmed') {
    const found = (await readState(call)).months.find((one) => one.month === month)
    if (found?.state === 'destroyed') throw refuse('destruction-begun')
  }
  const why = await sealWords(call, month, reason)
  await setDestruction(db, destructionId, { state: 'refused', by: actor, at: now, why })
  return { output: {}, ...record(destructionId, month, { reason }) }
}

/** Reads and locks what is to be decided: what was asked for, or was confirmed and has no job any more that would do it. */
async function lockAsked({ db }: Call, destructionId: number): Promise<DestructionRow> {
  const asked = await lockDestruction(db, destructionId)
  const isLeft = asked?.state === 'confirmed' && !(await listDestructionsUnderWay(db, destroyJob)).has(destructionId)
  if (!asked || !(asked.state === 'asked' || isLeft)) throw refuse('unknown-destruction')
  return asked
}

/** Why a month may not be destroyed today; undefined where it may. */
async function findHindrance(context: Pick<Context, 'db' | 'today'>, months: TrailState['months'], month: string) {
  const { retentionYears } = await readSettings(context)
  return whyNotDestroyed(months, month, context.today, retentionYears)
}

function record(id: number, month: string, beside: Readonly<Record<string, string>>): Recorded {
  return { subjects: [`trail-destruction:${id}`, `trail-month:${month}`], payload: { month, ...beside } }
}

export async function askForVerification(call: Call): Changed<OutputOf<typeof contract.verify>> {
  const jobId = await queueJob(call, { kind: verifyJob, input: {}, joins: true })
  return { output: { jobId }, subjects: [`job:${jobId}`], payload: {} }
}

/** Verifies the whole trail: the job's work. What was found is kept, and the safeguards are judged by it. */
export async function runVerification(job: JobContext): Promise<{ readonly [key: string]: string | number | boolean }> {
  const place = { services: job.services, organisationId: job.organisationId }
  if (!(await hasTrail(place))) return { verified: 0 }
  const begun = performance.now()
  const found = await reachTrail(place).verify((done, total) => job.progress({ phase: 'verifying', done, total }))
  const tookMs = Math.round(performance.now() - begun)
  const { isIntact, size } = found
  const problem = found.problem ?? null
  await job.inOrganisation(async (context) => {
    const at = new Date()
    await insertVerification(context.db, { askedBy: job.askedBy, at, isIntact, size, problem, tookMs })
    await job.services.ledger.append({ ...context, now: at }, [
      { action: 'trail.verified', outcome: 'done', subjects: [], payload: { isIntact, size, problem } },
    ])
    await queueJob({ ...context, now: at }, { kind: 'checks.run', input: { reason: 'lapse' }, joins: true })
  })
  return { verified: size, isIntact, ...(problem === null ? {} : { problem }) }
}
