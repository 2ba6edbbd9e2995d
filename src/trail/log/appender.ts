/**
 * Appends that come while one is being written share the next write. The thread pool packs one step while another is being
 * written to the disk.
 */
import { hashLeaves } from '../hash/hash.ts'
import { type Entry, sizeOf, sliceOf } from './body.ts'
import { Disk, isNoRoom } from './disk.ts'
import type { Records } from './log.ts'
import { monthOf } from './record.ts'
import { asRefusal, refuse } from './refusals.ts'
import { type MonthKeys, saltsOf } from './seal.ts'
import { type Plan, planBlocks, planLines, type Step, tailLimit } from './writer.ts'

/** An append that waits; without records it asks that the tail be written as blocks. */
interface Waiting {
  readonly records: Records | undefined
  readonly receivedAt: number
  readonly resolve: (where: { readonly first: number }) => void
  readonly reject: (error: unknown) => void
}

const maxStepBytes = 8 * 1024 * 1024

export class Appender {
  readonly #keys: MonthKeys
  readonly #disk: Disk
  readonly #told: { done: (step: Step) => void; failed: () => void }
  readonly #waiting: Waiting[] = []
  #waitingBytes = 0
  /** What is on the disk, and what will be once all that is under way is. */
  #durable: Plan
  #planned: Plan
  #running: Promise<void> | undefined

  /** `done` is called with each step as soon as it is on the disk, before its appends resolve. */
  constructor(
    directory: string,
    keys: MonthKeys,
    plan: Plan,
    told: { done: (step: Step) => void; failed: () => void },
  ) {
    this.#keys = keys
    this.#disk = new Disk(directory)
    this.#told = told
    this.#durable = plan
    this.#planned = plan
  }

  get durable(): Plan {
    return this.#durable
  }

  append(records: Records, receivedAt: number): Promise<{ readonly first: number }> {
    return this.#wait(records, receivedAt)
  }

  /** Writes what stands in the tail as blocks. */
  flush(): Promise<unknown> {
    return this.#wait(undefined, 0)
  }

  /** Resolves when nothing waits any more. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Carries out a step that was worked out from what is durable, while nothing else is under way. */
  async carryOut(step: Step): Promise<void> {
    await this.#disk.carryOut(step)
    this.#durable = step.after
    if (this.#planned === step.before) this.#planned = step.after
    this.#told.done(step)
  }

  close(): Promise<void> {
    return this.#disk.close()
  }

  #wait(records: Records | undefined, receivedAt: number): Promise<{ readonly first: number }> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, receivedAt, resolve, reject })
      this.#waitingBytes += records ? sizeOf(records) : 0
      this.#run()
    })
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      if (this.#waiting.length > 0) this.#run()
    })
  }

  async #work(): Promise<void> {
    let writing: Promise<void> = Promise.resolve()
    while (this.#waiting.length > 0) {
      // Little waits for the write under way, so that what comes meanwhile can go with it; much is packed meanwhile.
      if (this.#waitingBytes < tailLimit / 4) await writing
      const taken = this.#take()
      let step: Step
      try {
        step = await this.#plan(taken)
      } catch (error) {
        for (const { reject } of taken)
          reject(isNoRoom(error) ? refuse('full', {}, { cause: error }) : asRefusal(error))
        continue
      }
      this.#planned = step.after
      await writing
      writing = this.#finish(step, taken)
    }
    await writing
  }

  async #finish(step: Step, taken: readonly Waiting[]): Promise<void> {
    try {
      // A step that was worked out from one that failed fails with it.
      if (step.before !== this.#durable) throw refuse('full')
      await this.carryOut(step)
    } catch (error) {
      this.#planned = this.#durable
      this.#told.failed()
      for (const { reject } of taken) reject(error)
      return
    }
    let first = step.before.size
    for (const { records, resolve } of taken) {
      resolve({ first })
      first += records?.count ?? 0
    }
  }

  /** Takes those of one month that go together. */
  #take(): Waiting[] {
    const taken: Waiting[] = []
    let bytes = 0
    let month = 0
    for (const each of this.#waiting) {
      const own = monthOf(Math.max(each.receivedAt, this.#planned.receivedAt))
      const size = each.records ? sizeOf(each.records) : 0
      if (taken.length > 0 && (own > month || !each.records || bytes + size > maxStepBytes)) break
      taken.push(each)
      bytes += size
      month = Math.max(month, own)
      if (!each.records) break
    }
    this.#waiting.splice(0, taken.length)
    this.#waitingBytes -= bytes
    return taken
  }

  async #plan(taken: readonly Waiting[]): Promise<Step> {
    const before = this.#planned
    const entries: Entry[] = []
    let first = before.size
    let { receivedAt } = before
    for (const each of taken) {
      if (!each.records) continue
      receivedAt = Math.max(receivedAt, each.receivedAt)
      const { count, lines, lineEnds } = each.records
      const key = await this.#keys.make(monthOf(receivedAt))
      const leaves = hashLeaves(saltsOf(key, first, count), lines, lineEnds)
      entries.push({ first, records: each.records, receivedAt, leaves })
      first += count
    }
    if (entries.length === 0) {
      return before.pending.length > 0
        ? planBlocks(this.#keys, before, [])
        : { before, after: { ...before }, writes: [], blocks: [], leaves: [] }
    }
    const hasTurned = before.pending.length > 0 && monthOf(before.receivedAt) < monthOf(receivedAt)
    if (!hasTurned) return planLines(this.#keys, before, owned(before, entries))
    // What is left of the month that has ended becomes blocks of its own.
    const ending = await planBlocks(this.#keys, before, [])
    const step = await planLines(this.#keys, ending.after, owned(ending.after, entries))
    return {
      before,
      after: step.after,
      writes: [...ending.writes, ...step.writes],
      blocks: [...ending.blocks, ...step.blocks],
      leaves: step.leaves,
    }
  }
}

/** What goes to the tail is kept until it becomes a block, longer than its caller's buffers are. */
function owned(before: Plan, entries: readonly Entry[]): readonly Entry[] {
  const bytes = [...before.pending, ...entries].reduce((sum, { records }) => sum + sizeOf(records), 0)
  if (bytes >= tailLimit) return entries
  return entries.map((entry) => ({ ...entry, records: sliceOf(entry.records, 0, entry.records.count) }))
}
