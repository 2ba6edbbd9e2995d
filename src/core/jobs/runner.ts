/**
 * Running jobs, on every server of a database. The rules:
 *  - The row is the truth; a message of the queue only says "look at this job now". A job is handed over in the transaction
 *    that notes its message, and begun only by the message noted last.
 *  - Whoever runs a job holds its lock from before it is begun until after it has ended. A job that is running and whose
 *    lock is free has lost its process: it is begun again.
 *  - An attempt is told from the next by its number: what one that was given up for dead still writes finds no row.
 *  - A refusal fails a job at once, unless its kind knows that it passes; then, and after a defect, it is tried again after
 *    a pause, as often as its kind says. Being stopped does not count.
 */
import { randomUUID } from 'node:crypto'
import type { Services } from '#core/door.ts'
import type { Database, Db } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { type Lock, type Message, openQueue, openSession, type Queue, type Session } from '#platform/jobs.ts'
import type { Log } from '#platform/log.ts'
import { Refusal, refusals } from '#platform/refusal.ts'
import type { JobContext, JobKind } from './kinds.ts'
import { runDueSchedule } from './service.ts'
import {
  type Attempt,
  type Claimed,
  claimJob,
  type Ending,
  endAttempt,
  type Failure,
  holdAttempt,
  type Job,
  listDueSchedules,
  listUnfinished,
  lockAttempt,
  lockQueued,
  type Progress,
  queueAgain,
  setMessages,
  setProgress,
  type Unfinished,
} from './store.ts'
import { type JobWatcher, Watches } from './watch.ts'

const usualSweepMs = 15_000
const progressMs = 250
const graceMs = 10_000
/** How soon a job is looked at again that another server's work keeps waiting. */
const waitMs = 500
const longestPauseSeconds = 3_600
const handOverAtOnce = 500
const sweepMost = 5_000

const refuse = refusals('job', {
  superseded: ['conflict', 'This attempt at the job was given up, and another has begun.'],
  input: ['invalid', 'The job cannot be run: it was asked for in a way that this version does not know.'],
})

const defect: Failure = {
  code: 'defect',
  detail: 'Something went wrong that should not have. The log of the server says more, by the number of this job.',
}
const interrupted: Failure = {
  code: 'interrupted',
  detail: 'Vigil was ended while this ran, as often as it was tried.',
}

export interface RunnerOptions {
  readonly log: Log
  /** How many jobs this server runs at once. */
  readonly atOnce?: number
  /** How often it looks for jobs that were not handed over or lost their process, and for schedules that are due. */
  readonly sweepMs?: number
  /** The clock; how long Vigil waits for things is counted by the machine's own. */
  readonly clock?: () => Date
  /** What a job threw that it should not have: the log has its number and kind, this has its cause. */
  readonly onDefect?: (error: unknown, job: { readonly id: number; readonly kind: string }) => void
}

export interface JobRunner extends JobWatcher {
  /** Begins to hand jobs over and to run them. */
  start(kinds: readonly JobKind[], services: Services): Promise<void>
  /** Looks now for what is due, was never handed over, or has lost its process; it is also done at its times. */
  sweep(): Promise<void>
  /** How many jobs run in this process now. */
  readonly running: number
  /** Begins nothing more, tells what runs to give up, and waits for it for ten seconds at most. */
  stop(): Promise<void>
}

/** Opens what runs and watches the jobs of a database. Several servers may. */
export async function openJobs(database: Database, options: RunnerOptions): Promise<JobRunner> {
  const runner = new Runner(database, options)
  await runner.open()
  return runner
}

/** How an attempt went: the job has ended, or is begun again. */
type Turn = Ending | { readonly state: 'again'; readonly failure: Failure } | { readonly state: 'stopped' }

interface Waiting {
  readonly organisationId: number
  readonly jobId: number
}

class Runner implements JobRunner {
  readonly #database: Database
  readonly #log: Log
  readonly #atOnce: number
  readonly #sweepMs: number
  readonly #clock: () => Date
  readonly #onDefect: NonNullable<RunnerOptions['onDefect']>
  readonly #watches: Watches
  readonly #kinds = new Map<string, JobKind>()
  readonly #runs = new Map<number, { readonly abort: AbortController; readonly over: Promise<void> }>()
  /** To be handed over, by organisation. */
  readonly #waiting = new Map<number, Set<number>>()
  #queue: Queue | undefined
  #session: Session | undefined
  #services: Services | undefined
  #handingOver: Promise<void> | undefined
  #sweeping: Promise<void> | undefined
  #timer: NodeJS.Timeout | undefined
  #isStopping = false

  constructor(database: Database, options: RunnerOptions) {
    this.#database = database
    this.#log = options.log
    this.#atOnce = options.atOnce ?? 4
    this.#sweepMs = options.sweepMs ?? usualSweepMs
    this.#clock = options.clock ?? (() => new Date())
    this.#onDefect = options.onDefect ?? (() => undefined)
    this.#watches = new Watches(database)
  }

  async open(): Promise<void> {
    this.#session = await openSession(this.#database, {
      channel: 'vigil_job',
      onNotice: (payload) => this.#hear(payload),
      onLost: () => this.#lose(),
      onBack: () => {
        this.#watches.tellAll()
        if (this.#services) void this.sweep().catch((error: unknown) => this.#warn('jobs-not-swept', error))
      },
    })
  }

  get running(): number {
    return this.#runs.size
  }

  watch(organisationId: number, jobId: number, signal?: AbortSignal): AsyncIterableIterator<Job> {
    return this.#watches.watch(organisationId, jobId, signal)
  }

  async start(kinds: readonly JobKind[], services: Services): Promise<void> {
    for (const kind of kinds) this.#kinds.set(kind.kind, kind)
    this.#services = services
    this.#queue = await openQueue(this.#database, this.#log)
    await this.#queue.work(this.#atOnce, (message) => this.#handle(message))
    await this.sweep()
    this.#timer = setInterval(() => {
      this.sweep().catch((error: unknown) => this.#warn('jobs-not-swept', error))
    }, this.#sweepMs).unref()
  }

  async stop(): Promise<void> {
    this.#isStopping = true
    clearInterval(this.#timer)
    await this.#queue?.rest()
    const all = [...this.#runs.values()]
    for (const { abort } of all) abort.abort(new Error('Vigil is stopping'))
    await within(graceMs, Promise.all(all.map(({ over }) => over)))
    await within(graceMs, Promise.allSettled([this.#sweeping, this.#handingOver]))
    await this.#queue?.stop()
    await this.#session?.close()
  }

  // Hearing ------------------------------------------------------------------------------------------------------------

  #hear(payload: string): void {
    const [organisation, job, state] = payload.split(':')
    const [organisationId, jobId] = [Number(organisation), Number(job)]
    this.#watches.tell(organisationId, jobId)
    if (!this.#queue || this.#isStopping) return
    if (state === 'queued') this.#handOverSoon([{ organisationId, jobId }])
    // Another of the same organisation may begin; what ended here still has to release its locks, and wakes by itself.
    else if (state !== 'running' && !this.#runs.has(jobId)) this.#queue.wake()
  }

  /** The locks are gone: other servers may begin what runs here. */
  #lose(): void {
    this.#log.warn('jobs-session-lost', { running: this.#runs.size })
    for (const { abort } of this.#runs.values()) abort.abort(new Error(lostLocks))
  }

  // Handing over -------------------------------------------------------------------------------------------------------

  #handOverSoon(all: readonly Waiting[]): void {
    for (const { organisationId, jobId } of all) {
      const ids = this.#waiting.get(organisationId) ?? new Set()
      this.#waiting.set(organisationId, ids.add(jobId))
    }
    this.#handingOver ??= this.#handOverAll()
      // What was not handed over is found by the next sweep.
      .catch((error: unknown) => this.#warn('jobs-not-handed-over', error))
      .finally(() => {
        this.#handingOver = undefined
      })
  }

  async #handOverAll(): Promise<void> {
    // After what was said in the same breath: many jobs queued at once are handed over at once.
    await new Promise((resolve) => setImmediate(resolve))
    for (const [organisationId, ids] of this.#waiting) {
      const some = [...ids].slice(0, handOverAtOnce)
      for (const id of some) ids.delete(id)
      if (ids.size === 0) this.#waiting.delete(organisationId)
      await this.#handOver(organisationId, some, undefined)
    }
    if (this.#waiting.size > 0) await this.#handOverAll()
  }

  /** Hands over what the queue has not heard of, and what it has lost: jobs whose message was `lost`. */
  async #handOver(
    organisationId: number,
    ids: readonly number[],
    lost: ReadonlySet<string> | undefined,
  ): Promise<void> {
    const queue = this.#opened()
    await this.#database.inOrganisation(organisationId, async (db) => {
      const sent: (Message & { jobId: number })[] = []
      for (const { id, kind, messageId, dueAt } of await lockQueued(db, ids)) {
        const declared = this.#kinds.get(kind)
        // Of a newer Vigil, perhaps, that runs beside this one.
        if (!declared || (messageId !== null && !lost?.has(messageId))) continue
        if (messageId !== null) await queue.settle(db, messageId)
        sent.push({ ...this.#messageFor(organisationId, id, declared), startAfter: dueAt ?? undefined, jobId: id })
      }
      if (sent.length === 0) return
      await queue.send(db, sent)
      await setMessages(
        db,
        sent.map(({ jobId, id }) => ({ id: jobId, messageId: id })),
      )
    })
    queue.wake()
  }

  #messageFor(organisationId: number, jobId: number, { kind, exclusiveBy }: JobKind): Message {
    const lane = exclusiveBy === 'organisation' ? `organisation-${organisationId}` : null
    return {
      id: randomUUID(),
      data: { organisation: organisationId, job: jobId, kind, lane },
      group: lane ?? undefined,
    }
  }

  // Sweeping -----------------------------------------------------------------------------------------------------------

  sweep(): Promise<void> {
    if (this.#isStopping) return Promise.resolve()
    this.#sweeping ??= this.#sweep().finally(() => {
      this.#sweeping = undefined
    })
    return this.#sweeping
  }

  async #sweep(): Promise<void> {
    const queue = this.#opened()
    await this.#runSchedules()
    const unfinished = await this.#database.outside((db) => listUnfinished(db, sweepMost))
    for (const one of unfinished) {
      if (one.state === 'running' && !this.#runs.has(one.id)) await this.#revive(one)
    }
    const queued = unfinished.filter(({ state }) => state === 'queued')
    const told = queued.flatMap(({ messageId }) => messageId ?? [])
    const live = told.length === 0 ? new Set<string>() : await queue.listLive(told)
    const lost = new Set(told.filter((id) => !live.has(id)))
    const byOrganisation = new Map<number, number[]>()
    for (const { organisationId, id, messageId } of queued) {
      if (messageId !== null && !lost.has(messageId)) continue
      byOrganisation.set(organisationId, [...(byOrganisation.get(organisationId) ?? []), id])
    }
    for (const [organisationId, ids] of byOrganisation) {
      for (let from = 0; from < ids.length; from += handOverAtOnce) {
        await this.#handOver(organisationId, ids.slice(from, from + handOverAtOnce), lost)
      }
    }
  }

  async #runSchedules(): Promise<void> {
    const now = this.#clock()
    for (const { organisationId, id } of await this.#database.outside((db) => listDueSchedules(db, now))) {
      try {
        await this.#database.inOrganisation(organisationId, (db) =>
          runDueSchedule({ db, actor: 'job:schedules', now, today: dayOf(now) }, id),
        )
      } catch (error) {
        // One that cannot be read must not keep the others from their times.
        this.#warn('schedule-not-run', error)
      }
    }
  }

  /** Begins a job again whose process is gone. */
  async #revive({ organisationId, id, attempts }: Unfinished): Promise<void> {
    const lock = await this.#session?.lock(jobLock(id))
    if (!lock) return
    try {
      const queue = this.#opened()
      await this.#database.inOrganisation(organisationId, async (db) => {
        const attempt = { id, attempt: attempts }
        const row = await lockAttempt(db, attempt)
        const declared = row && this.#kinds.get(row.kind)
        if (!declared) return
        this.#log.warn('job-lost-its-process', { job: id, attempt: attempts })
        if (attempts - row.attemptsForgiven <= declared.retries) {
          await this.#requeue(db, organisationId, attempt, declared, { failure: interrupted, afterMs: 0, forgiven: 0 })
        } else {
          await endAttempt(db, attempt, { state: 'failed', failure: interrupted, progress: undefined }, this.#clock())
          if (row.messageId !== null) await queue.settle(db, row.messageId)
        }
      })
      queue.wake()
    } finally {
      await lock.release()
    }
  }

  async #requeue(
    db: Db,
    organisationId: number,
    attempt: Attempt,
    kind: JobKind,
    again: { readonly failure: Failure | null; readonly afterMs: number; readonly forgiven: 0 | 1 },
  ): Promise<void> {
    const queue = this.#opened()
    const message = this.#messageFor(organisationId, attempt.id, kind)
    const dueAt = again.afterMs === 0 ? null : new Date(this.#clock().getTime() + again.afterMs)
    const queued = await queueAgain(db, attempt, { ...again, messageId: message.id, dueAt })
    if (!queued) return
    if (queued.before !== null) await queue.settle(db, queued.before)
    await queue.send(db, [{ ...message, startAfter: soonest(again.afterMs) }])
    if (again.afterMs > 0) this.#wakeIn(again.afterMs)
  }

  // Running ------------------------------------------------------------------------------------------------------------

  async #handle({ id: messageId, data }: Pick<Message, 'id' | 'data'>): Promise<void> {
    const [organisationId, jobId] = [Number(data['organisation']), Number(data['job'])]
    const lane = data['lane']
    // Of a newer Vigil that runs beside this one: its sweep finds that the message is gone.
    if (!this.#kinds.has(String(data['kind']))) return
    const locks: Lock[] = []
    try {
      for (const name of [jobLock(jobId), ...(typeof lane === 'string' ? [lane] : [])]) {
        const lock = await this.#session?.lock(name)
        if (!lock) return await this.#putOff(organisationId, jobId, messageId)
        locks.push(lock)
      }
      if (this.#isStopping) return
      const claimed = await this.#database.inOrganisation(organisationId, (db) =>
        claimJob(db, jobId, messageId, this.#clock()),
      )
      // A message that no longer counts.
      if (!claimed) return
      const abort = new AbortController()
      const over = this.#attempt(organisationId, jobId, messageId, claimed, abort.signal)
      this.#runs.set(jobId, { abort, over })
      if (this.#isStopping) abort.abort(new Error('Vigil is stopping'))
      // Lost while it was being begun, when it could not be told yet.
      if (locks.some((lock) => !lock.isHeld())) abort.abort(new Error(lostLocks))
      await over.finally(() => this.#runs.delete(jobId))
    } catch (error) {
      // What was begun is found by its free lock, what was not by its lost message.
      this.#warn('job-not-handled', error, { job: jobId })
      throw error
    } finally {
      for (const lock of locks.reverse()) await lock.release()
    }
  }

  /** Somebody else is at it, or at another job of the organisation: a new message comes a little later. */
  async #putOff(organisationId: number, jobId: number, messageId: string): Promise<void> {
    const queue = this.#opened()
    await this.#database.inOrganisation(organisationId, async (db) => {
      const [row] = await lockQueued(db, [jobId])
      const kind = row && this.#kinds.get(row.kind)
      if (!kind || row.messageId !== messageId) return
      const message = { ...this.#messageFor(organisationId, jobId, kind), startAfter: soonest(waitMs) }
      await queue.settle(db, messageId)
      await queue.send(db, [message])
      await setMessages(db, [{ id: jobId, messageId: message.id }])
    })
    this.#wakeIn(waitMs)
  }

  #wakeIn(ms: number): void {
    setTimeout(() => this.#isStopping || this.#queue?.wake(), ms + 50).unref()
  }

  async #attempt(
    organisationId: number,
    jobId: number,
    messageId: string,
    claimed: Claimed,
    signal: AbortSignal,
  ): Promise<void> {
    const queue = this.#opened()
    const services = this.#services
    const kind = this.#kinds.get(claimed.kind)
    if (!services || !kind) throw new Error(`no job of kind ${claimed.kind} is known here`)
    const attempt: Attempt = { id: jobId, attempt: claimed.attempt }
    const began = this.#clock()
    const progress = new ProgressWriter(
      (told) => this.#database.inOrganisation(organisationId, (db) => setProgress(db, attempt, told)),
      (error) => this.#warn('job-progress-not-written', error, { job: jobId }),
    )
    const context: JobContext = {
      jobId,
      organisationId,
      askedBy: claimed.askedBy,
      attempt: claimed.attempt,
      now: began,
      services,
      signal,
      progress: (told) => progress.tell(told),
      inOrganisation: (work) =>
        this.#database.inOrganisation(organisationId, async (db) => {
          signal.throwIfAborted()
          if (!(await holdAttempt(db, attempt))) throw refuse('superseded')
          const now = this.#clock()
          return work({ db, actor: `job:${claimed.kind}`, now, today: dayOf(now, claimed.timeZone) })
        }),
    }

    let ending: Turn
    try {
      const input = kind.input.safeParse(claimed.input)
      if (!input.success) throw refuse('input')
      ending = { state: 'done', result: await kind.run(context, input.data) }
    } catch (error) {
      ending = this.#endingOf(error, jobId, claimed, kind, signal)
    }
    const last = await progress.close()
    await this.#database.inOrganisation(organisationId, async (db) => {
      if (ending.state === 'stopped') {
        return this.#requeue(db, organisationId, attempt, kind, { failure: null, afterMs: 0, forgiven: 1 })
      }
      if (ending.state === 'again') {
        const seconds = Math.min(
          longestPauseSeconds,
          kind.pauseSeconds * 5 ** (claimed.attempt - claimed.attemptsForgiven - 1),
        )
        return this.#requeue(db, organisationId, attempt, kind, {
          failure: ending.failure,
          afterMs: seconds * 1_000,
          forgiven: 0,
        })
      }
      await endAttempt(db, attempt, { ...ending, progress: last }, this.#clock())
      await queue.settle(db, messageId)
    })
  }

  #endingOf(error: unknown, jobId: number, claimed: Claimed, kind: JobKind, signal: AbortSignal): Turn {
    if (signal.aborted) return { state: 'stopped' }
    const isLast = claimed.attempt - claimed.attemptsForgiven > kind.retries
    if (error instanceof Refusal) {
      const failure = { code: error.code, detail: error.message }
      return { state: kind.passes(error) && !isLast ? 'again' : 'failed', failure }
    }
    this.#log.error('job-defect', { job: jobId, kind: claimed.kind, attempt: claimed.attempt })
    this.#onDefect(error, { id: jobId, kind: claimed.kind })
    return { state: isLast ? 'failed' : 'again', failure: defect }
  }

  #opened(): Queue {
    if (!this.#queue) throw new Error('jobs are not started')
    return this.#queue
  }

  /** Troubles that are got over by the next sweep; said by their class and code, never their words. */
  #warn(event: string, error: unknown, values: Readonly<Record<string, number>> = {}): void {
    if (this.#isStopping) return
    const code = (error as { code?: unknown }).code
    this.#log.warn(event, {
      ...values,
      reason: error instanceof Error ? error.name : 'unknown',
      code: typeof code === 'string' ? code : undefined,
    })
  }
}

const lostLocks = 'the connection that holds the locks broke'

const jobLock = (id: number) => `job-${id}`

/** By the machine's clock, which the queue's times are compared with. */
const soonest = (afterMs: number) => (afterMs === 0 ? undefined : new Date(Date.now() + afterMs))

/** Writes the newest progress, one write at a time and at most four a second. */
class ProgressWriter {
  readonly #write: (progress: Progress) => Promise<void>
  readonly #onTrouble: (error: unknown) => void
  #newest: Progress | undefined
  #isWritten = true
  #writing: Promise<void> | undefined
  #isClosed = false
  #wake: (() => void) | undefined

  constructor(write: (progress: Progress) => Promise<void>, onTrouble: (error: unknown) => void) {
    this.#write = write
    this.#onTrouble = onTrouble
  }

  tell(progress: Progress): void {
    if (this.#isClosed) return
    this.#newest = progress
    this.#isWritten = false
    this.#writing ??= this.#writeAll().finally(() => {
      this.#writing = undefined
    })
  }

  async #writeAll(): Promise<void> {
    while (!this.#isWritten && !this.#isClosed && this.#newest) {
      this.#isWritten = true
      await this.#write(this.#newest).catch(this.#onTrouble)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, progressMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
        if (this.#isClosed) this.#wake()
      })
    }
  }

  /** Ends writing and gives what was said last: it is written together with the end. */
  async close(): Promise<Progress | undefined> {
    this.#isClosed = true
    this.#wake?.()
    await this.#writing
    return this.#newest
  }
}

/** Waits for something, but not for ever. */
async function within(ms: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms)
  })
  await Promise.race([work.catch(() => undefined), over])
  clearTimeout(timer)
}
