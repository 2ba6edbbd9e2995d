/**
 * What lists said last of each relation, worker and patient. A list is delivered again and again, mostly unchanged: what it
 * repeats is left out. But what goes back to an earlier state (an appointment that is cancelled and then booked again, a record
 * that is watched, no longer, and once more) is written in the very bytes that came before, so what is compared is the last
 * word, not all that ever came.
 *
 * Of each record there is the keyed hash of its key, and 32 bits each of those of its line and of the message that told it:
 * where either is the same, nothing new was said. On the disk it is a file of such entries, 16 bytes each, of which the last one
 * of a key counts.
 */
import { open, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Numbers } from './bytes.ts'
import { readEntries, writeWords } from './pieces.ts'

/** Key (high, low), line, message. */
const entryWords = 4
const entryBytes = entryWords * 4
const fullAt = 0.75
/** A file with this many entries for each record is written anew. */
const crowded = 3
const fewEntries = 65_536
/** Above so many that wait to be written the file is written anew: the log may say many millions before the next time. */
const freshAtMost = 4_000_000
const pieceWords = 1024 * 1024

export class Said {
  readonly #path: string
  #words = new Uint32Array(1024 * entryWords)
  #mask = 1023
  #fresh = new Numbers()
  /** Whether the file is to be written anew, and what is fresh is not gathered. */
  #isDue = false
  /** How many entries the file has. */
  #stored: number
  size = 0

  private constructor(path: string, stored: number) {
    this.#path = path
    this.#stored = stored
  }

  /** Undefined where there is none: then all is read from the log again. */
  static async open(directory: string): Promise<Said | undefined> {
    const path = join(directory, 'said')
    const said = new Said(path, 0)
    try {
      for await (const bytes of readEntries(path, entryBytes)) {
        for (let at = 0; at < bytes.length; at += entryBytes) {
          const [high, low] = [bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4)]
          said.#put(high, low, bytes.readUInt32LE(at + 8), bytes.readUInt32LE(at + 12))
        }
        said.#stored += bytes.length / entryBytes
      }
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
    return said
  }

  static async make(directory: string): Promise<Said> {
    const path = join(directory, 'said')
    await writeFile(path, '', { mode: 0o600 })
    return new Said(path, 0)
  }

  /** Whether this is what was said of it last. */
  isLast(high: number, low: number, line: number, message: number): boolean {
    const place = this.#placeOf(high, low)
    const words = this.#words
    if ((words[place] ?? 0) === 0 && (words[place + 1] ?? 0) === 0) return false
    return words[place + 2] === line || words[place + 3] === message
  }

  put(high: number, low: number, line: number, message: number): void {
    this.#put(high, low, line, message)
    if (this.#isDue) return
    for (const word of [high, low, line, message]) this.#fresh.push(word)
    if (this.#fresh.length < freshAtMost * entryWords) return
    this.#isDue = true
    this.#fresh = new Numbers()
  }

  /** Writes what is fresh, durably. */
  async save(): Promise<void> {
    const entries = this.#fresh.length / entryWords
    if (this.#isDue || this.#stored + entries > Math.max(fewEntries, this.size * crowded)) return this.#saveAnew()
    if (entries === 0) return
    const fresh = this.#fresh
    this.#fresh = new Numbers()
    try {
      const file = await open(this.#path, 'r+')
      try {
        // Over a torn end, so that entries stay at their multiples.
        await writeWords(file, fresh.taken(Uint32Array), this.#stored * entryBytes)
        await file.datasync()
      } finally {
        await file.close()
      }
    } catch (error) {
      // Still to be written, before what came meanwhile: the last one of a key counts.
      for (const word of this.#fresh.taken(Uint32Array)) fresh.push(word)
      this.#fresh = fresh
      throw error
    }
    this.#stored += entries
  }

  async #saveAnew(): Promise<void> {
    const words = this.#words
    // What comes meanwhile may be in it or not: it is written behind it the next time.
    this.#fresh = new Numbers()
    this.#isDue = false
    let entries = 0
    try {
      const file = await open(`${this.#path}.new`, 'w', 0o600)
      try {
        for (let from = 0; from < words.length; from += pieceWords) {
          const some = new Numbers()
          for (let place = from; place < Math.min(from + pieceWords, words.length); place += entryWords) {
            if ((words[place] ?? 0) === 0 && (words[place + 1] ?? 0) === 0) continue
            for (let word = 0; word < entryWords; word += 1) some.push(words[place + word] ?? 0)
          }
          await writeWords(file, some.taken(Uint32Array), entries * entryBytes)
          entries += some.length / entryWords
        }
        await file.datasync()
      } finally {
        await file.close()
      }
      await rename(`${this.#path}.new`, this.#path)
    } catch (error) {
      this.#isDue = true
      throw error
    }
    this.#stored = entries
  }

  #put(high: number, low: number, line: number, message: number): void {
    let place = this.#placeOf(high, low)
    if ((this.#words[place] ?? 0) === 0 && (this.#words[place + 1] ?? 0) === 0) {
      if (this.size + 1 > (this.#mask + 1) * fullAt) {
        this.#grow()
        place = this.#placeOf(high, low)
      }
      this.size += 1
    }
    const words = this.#words
    words[place] = high
    // Zero in both is an empty place: the one key in 2^64 that is zero goes with another.
    words[place + 1] = high === 0 && low === 0 ? 1 : low
    words[place + 2] = line
    words[place + 3] = message
  }

  /** Where it stands, or would. */
  #placeOf(high: number, low: number): number {
    const sought = high === 0 && low === 0 ? 1 : low
    const words = this.#words
    for (let place = sought & this.#mask; ; place = (place + 1) & this.#mask) {
      const at = place * entryWords
      const [h, l] = [words[at], words[at + 1]]
      if ((h === high && l === sought) || (h === 0 && l === 0)) return at
    }
  }

  #grow(): void {
    const old = this.#words
    this.#words = new Uint32Array(old.length * 2)
    this.#mask = this.#words.length / entryWords - 1
    for (let from = 0; from < old.length; from += entryWords) {
      const [high = 0, low = 0] = old.subarray(from, from + 2)
      if (high !== 0 || low !== 0) this.#words.set(old.subarray(from, from + entryWords), this.#placeOf(high, low))
    }
  }
}
