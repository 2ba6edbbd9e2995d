/**
 * From messages to the log: what has come already is left out, the rest is made durable, and only then said to be accepted. Batches
 * that wait together are written together. What is durable goes on to whoever follows the log, in its order.
 */

import { hash64 } from '../hash/hash.ts'
import type { TrailLog } from '../log/log.ts'
import type { Batch, Said } from './batch.ts'
import { HashSet, type Seen } from './seen.ts'

export interface Accepted {
  /** Messages that tell of something: those that were new, and those that had come before. */
  readonly accepted: number
  readonly duplicates: number
}

/** Lines that are durable, with what they say. */
export interface Durable {
  readonly source: string
  readonly first: number
  readonly said: readonly Said[]
  readonly receivedAt: number
  readonly accepted: Accepted
}

interface Waiting {
  readonly batch: Batch
  readonly receivedAt: number
  readonly resolve: (accepted: Accepted) => void
  readonly reject: (error: unknown) => void
}

/** Bytes of batches that are written in one go. */
const groupBytes = 8 * 1024 * 1024

export class Intake {
  readonly #log: TrailLog
  readonly #seen: Seen
  readonly #seed: Buffer
  readonly #follow: (durable: Durable) => void
  readonly #waiting: Waiting[] = []
  #running: Promise<void> | undefined

  constructor(log: TrailLog, seen: Seen, seed: Buffer, follow: (durable: Durable) => void) {
    this.#log = log
    this.#seen = seen
    this.#seed = seed
    this.#follow = follow
  }

  /** Resolves when the batch is durable. */
  commit(batch: Batch, receivedAt: number): Promise<Accepted> {
    if (batch.messages === 0) return Promise.resolve({ accepted: 0, duplicates: 0 })
    return new Promise((resolve, reject) => {
      this.#waiting.push({ batch, receivedAt, resolve, reject })
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined
      })
    })
  }

  /** Resolves when nothing waits. */
  async settle(): Promise<void> {
    while (this.#running) await this.#running
  }

  /** Adds lines of the log to what is known to have come: after a stop, those that were not yet saved. */
  async remember(batch: Batch): Promise<void> {
    const { bytes, ends, days } = batch.keys
    const hashes = words(hash64(this.#seed, bytes, ends))
    await this.#seen.prepare(new Set(days))
    for (const [message, day] of days.entries()) {
      this.#seen.add(day, hashes[message * 2 + 1] ?? 0, hashes[message * 2] ?? 0)
    }
  }

  async #run(): Promise<void> {
    while (this.#waiting.length > 0) {
      const group: Waiting[] = []
      for (let bytes = 0; bytes < groupBytes && this.#waiting[0]; ) {
        bytes += this.#waiting[0].batch.bytes
        group.push(...this.#waiting.splice(0, 1))
      }
      await this.#commit(group)
    }
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    // What the group itself brings is not among what has come before it is durable: a write that fails may be tried again.
    const inGroup = new HashSet(group.reduce((sum, { batch }) => sum + batch.messages, 0))
    const appended: Promise<void>[] = []
    for (const { batch, receivedAt, resolve, reject } of group) {
      const { bytes, ends, days } = batch.keys
      const hashes = words(hash64(this.#seed, bytes, ends))
      await this.#seen.prepare(new Set(days))
      const isOld = new Uint8Array(batch.messages)
      let [old, duplicates, fresh] = [0, 0, 0]
      for (const [message, day] of days.entries()) {
        const [h, l] = [hashes[message * 2 + 1] ?? 0, hashes[message * 2] ?? 0]
        if (this.#seen.has(day, h, l) || !inGroup.add(h, l)) {
          isOld[message] = 1
          old += 1
          if (batch.tells(message)) duplicates += 1
        } else {
          if (batch.tells(message)) fresh += 1
        }
      }
      const accepted = { accepted: fresh, duplicates }
      const { records, said } = batch.records((message) => isOld[message] === 1, old)
      if (records.count === 0) {
        resolve(accepted)
        this.#follow({ source: batch.source, first: this.#log.size, said: [], receivedAt, accepted })
        continue
      }
      appended.push(
        this.#log.append(records, receivedAt).then(({ first }) => {
          for (const [message, day] of days.entries()) {
            if (isOld[message] === 0) this.#seen.add(day, hashes[message * 2 + 1] ?? 0, hashes[message * 2] ?? 0)
          }
          this.#follow({ source: batch.source, first, said, receivedAt, accepted })
          resolve(accepted)
        }, reject),
      )
    }
    await Promise.all(appended)
  }
}

/** The halves of hashes, the lower one first. */
const words = (hashes: BigUint64Array<ArrayBuffer>) => new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2)
