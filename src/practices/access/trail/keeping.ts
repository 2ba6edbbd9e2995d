/**
 * How long accesses are kept, that they are unharmed, and how a month ends. A month is destroyed by two officers who are
 * signed in: one asks, another confirms, having typed the month again. The engine destroys its key; that cannot be undone.
 */
import { z } from 'zod'
import type { Call, Principal, Recorded } from '#core/door.ts'
import type { JobContext } from '#core/jobs/kinds.ts'
import { queueJob } from '#core/jobs/service.ts'
import type { InputOf, OutputOf } from '#platform/contract.ts'
import type { TrailState } from '#trail/trail.ts'
import type * as contract from './contract.ts'
import { isPastRetention, whyNotDestroyed } from './model.ts'
import { hasTrail, type Place, reachTrail } from './reach.ts'
import { refuse } from './refusals.ts'
import { readSettings } from './settings.ts'
import {
  type DestructionRow,
  findUnfinishedJob,
  findVerification,
  insertDestruction,
  insertVerification,
  listDestructions,
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
  const { db, today, principal } = call
  const { retentionYears } = await readSettings(call)
  const { months, ...state } = await readState(call)
  const verified = await findVerification(db)
  const destructions = await listDestructions(db)
  return {
    ...state,
    months: months.map((month) => ({
      ...month,
      mayBeDestroyed: month.state === 'kept' && isPastRetention(month.month, today, retentionYears),
    })),
    destructions: destructions.map((one) => ({
      ...one,
      mayConfirm: one.state === 'asked' && isOfficer(principal) && one.askedBy !== call.actor,
    })),
    verified: verified ?? null,
    verifyJobId: (await findUnfinishedJob(db, verifyJob)) ?? null,
  }
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
  await checkMonth(call, month)
  const destructionId = await insertDestruction(db, { month, reason, askedBy: actor, askedAt: now })
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
  await checkMonth(call, month)
  await setDestruction(db, destructionId, { state: 'confirmed', by: actor, at: now, why: null })
  // It takes as long as reading the trail: what is still needed is said again, and all is made anew without the month.
  await queueJob(call, { kind: destroyJob, input: { destructionId } })
  return { output: {}, ...record(destructionId, month, { askedBy: asked.askedBy }) }
}

/** Destroys a month that two officers want destroyed. A job that was cut off is simply run again. */
export async function runDestruction(
  job: JobContext,
  { destructionId }: z.output<typeof destroyInput>,
): Promise<{ readonly destroyed: string }> {
  const place = { services: job.services, organisationId: job.organisationId }
  const asked = await job.inOrganisation(({ db }) => lockDestruction(db, destructionId))
  if (asked?.state !== 'confirmed') throw refuse('unknown-destruction')
  const found = (await reachTrail(place).state()).months.find(({ month }) => month === asked.month)
  if (found?.state !== 'destroyed') await reachTrail(place).destroy(asked.month)
  await job.inOrganisation(async (context) => {
    await setDestroyed(context.db, destructionId)
    await job.services.ledger.append({ ...context, now: new Date() }, [
      { action: 'trail.destroyed', outcome: 'done', ...record(destructionId, asked.month, {}) },
    ])
  })
  return { destroyed: asked.month }
}

export async function refuseDestruction(
  call: Call,
  { destructionId, reason }: InputOf<typeof contract.refuseDestruction>,
): Changed<OutputOf<typeof contract.refuseDestruction>> {
  const { db, actor, now } = call
  const asked = await lockAsked(call, destructionId)
  await setDestruction(db, destructionId, { state: 'refused', by: actor, at: now, why: reason })
  return { output: {}, ...record(destructionId, asked.month, { reason }) }
}

async function lockAsked({ db }: Call, destructionId: number): Promise<DestructionRow> {
  const asked = await lockDestruction(db, destructionId)
  if (asked?.state !== 'asked') throw refuse('unknown-destruction')
  return asked
}

async function checkMonth(call: Call, month: string): Promise<void> {
  const { retentionYears } = await readSettings(call)
  const found = (await readState(call)).months.find((one) => one.month === month)
  const why = whyNotDestroyed(found, call.today, retentionYears)
  if (why) throw refuse(why)
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
