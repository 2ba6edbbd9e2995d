/** Messages of one source gathered into what the log keeps, with what is asked of each before it is kept. */

import type { Records } from '../log/log.ts'
import { type Access, flag, writeAccess } from '../model/access.ts'
import { type Known, writeKnown } from '../model/relation.ts'
import { noDay } from './seen.ts'

const dayMs = 86_400_000

/** Bytes that grow: doubles when full. */
class Bytes {
  buffer: Buffer
  length = 0

  constructor(size: number) {
    this.buffer = Buffer.allocUnsafeSlow(size)
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
    this.buffer.set(from === 0 && to === bytes.length ? bytes : bytes.subarray(from, to), this.length)
    this.length += to - from
  }
}

/** What one message said; the line of each is in the batch. */
export type Said = { readonly access: Access } | { readonly known: Known } | undefined

/** A message whose accesses name nobody's record is kept as a line of its own: it happened, and its bytes are proof. */
const nothing = 'N'

export class Batch {
  readonly source: string
  readonly #lines = new Bytes(1 << 16)
  readonly #raw = new Bytes(1 << 16)
  readonly #keys = new Bytes(1 << 16)
  readonly #lineEnds: number[] = []
  readonly #rawEnds: number[] = []
  readonly #rawOf: number[] = []
  readonly #keyEnds: number[] = []
  readonly #days: number[] = []
  readonly #tells: boolean[] = []
  readonly said: Said[] = []

  constructor(source: string) {
    this.source = source
  }

  get messages(): number {
    return this.#rawEnds.length
  }

  /** Whether a message tells of an access or a relation; others (a heading, a start of a program) are kept and not counted. */
  tells(message: number): boolean {
    return this.#tells[message] ?? false
  }

  get bytes(): number {
    return this.#lines.length + this.#raw.length
  }

  takeAccesses(raw: Uint8Array, accesses: readonly Access[]): void {
    const from = this.#lines.length
    for (const access of accesses) {
      this.#line(writeAccess(access, this.source), { access })
    }
    const first = accesses[0]
    if (!first) this.#line(`${nothing}\t${this.source}`, undefined)
    const isTimed = first && (first.flags & flag.clock) === 0
    // With an identifier of its own a message is known by what it says; without one, by its bytes. Either way within its feed.
    if (isTimed && first.event !== '') this.#keys.bytes(this.#lines.buffer, from, this.#lines.length)
    else {
      this.#keys.text(`${this.source}\0`)
      this.#keys.bytes(raw)
    }
    this.#message(raw, isTimed ? Math.floor(first.at / dayMs) : noDay, first !== undefined)
  }

  takeKnown(raw: Uint8Array, known: readonly Known[]): void {
    for (const one of known) this.#line(writeKnown(one), { known: one })
    this.#keys.bytes(raw)
    this.#message(raw, noDay, known.length > 0)
  }

  /** The bytes by which each message is known again, and the day of each. */
  get keys(): { readonly bytes: Buffer; readonly ends: Uint32Array; readonly days: readonly number[] } {
    return {
      bytes: this.#keys.buffer.subarray(0, this.#keys.length),
      ends: Uint32Array.from(this.#keyEnds),
      days: this.#days,
    }
  }

  /** What the log is to keep: all, or all but the messages left out; with what their lines say. */
  records(
    isLeftOut: (message: number) => boolean,
    leftOut: number,
  ): { readonly records: Records; readonly said: readonly Said[] } {
    if (leftOut === 0) {
      return {
        records: {
          count: this.said.length,
          lines: this.#lines.buffer.subarray(0, this.#lines.length),
          lineEnds: Uint32Array.from(this.#lineEnds),
          raw: this.#raw.buffer.subarray(0, this.#raw.length),
          rawEnds: Uint32Array.from(this.#rawEnds),
          rawOf: Uint32Array.from(this.#rawOf),
        },
        said: this.said,
      }
    }
    const [lines, raw] = [new Bytes(this.#lines.length), new Bytes(this.#raw.length)]
    const [lineEnds, rawEnds, rawOf, said]: [number[], number[], number[], Said[]] = [[], [], [], []]
    let kept = -1
    for (const [line, message] of this.#rawOf.entries()) {
      if (isLeftOut(message)) continue
      if (this.#rawOf[line - 1] !== message) {
        kept += 1
        raw.bytes(this.#raw.buffer, this.#rawEnds[message - 1] ?? 0, this.#rawEnds[message])
        rawEnds.push(raw.length)
      }
      lines.bytes(this.#lines.buffer, this.#lineEnds[line - 1] ?? 0, this.#lineEnds[line])
      lineEnds.push(lines.length)
      rawOf.push(kept)
      said.push(this.said[line])
    }
    return {
      records: {
        count: said.length,
        lines: lines.buffer.subarray(0, lines.length),
        lineEnds: Uint32Array.from(lineEnds),
        raw: raw.buffer.subarray(0, raw.length),
        rawEnds: Uint32Array.from(rawEnds),
        rawOf: Uint32Array.from(rawOf),
      },
      said,
    }
  }

  #line(line: string, said: Said): void {
    this.#lines.text(line)
    this.#lineEnds.push(this.#lines.length)
    this.#rawOf.push(this.#rawEnds.length)
    this.said.push(said)
  }

  #message(raw: Uint8Array, day: number, tells: boolean): void {
    this.#tells.push(tells)
    this.#raw.bytes(raw)
    this.#rawEnds.push(this.#raw.length)
    this.#keyEnds.push(this.#keys.length)
    this.#days.push(day)
  }
}
