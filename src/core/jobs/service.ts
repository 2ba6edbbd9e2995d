/**
 * Long work: asked for by somebody or due at its time, and seen while it goes on. The rules:
 *  - A job is a row that commits with the change that asked for it. The queue hears of it afterwards; what it did not hear,
 *    it is told again (`runner.ts`), so nothing that was answered "queued" is lost.
 *  - The input of a job is shown to people: ids and settings, never a secret.
 *  - A schedule whose last job has not ended queues no second one; what was missed while Vigil stood still is caught up
 *    once.
 */
import type { Recorded } from '#core/door.ts'
import type { Context } from '#platform/context.ts'
import { nextTime } from '#platform/jobs.ts'
import { refusals } from '#platform/refusal.ts'
import {
  deleteSchedule,
  findJob,
  findTimeZone,
  findWaiting,
  insertJob,
  isUnfinished,
  type Job,
  type JobState,
  type JsonObject,
  listJobRows,
  listScheduleRows,
  lockDueSchedule,
  lockJob,
  moveSchedule,
  reopenJob,
  type Schedule,
  upsertSchedule,
} from './store.ts'

export type { Job, JobState, JsonObject, Schedule } from './store.ts'

const mostSchedules = 1_000

export const refuse = refusals('job', {
  unknown: ['missing', 'There is no such job.', 'list the jobs to see their numbers'],
  'unknown-place': ['invalid', 'This is not a place in the list of jobs.', 'hand in the next of the page before'],
  'not-failed': ['conflict', 'Only a job that failed can be tried again.', 'wait until it has ended'],
  'not-watched': ['unavailable', 'Nobody watches jobs here.', 'start Vigil, or look at the job itself'],
})

const refuseSchedule = refusals('schedule', {
  unknown: ['missing', 'There is no such schedule.'],
  'not-a-time': [
    'invalid',
    'The times of a schedule are five fields of cron (minute, hour, day, month, weekday) that name a time.',
    'write 0 3 * * * for three o’clock each night',
  ],
})

export interface JobWanted {
  readonly kind: string
  /** Ids and settings, never a secret: whoever may see jobs sees it. */
  readonly input?: JsonObject
  readonly dueAt?: Date | undefined
  /** Joins a job of the same kind and input that nobody has begun yet, rather than queueing a second one. */
  readonly joins?: boolean
}

/** Queues a job in the transaction at hand and gives its number: it begins soon after that has committed. */
export async function queueJob({ db, actor, now }: Context, wanted: JobWanted): Promise<number> {
  const input = wanted.input ?? {}
  const waiting = wanted.joins ? await findWaiting(db, wanted.kind, input) : undefined
  if (waiting !== undefined) return waiting
  return insertJob(db, {
    kind: wanted.kind,
    askedBy: actor,
    input,
    queuedAt: now,
    dueAt: wanted.dueAt,
  })
}

export interface JobsPage {
  readonly items: Job[]
  readonly next: string | null
}

/** Lists jobs, the newest first. */
export async function listJobs(
  { db }: Context,
  wanted: {
    readonly state?: JobState | undefined
    readonly kind?: string | undefined
    readonly limit: number
    readonly after?: string | undefined
  },
): Promise<JobsPage> {
  const after = wanted.after === undefined ? undefined : Number(wanted.after)
  if (after !== undefined && !(Number.isSafeInteger(after) && after > 0)) throw refuse('unknown-place')
  const rows = await listJobRows(db, { ...wanted, after, limit: wanted.limit + 1 })
  const items = rows.slice(0, wanted.limit)
  return { items, next: rows.length > wanted.limit ? String(items.at(-1)?.id) : null }
}

export async function showJob({ db }: Context, { jobId }: { readonly jobId: number }): Promise<Job> {
  const job = await findJob(db, jobId)
  if (!job) throw refuse('unknown')
  return job
}

/** Queues a check of every safeguard, unless one that was asked for waits already. */
export async function askForChecks(context: Context): Promise<Recorded & { readonly output: Job }> {
  const jobId = await queueJob(context, { kind: 'checks.run', input: { reason: 'asked' }, joins: true })
  const output = await showJob(context, { jobId })
  return { output, subjects: [`job:${jobId}`], payload: { kind: output.kind } }
}

/** Queues a failed job anew. */
export async function retryJob(
  { db }: Context,
  { jobId }: { readonly jobId: number },
): Promise<Recorded & { readonly output: Job }> {
  const job = await lockJob(db, jobId)
  if (!job) throw refuse('unknown')
  if (job.state !== 'failed') throw refuse('not-failed')
  await reopenJob(db, jobId)
  const output = await findJob(db, jobId)
  if (!output) throw new Error('a locked job is not there')
  return {
    output,
    subjects: [`job:${jobId}`],
    payload: { kind: job.kind, failed: job.failure?.code ?? null, attempts: job.attempts },
  }
}

export interface ScheduleWanted {
  readonly kind: string
  /** Tells several of one kind apart: a source's number, for example. */
  readonly name: string
  readonly input?: JsonObject
  /** Minute, hour, day of the month, month, weekday. */
  readonly cron: string
  /** The organisation's zone, where none is said. */
  readonly zone?: string | undefined
  readonly isOn?: boolean
}

/** Makes or changes the schedule of this kind and name; gives its number. */
export async function setSchedule({ db, now }: Context, wanted: ScheduleWanted): Promise<number> {
  const zone = wanted.zone ?? (await findTimeZone(db))
  return upsertSchedule(db, {
    kind: wanted.kind,
    name: wanted.name,
    input: wanted.input ?? {},
    cron: wanted.cron.trim(),
    zone,
    isOn: wanted.isOn ?? true,
    nextAt: timeAfter(wanted.cron, zone, now),
  })
}

function timeAfter(cron: string, zone: string, now: Date): Date {
  try {
    return nextTime(cron, zone, now)
  } catch (cause) {
    throw refuseSchedule('not-a-time', {}, { cause })
  }
}

export async function removeSchedule(
  { db }: Context,
  { kind, name }: { readonly kind: string; readonly name: string },
): Promise<void> {
  if (!(await deleteSchedule(db, kind, name))) throw refuseSchedule('unknown')
}

/** Lists schedules by kind and name; an organisation has at most a thousand that are shown. */
export function listSchedules({ db }: Context): Promise<readonly Schedule[]> {
  return listScheduleRows(db, mostSchedules)
}

/**
 * Queues the job of a schedule that is due and moves the schedule on, in one transaction: of several servers one does it,
 * and however many times were missed, it is queued once. Gives the job's number.
 */
export async function runDueSchedule(context: Context, scheduleId: number): Promise<number | undefined> {
  const { db, now } = context
  const schedule = await lockDueSchedule(db, scheduleId, now)
  if (!schedule) return undefined
  const isBusy = schedule.lastJobId !== null && (await isUnfinished(db, schedule.lastJobId))
  const jobId = isBusy
    ? undefined
    : await queueJob(
        { ...context, actor: `job:schedule-${schedule.id}` },
        { kind: schedule.kind, input: schedule.input },
      )
  await moveSchedule(db, schedule.id, { lastAt: now, nextAt: nextTime(schedule.cron, schedule.zone, now), jobId })
  return jobId
}
