import { z } from 'zod'
import { type Bound, bindChange, bindEvents, bindRead, type Occurrence } from '#core/door.ts'
import type { Json } from '#core/ledger/model/entry.ts'
import * as contract from './contract.ts'
import * as service from './service.ts'
import type { Job } from './store.ts'

export const jobs: readonly Bound[] = [
  bindRead(contract.listJobs, (call, input) => service.listJobs(call, input).then(shown)),
  bindRead(contract.showJob, (call, input) => service.showJob(call, input).then(shown)),
  bindEvents(contract.watchJob, async (call, { jobId }) => {
    const { services, organisationId } = call
    if (!services.jobs) throw service.refuse('not-watched')
    // A job of somebody else is missing here, before anything streams.
    await service.showJob(call, { jobId })
    return occurrencesOf(services.jobs.watch(organisationId, jobId))
  }),
  bindChange(contract.check, async (call) => {
    const { output, ...recorded } = await service.askForChecks(call)
    return { ...recorded, output: shown(output) }
  }),
  bindChange(contract.retryJob, async (call, input) => {
    const { output, ...recorded } = await service.retryJob(call, input)
    return { ...recorded, output: shown(output) }
  }),
]

// What lies in the database as JSON was JSON when it was written; the contract's JSON type is only spelt differently.
type Shown<T> = T extends Job
  ? z.output<typeof contract.job>
  : T extends { items: Job[] }
    ? { items: z.output<typeof contract.job>[]; next: string | null }
    : never
function shown<T extends Job | { items: Job[]; next: string | null }>(of: T): Shown<T> {
  return of as unknown as Shown<T>
}

/** The events of a job; who leaves while waiting for the next one ends the watching at once. */
function occurrencesOf(jobs: AsyncIterableIterator<Job>): AsyncIterableIterator<Occurrence> {
  return {
    async next() {
      const { value, done } = await jobs.next()
      if (done) return { value: undefined, done: true }
      return { value: { event: 'job', data: z.encode(contract.job, shown(value)) as Json }, done: false }
    },
    async return() {
      await jobs.return?.()
      return { value: undefined, done: true }
    },
    [Symbol.asyncIterator]() {
      return this
    },
  }
}
