/**
 * A column of texts while it grows: each distinct text once, as UTF-8 bytes, and of each row which of them it holds. Strings of
 * every row would be made, moved by each collection, and copied when they go to another thread; bytes are none of that.
 */
import { randomInt } from 'node:crypto'

/** A column of texts. Text `n` is the bytes from `ends[n - 1]` to `ends[n]`; text 0 is the empty one. */
export interface Texts {
  readonly bytes: Uint8Array<ArrayBuffer>
  readonly ends: Uint32Array<ArrayBuffer>
  /** Of each row, which of the texts it holds. */
  readonly places: Uint32Array<ArrayBuffer>
}

/** Differs in every run, so that nobody can choose texts that all fall on one place. */
const seed = randomInt(2 ** 31)
/** Texts of no more than this many are looked for one after the other. */
const firstSlots = 64

export class Column {
  places: Uint32Array<ArrayBuffer>
  #bytes = Buffer.allocUnsafeSlow(512) as Buffer<ArrayBuffer>
  #length = 0
  #ends = new Uint32Array(firstSlots / 2)
  #hashes = new Uint32Array(firstSlots / 2)
  /** The place of a text, or 0 where there is none; at least twice as many as texts. */
  #slots = new Uint32Array(firstSlots)
  #count = 0
  #text = ''
  #place = 0

  constructor(rows: number) {
    this.places = new Uint32Array(rows)
  }

  put(row: number, text: string): void {
    // Much stays the same from one access to the next.
    if (text !== this.#text) {
      this.#text = text
      this.#place = text === '' ? 0 : this.#placeOf(text)
    }
    this.places[row] = this.#place
  }

  /** The same for bytes that are a text already. */
  putBytes(row: number, bytes: Buffer, from: number, to: number): void {
    this.places[row] = from === to ? 0 : this.#find(bytes, from, to) || this.#add(bytes, from, to)
  }

  done(): Texts {
    return {
      bytes: this.#bytes.subarray(0, this.#length),
      ends: this.#ends.subarray(0, this.#count + 1),
      places: this.places,
    }
  }

  #placeOf(text: string): number {
    // Where it would stand if it is new.
    const from = this.#length
    this.#room(text.length * 3)
    const to = from + encode(this.#bytes, from, text)
    return this.#find(this.#bytes, from, to) || this.#add(this.#bytes, from, to)
  }

  #hash = 0

  #find(bytes: Buffer, from: number, to: number): number {
    let hash = seed
    for (let at = from; at < to; at += 1) hash = Math.imul(hash ^ (bytes[at] as number), 0x01000193) ^ (hash >>> 15)
    hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
    hash = (hash ^ (hash >>> 13)) >>> 0
    this.#hash = hash
    const [slots, hashes, ends, own] = [this.#slots, this.#hashes, this.#ends, this.#bytes]
    const mask = slots.length - 1
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const place = slots[slot] as number
      if (place === 0) return 0
      if (hashes[place] !== hash) continue
      const start = ends[place - 1] as number
      if ((ends[place] as number) - start !== to - from) continue
      let at = from
      for (let mine = start; at < to && own[mine] === bytes[at]; mine += 1) at += 1
      if (at === to) return place
    }
  }

  /** Adds what was looked for last. */
  #add(bytes: Buffer, from: number, to: number): number {
    if (bytes !== this.#bytes || from !== this.#length) {
      this.#room(to - from)
      const own = this.#bytes
      for (let at = from, mine = this.#length; at < to; at += 1, mine += 1) own[mine] = bytes[at] as number
    }
    this.#length += to - from
    this.#count += 1
    if (this.#count === this.#ends.length) this.#grow()
    this.#ends[this.#count] = this.#length
    this.#hashes[this.#count] = this.#hash
    this.#putSlot(this.#count, this.#hash)
    return this.#count
  }

  #putSlot(place: number, hash: number): void {
    const slots = this.#slots
    const mask = slots.length - 1
    let slot = hash & mask
    while (slots[slot] !== 0) slot = (slot + 1) & mask
    slots[slot] = place
  }

  #grow(): void {
    this.#ends = longer(this.#ends, new Uint32Array(this.#ends.length * 2))
    this.#hashes = longer(this.#hashes, new Uint32Array(this.#ends.length))
    this.#slots = new Uint32Array(this.#ends.length * 2)
    for (let place = 1; place < this.#count; place += 1) this.#putSlot(place, this.#hashes[place] as number)
  }

  #room(more: number): void {
    if (this.#length + more <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.#bytes.length * 2, this.#length + more)) as Buffer<ArrayBuffer>
    this.#bytes.copy(grown, 0, 0, this.#length)
    this.#bytes = grown
  }
}

/** Writes a text as UTF-8; gives how many bytes that were. */
function encode(bytes: Buffer, from: number, text: string): number {
  const { length } = text
  for (let at = 0; at < length; at += 1) {
    const letter = text.charCodeAt(at)
    if (letter > 127) return bytes.write(text, from, 'utf8')
    bytes[from + at] = letter
  }
  return length
}

/** The texts of a column, the empty one first. */
export function listTexts({ bytes, ends }: Texts): string[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  return Array.from(ends, (end, place) => all.toString('utf8', ends[place - 1] ?? 0, end))
}

export function longer<T extends Uint8Array | Uint32Array | Float64Array>(old: T, grown: T): T {
  grown.set(old)
  return grown
}
