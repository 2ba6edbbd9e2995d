import type { Json } from '#core/ledger/model/entry.ts'
import { type Db, sql } from '#platform/database.ts'

export type JobState = 'queued' | 'running' | 'done' | 'failed'

export type JsonObject = { readonly [key: string]: Json | undefined }

export interface Progress {
  /** What is being done: a word or a few, never a name. */
  readonly phase: string
  readonly done: number
  /** Null where nobody knows how much there is. */
  readonly total: number | null
}

export interface Failure {
  readonly code: string
  readonly detail: string
}

export interface Job {
  readonly id: number
  readonly kind: string
  readonly state: JobState
  readonly askedBy: string
  readonly input: JsonObject
  readonly progress: Progress | null
  readonly result: JsonObject | null
  readonly failure: Failure | null
  readonly attempts: number
  readonly queuedAt: Date
  readonly dueAt: Date | null
  readonly startedAt: Date | null
  readonly finishedAt: Date | null
}

const columns = sql`id, kind, state, asked_by as "askedBy", input, progress, result, failure, attempts,
  queued_at as "queuedAt", due_at as "dueAt", started_at as "startedAt", finished_at as "finishedAt"`

const json = (value: unknown) => sql`${JSON.stringify(value)}::jsonb`

export interface NewJob {
  readonly kind: string
  readonly askedBy: string
  readonly input: JsonObject
  readonly queuedAt: Date
  readonly dueAt: Date | undefined
}

export async function insertJob(db: Db, job: NewJob): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into job (kind, asked_by, input, queued_at, due_at)
    values (${job.kind}, ${job.askedBy}, ${json(job.input)}, ${job.queuedAt}::timestamptz,
      ${job.dueAt ?? null}::timestamptz)
    returning id`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a job was inserted and is not there')
  return row.id
}

/** The job of this kind and input that nobody has begun yet. */
export async function findWaiting(db: Db, kind: string, input: JsonObject): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select id from job
    where state = 'queued' and attempts = 0 and kind = ${kind} and input = ${json(input)} order by id limit 1
    -- Held until the caller commits: it is not begun before it can see what it is to work on.
    for share skip locked`.execute(db)
  return rows[0]?.id
}

export async function findJob(db: Db, id: number): Promise<Job | undefined> {
  const { rows } = await sql<Job>`select ${columns} from job where id = ${id}`.execute(db)
  return rows[0]
}

export async function lockJob(db: Db, id: number): Promise<Job | undefined> {
  const { rows } = await sql<Job>`select ${columns} from job where id = ${id} for update`.execute(db)
  return rows[0]
}

export interface JobsWanted {
  readonly state?: JobState | undefined
  readonly kind?: string | undefined
  /** Those older than this one. */
  readonly after?: number | undefined
  readonly limit: number
}

export async function listJobRows(db: Db, wanted: JobsWanted): Promise<readonly Job[]> {
  const { rows } = await sql<Job>`
    select ${columns} from job
    where (${wanted.state ?? null}::text is null or state = ${wanted.state ?? null})
      and (${wanted.kind ?? null}::text is null or kind = ${wanted.kind ?? null})
      and (${wanted.after ?? null}::bigint is null or id < ${wanted.after ?? null})
    order by id desc limit ${wanted.limit}`.execute(db)
  return rows
}

// What the runner does ------------------------------------------------------------------------------------------------

export interface Unfinished {
  readonly organisationId: number
  readonly id: number
  readonly state: 'queued' | 'running'
  readonly attempts: number
  readonly messageId: string | null
}

/** What is to be done, of every organisation: the one thing that is read across them. */
export async function listUnfinished(db: Db, most: number): Promise<readonly Unfinished[]> {
  const { rows } = await sql<Unfinished>`
    select organisation_id as "organisationId", id, state, attempts, message_id as "messageId"
    from unfinished_jobs(${most})`.execute(db)
  return rows
}

export interface Queued {
  readonly id: number
  readonly kind: string
  readonly messageId: string | null
  readonly dueAt: Date | null
}

/** Locks queued jobs, leaving out those that another server is handing over. */
export async function lockQueued(db: Db, ids: readonly number[]): Promise<readonly Queued[]> {
  const { rows } = await sql<Queued>`
    select id, kind, message_id as "messageId", due_at as "dueAt" from job
    where id = any(${ids}::bigint[]) and state = 'queued' order by id for update skip locked`.execute(db)
  return rows
}

export async function setMessages(
  db: Db,
  sent: readonly { readonly id: number; readonly messageId: string }[],
): Promise<void> {
  await sql`
    update job set message_id = sent.message_id
    from unnest(${sent.map(({ id }) => id)}::bigint[], ${sent.map(({ messageId }) => messageId)}::uuid[])
      as sent (id, message_id)
    where job.id = sent.id`.execute(db)
}

export interface Claimed {
  readonly kind: string
  readonly askedBy: string
  readonly input: JsonObject
  readonly attempt: number
  readonly attemptsForgiven: number
  readonly timeZone: string
}

/** Begins an attempt; undefined when the message is not the one that counts. */
export async function claimJob(db: Db, id: number, messageId: string, now: Date): Promise<Claimed | undefined> {
  const { rows } = await sql<Claimed>`
    update job set state = 'running', attempts = attempts + 1, started_at = ${now}::timestamptz, progress = null
    from organisation
    where job.id = ${id} and job.state = 'queued' and job.message_id = ${messageId}::uuid
      and organisation.id = job.organisation_id
    returning job.kind, job.asked_by as "askedBy", job.input, job.attempts as attempt,
      job.attempts_forgiven as "attemptsForgiven", organisation.time_zone as "timeZone"`.execute(db)
  return rows[0]
}

/** One attempt at one job: what an attempt that was given up for dead writes finds no row. */
export interface Attempt {
  readonly id: number
  readonly attempt: number
}

const isAttempt = ({ id, attempt }: Attempt) => sql`id = ${id} and state = 'running' and attempts = ${attempt}`

/**
 * Whether this attempt still counts. Until the transaction ends nobody can begin the next one, and the attempt's progress
 * can still be written.
 */
export async function holdAttempt(db: Db, attempt: Attempt): Promise<boolean> {
  const { rows } = await sql`select from job where ${isAttempt(attempt)} for key share`.execute(db)
  return rows.length > 0
}

/** Locks an attempt whose process is gone; undefined while a transaction of it is still open. */
export async function lockAttempt(
  db: Db,
  attempt: Attempt,
): Promise<(Queued & { readonly attemptsForgiven: number }) | undefined> {
  const { rows } = await sql<Queued & { attemptsForgiven: number }>`
    select id, kind, message_id as "messageId", due_at as "dueAt", attempts_forgiven as "attemptsForgiven" from job
    where ${isAttempt(attempt)} for update skip locked`.execute(db)
  return rows[0]
}

export async function setProgress(db: Db, attempt: Attempt, progress: Progress): Promise<void> {
  await sql`update job set progress = ${json(progress)} where ${isAttempt(attempt)}`.execute(db)
}

export type Ending =
  | { readonly state: 'done'; readonly result: JsonObject }
  | { readonly state: 'failed'; readonly failure: Failure }

/** Ends an attempt for good; false when it no longer counts. */
export async function endAttempt(
  db: Db,
  attempt: Attempt,
  ending: Ending & { readonly progress: Progress | undefined },
  now: Date,
): Promise<boolean> {
  const { rows } = await sql`
    update job set state = ${ending.state}, finished_at = ${now}::timestamptz, message_id = null,
      progress = coalesce(${ending.progress ? JSON.stringify(ending.progress) : null}::jsonb, progress),
      result = ${ending.state === 'done' ? JSON.stringify(ending.result) : null}::jsonb,
      failure = ${ending.state === 'failed' ? JSON.stringify(ending.failure) : null}::jsonb
    where ${isAttempt(attempt)} returning id`.execute(db)
  return rows.length > 0
}

export interface Again {
  readonly messageId: string
  readonly dueAt: Date | null
  readonly failure: Failure | null
  /** 1 where the attempt was not the job's fault. */
  readonly forgiven: 0 | 1
}

/** Queues an attempt's job again; undefined when the attempt no longer counts, else the message that it was begun by. */
export async function queueAgain(
  db: Db,
  attempt: Attempt,
  again: Again,
): Promise<{ readonly before: string | null } | undefined> {
  const { rows } = await sql<{ before: string | null }>`
    update job set state = 'queued', message_id = ${again.messageId}::uuid, due_at = ${again.dueAt}::timestamptz,
      failure = ${again.failure ? JSON.stringify(again.failure) : null}::jsonb,
      attempts_forgiven = attempts_forgiven + ${again.forgiven}
    where ${isAttempt(attempt)} returning old.message_id as before`.execute(db)
  return rows[0]
}

/** Queues a failed job anew; the queue is told of it as of a new one. */
export async function reopenJob(db: Db, id: number): Promise<void> {
  await sql`
    update job set state = 'queued', finished_at = null, message_id = null, due_at = null,
      attempts_forgiven = attempts
    where id = ${id}`.execute(db)
}

// Schedules -----------------------------------------------------------------------------------------------------------

export interface Schedule {
  readonly id: number
  readonly kind: string
  readonly name: string
  readonly input: JsonObject
  readonly cron: string
  readonly zone: string
  readonly isOn: boolean
  readonly lastAt: Date | null
  readonly lastJobId: number | null
  readonly nextAt: Date
}

const scheduleColumns = sql`id, kind, name, input, cron, zone, is_on as "isOn", last_at as "lastAt",
  last_job_id as "lastJobId", next_at as "nextAt"`

export async function upsertSchedule(
  db: Db,
  schedule: Pick<Schedule, 'kind' | 'name' | 'input' | 'cron' | 'zone' | 'isOn' | 'nextAt'>,
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into schedule (kind, name, input, cron, zone, is_on, next_at)
    values (${schedule.kind}, ${schedule.name}, ${json(schedule.input)}, ${schedule.cron}, ${schedule.zone},
      ${schedule.isOn}, ${schedule.nextAt}::timestamptz)
    on conflict (organisation_id, kind, name) do update set input = excluded.input, cron = excluded.cron,
      zone = excluded.zone, is_on = excluded.is_on,
      -- What has been missed stays missed until it is caught up, unless the times themselves changed.
      next_at = case when schedule.is_on and excluded.is_on and schedule.cron = excluded.cron
        and schedule.zone = excluded.zone then schedule.next_at else excluded.next_at end
    returning id`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a schedule was written and is not there')
  return row.id
}

export async function deleteSchedule(db: Db, kind: string, name: string): Promise<boolean> {
  const { rows } = await sql`delete from schedule where kind = ${kind} and name = ${name} returning id`.execute(db)
  return rows.length > 0
}

export async function listScheduleRows(db: Db, limit: number): Promise<readonly Schedule[]> {
  const { rows } = await sql<Schedule>`
    select ${scheduleColumns} from schedule order by kind, name limit ${limit}`.execute(db)
  return rows
}

export async function listDueSchedules(
  db: Db,
  now: Date,
): Promise<readonly { readonly organisationId: number; readonly id: number }[]> {
  const { rows } = await sql<{ organisationId: number; id: number }>`
    select organisation_id as "organisationId", id from due_schedules(${now}::timestamptz)`.execute(db)
  return rows
}

/** Locks a schedule that is due; undefined when another server has it, or has just moved it on. */
export async function lockDueSchedule(db: Db, id: number, now: Date): Promise<Schedule | undefined> {
  const { rows } = await sql<Schedule>`
    select ${scheduleColumns} from schedule
    where id = ${id} and is_on and next_at <= ${now}::timestamptz for update skip locked`.execute(db)
  return rows[0]
}

export async function isUnfinished(db: Db, jobId: number): Promise<boolean> {
  const { rows } = await sql`select from job where id = ${jobId} and state in ('queued', 'running')`.execute(db)
  return rows.length > 0
}

export async function moveSchedule(
  db: Db,
  id: number,
  moved: { readonly lastAt: Date; readonly nextAt: Date; readonly jobId: number | undefined },
): Promise<void> {
  await sql`
    update schedule set last_at = ${moved.lastAt}::timestamptz, next_at = ${moved.nextAt}::timestamptz,
      last_job_id = coalesce(${moved.jobId ?? null}, last_job_id)
    where id = ${id}`.execute(db)
}

export async function findTimeZone(db: Db): Promise<string> {
  const { rows } = await sql<{ timeZone: string }>`
    select time_zone as "timeZone" from organisation where id = current_organisation()`.execute(db)
  return rows[0]?.timeZone ?? 'UTC'
}

/** Forgets what ended before an instant. What was done stays on the ledger. */
export async function deleteOldJobs(db: Db, before: Date): Promise<void> {
  await sql`delete from job where finished_at < ${before}`.execute(db)
}
