/**
 * Which messages have come already: a keyed 64-bit hash of each, by the day that it speaks of. Sources deliver twice, and exports
 * overlap; two messages with one hash are taken for one, which by chance happens once in 10^5 years of a hospital's events.
 *
 * On the disk each day is a file of hashes, eight bytes each, and `upto` says to where of the log they are complete: what
 * came after is added again from the log when the trail is opened. In memory a day is an open-addressed table; the days that
 * were not touched for longest are put away.
 */
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Numbers } from './bytes.ts'
import { Said } from './said.ts'

/** Hashes held in memory at most: about 11 bytes each. */
const heldAtMost = 40_000_000
const fullAt = 0.75

/** A set of 64-bit hashes. Zero stands for an empty place, so a hash of zero is kept beside. */
export class HashSet {
  /** The higher and the lower word of each place, side by side: a look is one trip to the memory. */
  #words: Uint32Array
  #mask: number
  #hasZero = false
  size = 0

  constructor(expected: number) {
    let places = 1024
    while (places * fullAt < expected) places *= 2
    this.#words = new Uint32Array(places * 2)
    this.#mask = places - 1
  }

  has(high: number, low: number): boolean {
    if (high === 0 && low === 0) return this.#hasZero
    const words = this.#words
    for (let place = low & this.#mask; ; place = (place + 1) & this.#mask) {
      const h = words[place * 2]
      const l = words[place * 2 + 1]
      if (h === high && l === low) return true
      if (h === 0 && l === 0) return false
    }
  }

  /** Adds it; false where it was there. */
  add(high: number, low: number): boolean {
    if (high === 0 && low === 0) {
      if (this.#hasZero) return false
      this.#hasZero = true
      this.size += 1
      return true
    }
    if (this.size >= (this.#mask + 1) * fullAt) this.#grow()
    const words = this.#words
    let place = low & this.#mask
    for (; ; place = (place + 1) & this.#mask) {
      const h = words[place * 2]
      const l = words[place * 2 + 1]
      if (h === high && l === low) return false
      if (h === 0 && l === 0) break
    }
    words[place * 2] = high
    words[place * 2 + 1] = low
    this.size += 1
    return true
  }

  #grow(): void {
    const old = this.#words
    const words = new Uint32Array(old.length * 2)
    const mask = old.length - 1
    for (let from = 0; from < old.length; from += 2) {
      const high = old[from] ?? 0
      const low = old[from + 1] ?? 0
      if (high === 0 && low === 0) continue
      let place = low & mask
      while (words[place * 2] !== 0 || words[place * 2 + 1] !== 0) place = (place + 1) & mask
      words[place * 2] = high
      words[place * 2 + 1] = low
    }
    this.#words = words
    this.#mask = mask
  }
}

interface Held {
  readonly set: HashSet
  /** What is not on the disk yet: the higher word of each, and the lower. */
  fresh: Numbers
  touchedAt: number
}

/** The day of messages that say no believable time. */
export const noDay = -1

export class Seen {
  readonly #directory: string
  readonly #days = new Map<number, Held>()
  /** How many hashes lie on the disk, by day: days without a file need not be read. */
  readonly #stored: Set<number>
  #last: { readonly day: number; readonly held: Held } | undefined
  #writing: Promise<void> = Promise.resolve()
  #turn = 0
  #held = 0
  /** Up to where of the log all is on the disk. */
  upTo: number
  /** What lists said last. */
  readonly said: Said

  readonly #heldAtMost: number

  private constructor(directory: string, stored: Set<number>, said: Said, upTo: number, atMost: number) {
    this.said = said
    this.#heldAtMost = atMost
    this.#directory = directory
    this.#stored = stored
    this.upTo = upTo
  }

  static async open(directory: string, atMost = heldAtMost): Promise<Seen> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const stored = new Set<number>()
    for (const name of await readdir(directory)) if (/^-?\d+\.seen$/.test(name)) stored.add(Number.parseInt(name, 10))
    const said = await readFile(join(directory, 'upto'), 'utf8').catch(() => '')
    const [, upTo = '0', days = '0'] = /^(\d{1,15}) (\d{1,9})$/.exec(said) ?? []
    const kept = await Said.open(directory)
    // Where a day has gone, or what was said last, all is read from the log again.
    const isWhole = kept !== undefined && stored.size >= Number(days)
    return new Seen(directory, stored, kept ?? (await Said.make(directory)), isWhole ? Number(upTo) : 0, atMost)
  }

  /** Forgets all, so that it is made anew from the log. */
  static async clear(directory: string): Promise<void> {
    // First of all the mark: beside days that are gone it would say that nothing is missing.
    await rm(join(directory, 'upto'), { force: true })
    await rm(directory, { recursive: true, force: true })
  }

  /** How many hashes are in memory. */
  get held(): number {
    return this.#held
  }

  /** Reads the days that are touched next, so that `has` and `add` need not wait. Those prepared earlier may be put away. */
  async prepare(days: Iterable<number>): Promise<void> {
    this.#turn += 1
    for (const day of days) {
      const held = this.#days.get(day)
      if (held) held.touchedAt = this.#turn
      else this.#days.set(day, await this.#read(day))
    }
    if (this.#held > this.#heldAtMost) await this.#putAway()
  }

  has(day: number, high: number, low: number): boolean {
    return this.#of(day)?.set.has(high, low) ?? false
  }

  /** Adds a hash of a prepared day; false where it had come already. */
  add(day: number, high: number, low: number): boolean {
    const held = this.#of(day)
    if (!held) throw new Error('a day must be prepared before hashes are added to it')
    if (!held.set.add(high, low)) return false
    held.fresh.push(high)
    held.fresh.push(low)
    this.#held += 1
    return true
  }

  /** Writes what is fresh, durably, and that all up to this place of the log is there. */
  async save(upTo: number): Promise<void> {
    for (const [day, held] of this.#days) await this.#write(day, held)
    await this.said.save()
    const path = join(this.#directory, 'upto')
    await writeFile(`${path}.new`, `${upTo} ${this.#stored.size}`, { mode: 0o600, flush: true })
    await rename(`${path}.new`, path)
    this.upTo = upTo
  }

  /** Neighbours are mostly of one day. */
  #of(day: number): Held | undefined {
    if (day !== this.#last?.day) {
      const held = this.#days.get(day)
      this.#last = held && { day, held }
    }
    return this.#last?.held
  }

  async #read(day: number): Promise<Held> {
    if (!this.#stored.has(day)) return { set: new HashSet(0), fresh: new Numbers(), touchedAt: this.#turn }
    const bytes = await readFile(this.#path(day))
    // A stop in the middle of a write may leave a part of a hash; what it was of is added again from the log.
    const count = Math.floor(bytes.length / 8)
    const set = new HashSet(count)
    for (let place = 0; place < count; place += 1) {
      set.add(bytes.readUInt32LE(place * 8), bytes.readUInt32LE(place * 8 + 4))
    }
    this.#held += set.size
    return { set, fresh: new Numbers(), touchedAt: this.#turn }
  }

  /** One write after the other: two to one file would both begin at its end. */
  #write(day: number, held: Held): Promise<void> {
    const written = this.#writing.then(() => this.#append(day, held))
    this.#writing = written.catch(() => undefined)
    return written
  }

  async #append(day: number, held: Held): Promise<void> {
    if (held.fresh.length === 0) return
    const { fresh } = held
    held.fresh = new Numbers()
    try {
      const words = fresh.taken(Uint32Array)
      const bytes = Buffer.allocUnsafe(words.length * 4)
      for (let place = 0; place < words.length; place += 1) bytes.writeUInt32LE(words[place] ?? 0, place * 4)
      const file = await open(this.#path(day), this.#stored.has(day) ? 'r+' : 'w', 0o600)
      try {
        const { size } = await file.stat()
        // Over a torn end, so that hashes stay at multiples of eight.
        await file.write(bytes, 0, bytes.length, size - (size % 8))
        await file.datasync()
      } finally {
        await file.close()
      }
    } catch (error) {
      // It is still to be written, with what came meanwhile; what was written of it does no harm twice.
      const meanwhile = held.fresh
      held.fresh = fresh
      for (const word of meanwhile.taken(Uint32Array)) fresh.push(word)
      throw error
    }
    this.#stored.add(day)
  }

  async #putAway(): Promise<void> {
    const oldest = [...this.#days].sort(([, a], [, b]) => a.touchedAt - b.touchedAt)
    for (const [day, held] of oldest) {
      if (this.#held <= this.#heldAtMost / 2 || held.touchedAt === this.#turn) return
      await this.#write(day, held)
      this.#last = undefined
      this.#days.delete(day)
      this.#held -= held.set.size
    }
  }

  #path(day: number): string {
    return join(this.#directory, `${day}.seen`)
  }
}
