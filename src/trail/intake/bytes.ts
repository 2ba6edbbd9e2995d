/** Bytes and numbers that grow: they double when they are full. */
import { type Access, escapeField } from '../model/access.ts'
import { type PlainAccess, plainPlaces } from '../model/plain.ts'

const tab = 9
const backslash = 92
/** Up to so many bytes a loop costs less than a call. */
const shortBytes = 160

export class Bytes {
  buffer: Buffer
  length = 0

  /** Of this size to begin with, or in memory that is used again. */
  constructor(memory: number | ArrayBuffer) {
    this.buffer = typeof memory === 'number' ? Buffer.allocUnsafeSlow(memory) : Buffer.from(memory)
  }

  /** What was written. */
  get taken(): Buffer {
    return this.buffer.subarray(0, this.length)
  }

  room(more: number): void {
    if (this.length + more <= this.buffer.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(this.buffer.length * 2, this.length + more))
    this.buffer.copy(grown, 0, 0, this.length)
    this.buffer = grown
  }

  text(text: string): void {
    this.room(text.length * 3)
    this.length += this.buffer.write(text, this.length, 'utf8')
  }

  bytes(bytes: Uint8Array, from = 0, to = bytes.length): void {
    this.room(to - from)
    if (to - from <= shortBytes) {
      this.#put(bytes, from, to)
      return
    }
    this.buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.length)
    this.length += to - from
  }

  /** A tab and a field, escaped as in a canonical line. */
  field(text: string): void {
    const { length } = text
    this.room(length + 1)
    const { buffer } = this
    const start = this.length
    buffer[start] = tab
    // Nearly all fields are plain ASCII, for which the loop is faster than a call.
    for (let at = 0; at < length; at += 1) {
      const letter = text.charCodeAt(at)
      if (letter > 126 || letter < 32 || letter === backslash) {
        this.length = start + 1
        this.text(escapeField(text))
        return
      }
      buffer[start + 1 + at] = letter
    }
    this.length = start + 1 + length
  }

  /** The canonical line of an access, as `writeAccess` writes it; `ending` is the field of its source. */
  access(access: Access, ending: Buffer): void {
    this.room(32 + ending.length)
    this.buffer[this.length] = 65
    this.length += 1
    this.#number(access.at)
    this.field(access.patient)
    this.field(access.user)
    this.field(access.onBehalfOf)
    this.field(access.action)
    this.field(access.outcome)
    this.#number(access.flags)
    this.field(access.purpose)
    this.field(access.object)
    this.field(access.workstation)
    this.field(access.application)
    this.field(access.department)
    this.field(access.reason)
    this.field(access.event)
    this.field(access.sequence)
    this.bytes(ending)
  }

  /** The same of one whose fields are bytes that are kept as they stand. */
  plain(access: PlainAccess, ending: Buffer): void {
    const { bytes, starts, ends } = access
    // A field may stand in two places of the line, and none more often.
    this.room(2 * (access.to - access.from) + 3 * access.purpose.length + ending.length + 128)
    this.buffer[this.length] = 65
    this.length += 1
    this.#number(access.at)
    this.#copy(bytes, starts[plainPlaces.patient] as number, ends[plainPlaces.patient] as number)
    this.#copy(bytes, starts[plainPlaces.user] as number, ends[plainPlaces.user] as number)
    this.#copy(bytes, starts[plainPlaces.onBehalfOf] as number, ends[plainPlaces.onBehalfOf] as number)
    this.field(access.action)
    this.field(access.outcome)
    this.#number(access.flags)
    this.field(access.purpose)
    this.#copy(bytes, starts[plainPlaces.object] as number, ends[plainPlaces.object] as number)
    this.#copy(bytes, starts[plainPlaces.workstation] as number, ends[plainPlaces.workstation] as number)
    this.#copy(bytes, starts[plainPlaces.application] as number, ends[plainPlaces.application] as number)
    this.#copy(bytes, starts[plainPlaces.department] as number, ends[plainPlaces.department] as number)
    this.#copy(bytes, starts[plainPlaces.reason] as number, ends[plainPlaces.reason] as number)
    this.#copy(bytes, access.eventFrom, access.eventTo)
    this.#copy(bytes, 0, 0)
    this.#copy(ending, 1, ending.length)
  }

  /** A tab and a field; there is room for it. */
  #copy(bytes: Buffer, from: number, to: number): void {
    this.buffer[this.length] = tab
    this.length += 1
    this.#put(bytes, from, to)
  }

  #put(bytes: Uint8Array, from: number, to: number): void {
    const { buffer } = this
    let at = this.length
    for (let each = from; each < to; each += 1, at += 1) buffer[at] = bytes[each] as number
    this.length = at
  }

  #number(value: number): void {
    if (value < 1e12 || value >= 1e13 || !Number.isInteger(value)) {
      this.field(String(value))
      return
    }
    // An instant of our time: making a text of it costs more than all else in the line.
    this.room(14)
    this.buffer[this.length] = tab
    const high = Math.floor(value / 1e6)
    this.#digits(this.length + 8, 7, high)
    this.#digits(this.length + 14, 6, value - high * 1e6)
    this.length += 14
  }

  #digits(end: number, count: number, value: number): void {
    let rest = value | 0
    for (let at = end - 1; at >= end - count; at -= 1) {
      const next = (rest / 10) | 0
      this.buffer[at] = 48 + rest - next * 10
      rest = next
    }
  }
}

type Kind<T> = { new (length: number): T }

export class Numbers {
  #numbers: Float64Array
  length = 0

  constructor(expected = 0) {
    this.#numbers = new Float64Array(Math.max(64, expected))
  }

  push(value: number): void {
    if (this.length === this.#numbers.length) {
      const grown = new Float64Array(this.length * 2)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers[this.length] = value
    this.length += 1
  }

  /** What was written, as an array of its own. */
  taken<T extends Uint8Array<ArrayBuffer> | Int32Array<ArrayBuffer> | Uint32Array<ArrayBuffer>>(kind: Kind<T>): T {
    const array = new kind(this.length)
    array.set(this.#numbers.subarray(0, this.length))
    return array
  }
}
