/**
 * From messages to the log: what has come already is left out, the rest is made durable, and only then said to be accepted. Batches
 * that wait together are written together. What is durable goes on to whoever follows the log, in its order.
 */

import type { TrailLog } from '../log/log.ts'
import { type Gathered, leaveOut, type SaidIn } from './batch.ts'
import { HashSet, noDay, type Seen } from './seen.ts'
import { type Told, tellNothing } from './told.ts'

export interface Accepted {
  /** Messages that tell of something: those that were new, and those that had come before. */
  readonly accepted: number
  readonly duplicates: number
}

/** Lines that are durable, with what they say. */
export interface Durable {
  readonly source: string
  readonly first: number
  readonly told: Told
  readonly receivedAt: number
  readonly accepted: Accepted
}

interface Waiting {
  readonly batch: Gathered
  readonly receivedAt: number
  readonly resolve: (accepted: Accepted) => void
  readonly reject: (error: unknown) => void
}

/** Bytes of batches that are written in one go. */
const groupBytes = 8 * 1024 * 1024

export class Intake {
  readonly #log: TrailLog
  readonly #seen: Seen
  readonly #follow: (durable: Durable) => void
  readonly #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(log: TrailLog, seen: Seen, follow: (durable: Durable) => void) {
    this.#log = log
    this.#seen = seen
    this.#follow = follow
  }

  /** Resolves when the batch is durable. */
  commit(batch: Gathered, receivedAt: number): Promise<Accepted> {
    if (batch.messages === 0) return Promise.resolve({ accepted: 0, duplicates: 0 })
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, receivedAt, resolve, reject })
      this.#running ??= this.#run()
    })
  }

  /** Resolves when nothing waits. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Adds lines of the log to what is known to have come: after a stop, those that were not yet saved. */
  async remember(batch: Gathered): Promise<void> {
    await this.#seen.prepare(daysOf([batch]))
    this.#add(batch, new Uint8Array(batch.messages))
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group: Waiting[] = []
      for (let bytes = 0; bytes < groupBytes && this.#waiting[0]; ) {
        bytes += this.#waiting[0].batch.bytes
        group.push(...this.#waiting.splice(0, 1))
      }
      try {
        await this.#commit(group)
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    // Together with the last look at what waits: whoever comes later starts it again.
    this.#running = undefined
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    // What the group itself brings is not among what has come before it is durable: a write that fails may be tried again.
    const inGroup = new HashSet(group.reduce((sum, { batch }) => sum + batch.messages, 0))
    const saidInGroup = new Map<string, readonly [line: number, message: number]>()
    const appended: Promise<void>[] = []
    await this.#seen.prepare(daysOf(group.map(({ batch }) => batch)).add(noDay))
    for (const { batch, receivedAt, resolve, reject } of group) {
      const { source, messages, hashes, days, tells } = batch
      const isOld = new Uint8Array(messages)
      let [old, duplicates, fresh] = [0, 0, 0]
      let isRepeat = false
      for (let message = 0; message < messages; message += 1) {
        if (batch.said?.isList[message] === 1) {
          const found = this.#isSaid(batch.said, message, saidInGroup)
          if (found) {
            isRepeat ||= found === 'in-group'
            isOld[message] = 1
            old += 1
            duplicates += tells[message] ?? 0
          } else {
            say(batch.said, message, saidInGroup)
            fresh += tells[message] ?? 0
          }
          continue
        }
        const [high, low] = [hashes[message * 2 + 1] ?? 0, hashes[message * 2] ?? 0]
        const day = days[message] ?? noDay
        // What once came while this machine's clock was wrong is known by its bytes alone.
        const isKnown = this.#seen.has(day, high, low) || (day !== noDay && this.#seen.has(noDay, high, low))
        if (isKnown || !inGroup.add(high, low)) {
          isRepeat ||= !isKnown
          isOld[message] = 1
          old += 1
          duplicates += tells[message] ?? 0
        } else {
          if (batch.said) say(batch.said, message, saidInGroup)
          fresh += tells[message] ?? 0
        }
      }
      // What repeats something of this group is durable once that is.
      const earlier = isRepeat ? Promise.all(appended) : undefined
      const accepted = { accepted: fresh, duplicates }
      // A list is no source of accesses, whose repeats are counted.
      const counted = batch.said ? { accepted: fresh, duplicates: 0 } : accepted
      if (old === messages) {
        const told = tellNothing(0)
        Promise.resolve(earlier).then(() => {
          this.#follow({ source, first: this.#log.size, told, receivedAt, accepted: counted })
          resolve(accepted)
        }, reject)
        continue
      }
      const { records, told } = old === 0 ? batch : leaveOut(batch, isOld)
      const written = this.#log.append(records, receivedAt).then(({ first }) => {
        this.#add(batch, isOld)
        this.#follow({ source, first, told, receivedAt, accepted: counted })
      })
      appended.push(written)
      Promise.all([written, earlier]).then(() => resolve(accepted), reject)
    }
    await Promise.allSettled(appended)
  }

  /** Whether all that a message of a list tells is what was said last, and by whom: what is durable, or what is written with it. */
  #isSaid(
    { words, ends }: SaidIn,
    message: number,
    inGroup: ReadonlyMap<string, readonly [line: number, message: number]>,
  ): 'before' | 'in-group' | undefined {
    let by: 'before' | 'in-group' = 'before'
    for (let record = ends[message - 1] ?? 0; record < (ends[message] ?? 0); record += 1) {
      const [high = 0, low = 0, line = 0, told = 0] = words.subarray(record * 4, record * 4 + 4)
      const last = inGroup.get(`${high} ${low}`)
      if (last) {
        if (last[0] !== line && last[1] !== told) return undefined
        by = 'in-group'
      } else if (!this.#seen.said.isLast(high, low, line, told)) return undefined
    }
    return by
  }

  #add({ messages, hashes, days, said }: Gathered, isOld: Uint8Array): void {
    for (let message = 0; message < messages; message += 1) {
      if (isOld[message] === 1) continue
      for (let record = said?.ends[message - 1] ?? 0; record < (said?.ends[message] ?? 0); record += 1) {
        const [high = 0, low = 0, line = 0, told = 0] = said?.words.subarray(record * 4, record * 4 + 4) ?? []
        this.#seen.said.put(high, low, line, told)
      }
      if (said?.isList[message] !== 1)
        this.#seen.add(days[message] ?? 0, hashes[message * 2 + 1] ?? 0, hashes[message * 2] ?? 0)
    }
  }
}

/** Notes what a message tells, before it is durable. */
function say(
  { words, ends }: SaidIn,
  message: number,
  inGroup: Map<string, readonly [line: number, message: number]>,
): void {
  for (let record = ends[message - 1] ?? 0; record < (ends[message] ?? 0); record += 1) {
    const [high = 0, low = 0, line = 0, told = 0] = words.subarray(record * 4, record * 4 + 4)
    inGroup.set(`${high} ${low}`, [line, told])
  }
}

/** The days of batches, each once: neighbours are mostly of one. */
function daysOf(batches: readonly Gathered[]): Set<number> {
  const found = new Set<number>()
  let last: number | undefined
  for (const { days } of batches) {
    for (let at = 0; at < days.length; at += 1) {
      const day = days[at] ?? 0
      if (day !== last) found.add(day)
      last = day
    }
  }
  return found
}
