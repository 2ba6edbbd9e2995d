/** What kinds of jobs there are to be declared; `server/jobs.ts` lists those of this Vigil. */
import { z } from 'zod'
import type { Services } from '#core/door.ts'
import type { Context } from '#platform/context.ts'
import type { Refusal } from '#platform/refusal.ts'
import type { JsonObject, Progress } from './store.ts'

/** What a job is handed. */
export interface JobContext {
  readonly jobId: number
  readonly organisationId: number
  /** Who asked for it: an actor. */
  readonly askedBy: string
  /** 1 the first time. */
  readonly attempt: number
  /** When this attempt began. */
  readonly now: Date
  readonly services: Services
  /** Aborted when Vigil stops, or when this attempt no longer counts: give up soon. The job is then begun again. */
  readonly signal: AbortSignal
  /** Says how far it is; told to those who watch at most four times a second, the last word always. */
  progress(progress: Progress): void
  /**
   * Runs one transaction of the organisation as `job:<kind>`. While it is open no other attempt at this job can begin; an
   * attempt that no longer counts is refused.
   */
  inOrganisation<T>(work: (context: Context) => Promise<T>): Promise<T>
}

export interface JobKind {
  /** `slice.verb`. */
  readonly kind: string
  /** What lies in the row is checked before it is run. */
  readonly input: z.ZodType
  /** At-least-once: an attempt may be cut short anywhere, also after its last transaction, and is then begun anew. */
  run(context: JobContext, input: unknown): Promise<JsonObject>
  /** Whether an organisation's exclusive jobs go one after the other, whatever their kinds. */
  readonly exclusiveBy: 'organisation' | 'none'
  /** Whether a refusal passes by itself, so that the job is tried again as after a defect. Any other fails it at once. */
  passes(refusal: Refusal): boolean
  /** How often it is begun again at most: after a defect, a refusal that passes, or when its process died. */
  readonly retries: number
  /** How long is waited after the first attempt; five times as long after each further one, and an hour at most. */
  readonly pauseSeconds: number
}

/** Declares a kind of job. What `run` gives is shown as the job's result: counts and ids. */
export function defineJob<I extends z.ZodType>(declared: {
  readonly kind: string
  readonly input: I
  readonly run: (context: JobContext, input: z.output<I>) => Promise<JsonObject>
  readonly exclusiveBy: 'organisation' | 'none'
  /** None does where it says nothing. */
  readonly passes?: (refusal: Refusal) => boolean
  /** 2 where it says nothing. */
  readonly retries?: number
  /** 5 where it says nothing. */
  readonly pauseSeconds?: number
}): JobKind {
  return {
    passes: () => false,
    retries: 2,
    pauseSeconds: 5,
    ...declared,
    run: (context, input) => declared.run(context, input as z.output<I>),
  }
}

/** Judges every safeguard whose inputs have changed: after an import, and at the organisation's times. */
export function checksJob(judge: (context: JobContext) => Promise<JsonObject>): JobKind {
  return defineJob({
    kind: 'checks.run',
    input: z.strictObject({ reason: z.enum(['import', 'schedule', 'asked', 'lapse']) }),
    exclusiveBy: 'organisation',
    run: judge,
  })
}
