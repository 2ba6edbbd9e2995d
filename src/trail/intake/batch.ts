/** Messages of one source gathered into what the log keeps, with what is asked of each before it is kept. */

import { hash64 } from '../hash/hash.ts'
import type { Records } from '../log/log.ts'
import { type Access, flag } from '../model/access.ts'
import { fitAccess, fitKnown } from '../model/fit.ts'
import type { PlainAccess } from '../model/plain.ts'
import { type Known, writeKnown } from '../model/relation.ts'
import { Bytes, Numbers } from './bytes.ts'
import { noDay } from './seen.ts'
import { keepTold, memoryOf, Telling, type Told } from './told.ts'

const dayMs = 86_400_000

/** A batch that is full: plain columns, which may come from another thread. */
export interface Gathered {
  readonly source: string
  readonly messages: number
  readonly bytes: number
  /** By which each message is known again: the keyed hash in two words, the lower first, and the day that it speaks of. */
  readonly hashes: Uint32Array<ArrayBuffer>
  readonly days: Int32Array<ArrayBuffer>
  /** 1 for messages that tell of an access or a relation; others (a heading, a start of a program) are kept and not counted. */
  readonly tells: Uint8Array<ArrayBuffer>
  /** What relations, workers and patients are told, where any are. */
  readonly said: SaidIn | undefined
  readonly records: Records
  readonly told: Told
}

/** The records that messages tell of, each in four words: the keyed hash of its key (high, low), and 32 bits of its line's and its message's. */
export interface SaidIn {
  readonly words: Uint32Array<ArrayBuffer>
  /** Where the records of each message end, counted in records. */
  readonly ends: Uint32Array<ArrayBuffer>
  /** 1 for messages of lists, which repeat something only where it is what was said last. */
  readonly isList: Uint8Array<ArrayBuffer>
}

/** Bytes of the lines and the raw messages, and how many lines. */
interface Sizes {
  readonly lines: number
  readonly raw: number
  readonly count: number
}

/** A message whose accesses name nobody's record is kept as a line of its own: it happened, and its bytes are proof. */
const nothing = 'N'

export class Batch {
  readonly source: string
  readonly #seed: Uint8Array
  readonly #lines: Bytes
  readonly #raw: Bytes
  /** The bytes by which messages are known again; none as long as those are the lines, all of them. */
  #keys: Bytes | undefined
  readonly #lineEnds: Numbers
  readonly #rawEnds: Numbers
  readonly #rawOf: Numbers
  readonly #keyEnds: Numbers
  readonly #days: Numbers
  readonly #tells: Numbers
  /** Key and line of each record that is told, one after the other. */
  readonly #said = new Bytes(0)
  readonly #saidEnds = new Numbers()
  readonly #recordEnds: Numbers
  readonly #isList: Numbers
  readonly #telling: Telling
  readonly #ending: Buffer

  /** The seed is that of the hashes: 16 bytes; `like` is how large it will be, about; `spare` is memory of a batch that is done with (`spareOf`). */
  constructor(source: string, seed: Uint8Array, like?: Sizes, spare: readonly ArrayBuffer[] = []) {
    this.source = source
    this.#seed = seed
    this.#lines = new Bytes(spare[0] ?? Math.max(1 << 12, like?.lines ?? 0))
    this.#raw = new Bytes(spare[1] ?? Math.max(1 << 12, like?.raw ?? 0))
    const count = Math.max(16, like?.count ?? 0)
    this.#telling = new Telling(count)
    this.#lineEnds = new Numbers(count)
    this.#rawOf = new Numbers(count)
    this.#rawEnds = new Numbers(count)
    this.#keyEnds = new Numbers(count)
    this.#days = new Numbers(count)
    this.#tells = new Numbers(count)
    this.#recordEnds = new Numbers(count)
    this.#isList = new Numbers(count)
    this.#ending = endingOf(source)
  }

  get messages(): number {
    return this.#rawEnds.length
  }

  get bytes(): number {
    return this.#lines.length + this.#raw.length
  }

  get sizes(): Sizes {
    return { lines: this.#lines.length, raw: this.#raw.length, count: this.#lineEnds.length }
  }

  takeAccesses(raw: Uint8Array, accesses: readonly Access[]): void {
    const from = this.#lines.length
    for (const given of accesses) {
      const access = fitAccess(given)
      this.#telling.addAccess(this.#lineEnds.length, access, this.source)
      this.#lines.access(access, this.#ending)
      this.#line()
    }
    const first = accesses[0]
    if (!first) {
      this.#lines.text(`${nothing}\t${this.source}`)
      this.#line()
    }
    const isTimed = first !== undefined && (first.flags & flag.clock) === 0
    // With an identifier of its own a message is known by what it says; without one, by its bytes. Either way within its feed.
    if (isTimed && first.event !== '') this.#keys?.bytes(this.#lines.buffer, from, this.#lines.length)
    else {
      const keys = this.#ownKeys(from)
      keys.text(`${this.source}\0`)
      keys.bytes(raw)
    }
    this.#isList.push(0)
    this.#raw.bytes(raw)
    this.#message(isTimed ? Math.floor(first.at / dayMs) : noDay, first !== undefined)
  }

  /** A message that is one access, whose fields are bytes that are kept as they stand: as `takeAccesses` takes it. */
  takePlain(access: PlainAccess): void {
    const from = this.#lines.length
    this.#telling.addPlain(this.#lineEnds.length, access, this.source)
    this.#lines.plain(access, this.#ending)
    this.#line()
    const isTimed = (access.flags & flag.clock) === 0
    if (isTimed && access.eventFrom !== access.eventTo) this.#keys?.bytes(this.#lines.buffer, from, this.#lines.length)
    else {
      const keys = this.#ownKeys(from)
      keys.text(`${this.source}\0`)
      keys.bytes(access.bytes, access.from, access.to)
    }
    this.#isList.push(0)
    this.#raw.bytes(access.bytes, access.from, access.to)
    this.#message(isTimed ? Math.floor(access.at / dayMs) : noDay, true)
  }

  takeKnown(raw: Uint8Array, known: readonly Known[]): void {
    if (known.length === 0) return
    const keys = this.#ownKeys(this.#lines.length)
    for (const given of known) {
      const one = fitKnown(given)
      const line = writeKnown(one)
      // What follows from several messages together (KnownSink) is known by what it says, and counted with those.
      if (raw.length === 0) keys.text(line)
      this.#telling.addKnown(this.#lineEnds.length, one)
      this.#lines.text(line)
      this.#line()
      this.#said.text(`${line.slice(0, 2)}${keyOf(one)}`)
      this.#saidEnds.push(this.#said.length)
      this.#said.text(line)
      this.#saidEnds.push(this.#said.length)
    }
    keys.bytes(raw)
    const day = dayOfEvent(raw)
    this.#isList.push(day === undefined ? 1 : 0)
    this.#raw.bytes(raw)
    this.#message(day ?? noDay, raw.length > 0 && known.some(tellsOfAny))
  }

  /** All of it; the batch takes nothing more. */
  done(): Gathered {
    const keys = this.#keys ?? this.#lines
    const hashes = hash64(this.#seed, keys.taken, this.#keyEnds.taken(Uint32Array))
    const words = new Uint32Array(hashes.buffer, hashes.byteOffset, hashes.length * 2)
    return {
      source: this.source,
      messages: this.messages,
      bytes: this.bytes,
      hashes: words,
      said: this.#saidEnds.length === 0 ? undefined : this.#allSaid(words),
      days: this.#days.taken(Int32Array),
      tells: this.#tells.taken(Uint8Array),
      records: {
        count: this.#lineEnds.length,
        lines: this.#lines.taken,
        lineEnds: this.#lineEnds.taken(Uint32Array),
        raw: this.#raw.taken,
        rawEnds: this.#rawEnds.taken(Uint32Array),
        rawOf: this.#rawOf.taken(Uint32Array),
      },
      told: this.#telling.done(this.#lineEnds.length),
    }
  }

  #allSaid(hashes: Uint32Array): SaidIn {
    const found = hash64(this.#seed, this.#said.taken, this.#saidEnds.taken(Uint32Array))
    const halves = new Uint32Array(found.buffer, found.byteOffset, found.length * 2)
    const words = new Uint32Array(found.length * 2)
    const ends = this.#recordEnds.taken(Uint32Array)
    for (let message = 0; message < ends.length; message += 1) {
      for (let record = ends[message - 1] ?? 0; record < (ends[message] ?? 0); record += 1) {
        const [low = 0, high = 0, line = 0] = halves.subarray(record * 4, record * 4 + 3)
        words.set([high, low, line, hashes[message * 2] ?? 0], record * 4)
      }
    }
    return { words, ends, isList: this.#isList.taken(Uint8Array) }
  }

  #ownKeys(upTo: number): Bytes {
    if (this.#keys) return this.#keys
    this.#keys = new Bytes(Math.max(1 << 12, upTo * 2))
    this.#keys.bytes(this.#lines.buffer, 0, upTo)
    return this.#keys
  }

  #line(): void {
    this.#lineEnds.push(this.#lines.length)
    this.#rawOf.push(this.#rawEnds.length)
  }

  /** Ends a message whose bytes are among the raw ones already. */
  #message(day: number, tells: boolean): void {
    this.#tells.push(tells ? 1 : 0)
    this.#rawEnds.push(this.#raw.length)
    this.#keyEnds.push((this.#keys ?? this.#lines).length)
    this.#days.push(day)
    this.#recordEnds.push(this.#saidEnds.length / 2)
  }
}

const tellsOfAny = (known: Known) => known.record !== 'group' || known.members.length > 0

/** By what a later record replaces an earlier one. */
function keyOf(known: Known): string {
  switch (known.record) {
    case 'relation':
    case 'group':
      return known.key
    case 'worker':
      return known.login
    case 'patient':
      return known.patient
  }
}

/**
 * The day of a message that is told once, as the HL7 message of an event is, with its time (MSH-7) and its number: where it comes
 * again, it is delivered again, and must not undo what came after it. All else is of lists, where the last one counts.
 */
function dayOfEvent(raw: Uint8Array): number | undefined {
  const start = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, 1024)).toString('latin1').trimStart()
  if (!start.startsWith('MSH')) return undefined
  const [, year, month, day] = /^(20\d\d)(\d\d)(\d\d)/.exec(start.split(start[3] ?? '|', 7)[6] ?? '') ?? []
  const at = Date.UTC(Number(year), Number(month) - 1, Number(day))
  return Number.isNaN(at) ? noDay : Math.floor(at / dayMs)
}

const endings = new Map<string, Buffer>()

/** How every line of a source ends. */
function endingOf(source: string): Buffer {
  let ending = endings.get(source)
  if (!ending) {
    const bytes = new Bytes(256)
    bytes.field(source)
    ending = Buffer.from(bytes.taken)
    if (endings.size > 1_000) endings.clear()
    endings.set(source, ending)
  }
  return ending
}

/** What the log is to keep where some messages are left out (1), and what its lines say. */
export function leaveOut(
  { records, told }: Gathered,
  isLeftOut: Uint8Array,
): { readonly records: Records; readonly told: Told } {
  const [lines, raw] = [new Bytes(1 << 12), new Bytes(1 << 12)]
  const [lineEnds, rawEnds, rawOf] = [new Numbers(), new Numbers(), new Numbers()]
  const placeOf = new Int32Array(records.count).fill(-1)
  let previous = -1
  for (let line = 0; line < records.count; line += 1) {
    const message = records.rawOf[line] ?? 0
    if (isLeftOut[message] === 1) continue
    if (message !== previous) {
      raw.bytes(records.raw, records.rawEnds[message - 1] ?? 0, records.rawEnds[message])
      rawEnds.push(raw.length)
      previous = message
    }
    lines.bytes(records.lines, records.lineEnds[line - 1] ?? 0, records.lineEnds[line])
    placeOf[line] = lineEnds.length
    lineEnds.push(lines.length)
    rawOf.push(rawEnds.length - 1)
  }
  return {
    records: {
      count: lineEnds.length,
      lines: lines.taken,
      lineEnds: lineEnds.taken(Uint32Array),
      raw: raw.taken,
      rawEnds: rawEnds.taken(Uint32Array),
      rawOf: rawOf.taken(Uint32Array),
    },
    told: keepTold(told, placeOf, lineEnds.length),
  }
}

/** The memory that may be handed to another thread with it. */
export function memoryOfGathered({ hashes, days, tells, said, records, told }: Gathered): ArrayBuffer[] {
  const { lines, lineEnds, raw, rawEnds, rawOf } = records
  const ofSaid = said ? [said.words, said.ends, said.isList] : []
  const parts = [hashes, days, tells, ...ofSaid, lines, lineEnds, raw, rawEnds, rawOf]
  return [...parts.map(({ buffer }) => buffer as ArrayBuffer), ...memoryOf(told)]
}

/** The largest parts of its memory, for another batch once this one is durable: memory that is made anew for each has it all walked. */
export function spareOf({ records }: Gathered): ArrayBuffer[] {
  return [records.lines.buffer as ArrayBuffer, records.raw.buffer as ArrayBuffer]
}

/** A batch as it comes out of another thread: buffers are plain bytes there. */
export function received(gathered: Gathered): Gathered {
  const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const { records } = gathered
  return { ...gathered, records: { ...records, lines: asBuffer(records.lines), raw: asBuffer(records.raw) } }
}
