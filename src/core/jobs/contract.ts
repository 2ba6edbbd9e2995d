/** Long work that goes on behind the scenes: what is queued, what runs, how far it is, what failed. */
import { z } from 'zod'
import { endpoint, id, instant, line, officers, pageOf, paging, readers } from '#platform/contract.ts'

const jobState = z.enum(['queued', 'running', 'done', 'failed'])
const object = z.record(z.string(), z.json())

export const job = z.object({
  id,
  /** `slice.verb` of what is done. */
  kind: z.string(),
  state: jobState,
  /** `member:<id>`, `token:<id>`, `operator:<os user>`, `job:<name>`. */
  askedBy: z.string(),
  input: object,
  progress: z.object({ phase: z.string(), done: z.number(), total: z.number().nullable() }).nullable(),
  result: object.nullable(),
  /** Of a queued job: why the attempt before failed. */
  failure: z.object({ code: z.string(), detail: z.string() }).nullable(),
  attempts: z.int(),
  queuedAt: instant,
  /** Not begun before. */
  dueAt: instant.nullable(),
  startedAt: instant.nullable(),
  finishedAt: instant.nullable(),
})

const which = z.strictObject({ jobId: id })

export const listJobs = endpoint({
  name: 'jobs.list',
  method: 'GET',
  path: '/jobs',
  effect: 'read',
  summary: 'List jobs, the newest first',
  roles: readers,
  input: z.strictObject({ ...paging, state: jobState.optional(), kind: line(100).optional() }),
  output: pageOf(job),
})

export const showJob = endpoint({
  name: 'jobs.show',
  method: 'GET',
  path: '/jobs/{jobId}',
  effect: 'read',
  summary: 'See how far a job is',
  roles: readers,
  input: which,
  output: job,
})

/** Events `job`, each with the job as `jobs.show` gives it: at once, and after each change; the last when it has ended. */
export const watchJob = endpoint({
  name: 'jobs.watch',
  method: 'GET',
  path: '/jobs/{jobId}/events',
  effect: 'read',
  summary: 'Watch a job until it has ended',
  roles: readers,
  carriage: 'events',
  input: which,
  output: job,
})

/** What was asked for and has not begun is one job, however often it is asked for. */
export const check = endpoint({
  name: 'jobs.check',
  method: 'POST',
  path: '/jobs/checks',
  effect: 'change',
  summary: 'Have every safeguard checked now',
  roles: [...officers, 'api-client'],
  input: z.strictObject({}),
  output: job,
})

export const retryJob = endpoint({
  name: 'jobs.retry',
  method: 'POST',
  path: '/jobs/{jobId}/retry',
  effect: 'change',
  summary: 'Try a failed job again',
  roles: [...officers, 'api-client'],
  input: which,
  output: job,
})
