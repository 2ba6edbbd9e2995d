/**
 * Which messages have come already: a keyed 64-bit hash of each, by the day that it speaks of. Sources deliver twice, and exports
 * overlap; two messages with one hash are taken for one, which by chance happens once in 10^5 years of a hospital's events.
 *
 * On the disk each day is a file of hashes, eight bytes each, and `upto` says to where of the log they are complete: what
 * came after is added again from the log when the trail is opened. In memory a day is an open-addressed table; the days that
 * were not touched for longest are put away. Messages that say no believable time could be of any day: of those the last some
 * millions are known, in two files that take turns.
 */
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { refusals } from '#platform/refusal.ts'
import { Numbers } from './bytes.ts'
import { readEntries, writeWords } from './pieces.ts'
import { Said } from './said.ts'

/** Hashes held in memory at most: about 11 bytes each. */
const heldAtMost = 24_000_000
/** Of messages without a day the last so many are known, and up to as many before them. */
const undatedAtMost = 8_000_000
const hashBytes = 8

const refuse = refusals('trail-seen', {
  damaged: [
    'unavailable',
    'Which messages have come already cannot be read from the disk.',
    'Run `vigil trail rebuild`: it makes this anew from the log.',
  ],
})

/** What went wrong with this process rather than with the file. */
const passing = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EACCES', 'EPERM'])

function damaged(error: unknown): unknown {
  const { code = '' } = error as NodeJS.ErrnoException
  return passing.has(code) ? error : refuse('damaged')
}

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

interface AtMost {
  readonly held: number
  readonly undated: number
}

interface Held {
  readonly set: HashSet
  /** What is not on the disk yet: the higher word of each, and the lower. */
  fresh: Numbers
  touchedAt: number
}

/** The day of messages that say no believable time. */
export const noDay = -1
/** Those of them that came before the ones of `noDay`. */
const beforeThose = -2

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

  readonly #atMost: AtMost
  /** From here on the log is read again when it is opened. */
  #isDamaged = false

  private constructor(directory: string, stored: Set<number>, said: Said, upTo: number, atMost: AtMost) {
    this.said = said
    this.#atMost = atMost
    this.#directory = directory
    this.#stored = stored
    this.upTo = upTo
  }

  /** Throws `trail-seen-damaged` where it cannot be read, here and whenever a day is read. */
  static async open(directory: string, held = heldAtMost, undated = undatedAtMost): Promise<Seen> {
    await mkdir(directory, { recursive: true, mode: 0o700 })
    const stored = new Set<number>()
    for (const name of await readdir(directory)) if (/^-?\d+\.seen$/.test(name)) stored.add(Number.parseInt(name, 10))
    const said = await readFile(join(directory, 'upto'), 'utf8').catch(() => '')
    const [, upTo = '0', days = '0'] = /^(\d{1,15}) (\d{1,9})$/.exec(said) ?? []
    const kept = await Said.open(directory).catch((error: unknown) => {
      throw damaged(error)
    })
    // Where a day has gone, or what was said last, all is read from the log again.
    const isWhole = kept !== undefined && stored.size >= Number(days)
    return new Seen(directory, stored, kept ?? (await Said.make(directory)), isWhole ? Number(upTo) : 0, {
      held,
      undated,
    })
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
      const held = await this.#touch(day)
      if (day !== noDay) continue
      await this.#touch(beforeThose)
      if (held.set.size >= this.#atMost.undated) await this.#turnUndated(held)
    }
    if (this.#held > this.#atMost.held) await this.#putAway()
  }

  async #touch(day: number): Promise<Held> {
    const held = this.#days.get(day) ?? (await this.#read(day))
    held.touchedAt = this.#turn
    this.#days.set(day, held)
    return held
  }

  has(day: number, high: number, low: number): boolean {
    if (this.#of(day)?.set.has(high, low)) return true
    return day === noDay && (this.#days.get(beforeThose)?.set.has(high, low) ?? false)
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
    if (this.#isDamaged) return
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
    const set = new HashSet(0)
    try {
      for await (const bytes of readEntries(this.#path(day), hashBytes)) {
        for (let at = 0; at < bytes.length; at += hashBytes) set.add(bytes.readUInt32LE(at), bytes.readUInt32LE(at + 4))
      }
    } catch (error) {
      const found = damaged(error)
      if (found !== error) {
        this.#isDamaged = true
        await rm(join(this.#directory, 'upto'), { force: true })
      }
      throw found
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
      const file = await open(this.#path(day), this.#stored.has(day) ? 'r+' : 'w', 0o600)
      try {
        const { size } = await file.stat()
        // Over a torn end, so that hashes stay at multiples of eight.
        await writeWords(file, fresh.taken(Uint32Array), size - (size % hashBytes))
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

  /** Begins a new file of messages without a day; the one before the last is forgotten. */
  async #turnUndated(held: Held): Promise<void> {
    await this.#write(noDay, held)
    const turned = this.#writing.then(() => rename(this.#path(noDay), this.#path(beforeThose)))
    this.#writing = turned.catch(() => undefined)
    await turned
    this.#stored.delete(noDay)
    this.#stored.add(beforeThose)
    this.#held -= this.#days.get(beforeThose)?.set.size ?? 0
    this.#days.set(beforeThose, held)
    this.#days.set(noDay, { set: new HashSet(0), fresh: new Numbers(), touchedAt: this.#turn })
    this.#last = undefined
  }

  async #putAway(): Promise<void> {
    const oldest = [...this.#days].sort(([, a], [, b]) => a.touchedAt - b.touchedAt)
    for (const [day, held] of oldest) {
      if (this.#held <= this.#atMost.held / 2 || held.touchedAt === this.#turn) return
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
