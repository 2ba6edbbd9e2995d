/**
 * Watching jobs: one connection of the process hears of every change and wakes those who watch that job; each then reads
 * the job as it is. A slow reader misses what lies in between and keeps nothing in memory but "something changed".
 */
import type { Database } from '#platform/database.ts'
import { findJob, type Job } from './store.ts'

export interface JobWatcher {
  /** Gives the job as it is, then after each change; ends when it has ended, is gone, or the signal says so. */
  watch(organisationId: number, jobId: number, signal?: AbortSignal): AsyncIterableIterator<Job>
}

/** Who watches which job, by `organisation:job`. */
export class Watches implements JobWatcher {
  readonly #database: Database
  readonly #watching = new Map<string, Set<() => void>>()

  constructor(database: Database) {
    this.#database = database
  }

  /** How many watch now. */
  get size(): number {
    let count = 0
    for (const readers of this.#watching.values()) count += readers.size
    return count
  }

  tell(organisationId: number, jobId: number): void {
    for (const wake of this.#watching.get(`${organisationId}:${jobId}`) ?? []) wake()
  }

  /** After something may have been missed. */
  tellAll(): void {
    for (const readers of this.#watching.values()) for (const wake of readers) wake()
  }

  watch(organisationId: number, jobId: number, signal?: AbortSignal): AsyncIterableIterator<Job> {
    const key = `${organisationId}:${jobId}`
    let isStale = true
    let isOver = false
    let wakeNext: (() => void) | undefined
    let last: string | undefined
    let asked: Promise<unknown> | undefined
    const wake = () => {
      isStale = true
      wakeNext?.()
    }
    // Only when the first answer is asked for: who never asks leaves nothing behind.
    const begin = async () => {
      if (isOver) return
      this.#watching.set(key, (this.#watching.get(key) ?? new Set()).add(wake))
      if (signal?.aborted) end()
      else signal?.addEventListener('abort', end)
    }
    const end = () => {
      isOver = true
      const readers = this.#watching.get(key)
      readers?.delete(wake)
      if (readers?.size === 0) this.#watching.delete(key)
      signal?.removeEventListener('abort', end)
      wakeNext?.()
    }

    const read = async (): Promise<IteratorResult<Job, undefined>> => {
      while (!isOver) {
        if (!isStale) {
          await new Promise<void>((resolve) => {
            wakeNext = resolve
          })
          wakeNext = undefined
          continue
        }
        // Before reading: what changes while it is read is read again.
        isStale = false
        const job = await this.#database
          .inOrganisation(organisationId, (db) => findJob(db, jobId))
          .catch((error) => {
            end()
            throw error
          })
        if (!job) break
        const seen = JSON.stringify(job)
        if (seen === last) continue
        last = seen
        if (job.state === 'done' || job.state === 'failed') end()
        return { value: job, done: false }
      }
      end()
      return { value: undefined, done: true }
    }
    return {
      // One after the other, however often it is called.
      next: () => {
        const answer = (asked ?? begin()).then(read)
        asked = answer.catch(() => undefined)
        return answer
      },
      // Answered at once, also while somebody waits for the next change.
      return: async () => {
        end()
        return { value: undefined, done: true }
      },
      [Symbol.asyncIterator]() {
        return this
      },
    }
  }
}
