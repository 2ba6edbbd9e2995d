/**
 * Cuts a stream of JSON into the messages that it holds, keeping one of them at a time: values one after the other, the items of
 * an array, and the resources in the entries of a FHIR Bundle, however large it is. Only what parts them is looked at here; whether
 * a message is valid JSON is found when it is parsed.
 */
import { maxMessageBytes } from './format.ts'

export interface DocumentSink {
  /** One message; the bytes are a view. Messages are counted from 1. */
  message(bytes: Buffer, number: number): void
  reject(number: number, reason: string): void
}

const open = 0x7b
const openList = 0x5b
const close = 0x7d
const closeList = 0x5d
const quote = 0x22
const backslash = 0x5c

export class DocumentSplitter {
  readonly #sink: DocumentSink
  #number = 0
  #depth = 0
  #isString = false
  #isEscaped = false
  /** The top-level value: what its parts are. */
  #inside: 'nothing' | 'value' | 'list' | 'bundle' | 'entries' = 'nothing'
  /** The last string outside of what is captured: a key, if a colon follows. */
  #word = ''
  #key = ''
  #isCapturing = false
  #captureDepth = 0
  #parts: Buffer[] = []
  #held = 0
  #isTooLong = false
  #isGarbage = false

  constructor(sink: DocumentSink) {
    this.#sink = sink
  }

  write(chunk: Buffer): void {
    let from = 0
    let at = 0
    const length = chunk.length
    while (at < length) {
      if (this.#isString) {
        const begin = at
        at = this.#skipString(chunk, at)
        if (!this.#isCapturing || this.#inside === 'value') this.#noteWord(chunk, begin, at)
        continue
      }
      const byte = chunk[at] ?? 0
      if (byte === quote) {
        this.#isString = true
        this.#word = ''
        if (this.#isOutside()) this.#garble()
      } else if (byte === open || byte === openList) {
        if (this.#begins(byte)) {
          this.#isCapturing = true
          this.#captureDepth = this.#depth
          from = at
        } else if (this.#isEntries(byte)) this.#abandon()
        this.#depth += 1
      } else if (byte === close || byte === closeList) {
        if (this.#depth > 0) this.#depth -= 1
        else this.#garble()
        if (this.#isCapturing && this.#depth <= this.#captureDepth) {
          this.#emit(chunk, from, at + 1)
          from = at + 1
        }
        if (this.#depth === 0) this.#inside = 'nothing'
        else if (this.#inside === 'entries' && this.#depth === 1) this.#inside = 'bundle'
      } else if (byte === 0x3a) this.#key = this.#word
      else if (byte > 0x20 && byte !== 0x2c) {
        if (this.#isOutside()) this.#garble()
      } else if (byte === 0x2c) this.#isGarbage = false
      at += 1
    }
    if (this.#isCapturing) this.#hold(chunk.subarray(from))
  }

  end(): void {
    if (this.#isCapturing || this.#depth > 0 || this.#isString) {
      this.#sink.reject(this.#number + 1, 'The file ends in the middle of a message.')
    }
  }

  /** Reads on in a string and gives where it, or the chunk, ends. */
  #skipString(chunk: Buffer, from: number): number {
    let at = from
    if (this.#isEscaped) {
      this.#isEscaped = false
      at += 1
    }
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte === backslash) {
        at += 1
        if (at >= chunk.length) this.#isEscaped = true
      } else if (byte === quote || byte === 0x0a) {
        // No string of JSON goes over a line: what is broken here ends here.
        this.#isString = false
        return at + 1
      }
    }
    return chunk.length
  }

  #noteWord(chunk: Buffer, from: number, to: number): void {
    const isKeyDepth = this.#depth <= 3
    if (!isKeyDepth || this.#word.length > 16) return
    const end = this.#isString ? to : to - 1
    this.#word += chunk.toString('latin1', from, Math.min(end, from + 20))
  }

  /** Tells whether nothing is being read: at the top, or between the items of a list. */
  #isOutside(): boolean {
    return this.#depth === 0 || (this.#inside === 'list' && this.#depth === 1)
  }

  #begins(byte: number): boolean {
    if (this.#isCapturing) return false
    if (this.#depth === 0) {
      this.#isGarbage = false
      this.#key = ''
      this.#inside = byte === open ? 'value' : 'list'
      return byte === open
    }
    if (this.#inside === 'list') return this.#depth === 1
    return this.#inside === 'entries' && byte === open && this.#depth === 3 && this.#key === 'resource'
  }

  #isEntries(byte: number): boolean {
    const isBundle = this.#inside === 'value' || this.#inside === 'bundle'
    return isBundle && byte === openList && this.#depth === 1 && this.#key === 'entry'
  }

  /** What is being captured is a Bundle, whose entries are the messages. */
  #abandon(): void {
    this.#inside = 'entries'
    this.#isCapturing = false
    this.#isTooLong = false
    this.#parts = []
    this.#held = 0
  }

  #hold(bytes: Buffer): void {
    this.#held += bytes.length
    if (this.#held > maxMessageBytes) {
      this.#isTooLong = true
      this.#parts = []
    }
    if (!this.#isTooLong) this.#parts.push(Buffer.from(bytes))
  }

  #emit(chunk: Buffer, from: number, to: number): void {
    this.#number += 1
    this.#isCapturing = false
    const isTooLong = this.#isTooLong || this.#held + to - from > maxMessageBytes
    const bytes =
      this.#held === 0 ? chunk.subarray(from, to) : Buffer.concat([...this.#parts, chunk.subarray(from, to)])
    this.#parts = []
    this.#held = 0
    this.#isTooLong = false
    if (isTooLong) this.#sink.reject(this.#number, 'The message is longer than 16 MiB.')
    else this.#sink.message(bytes, this.#number)
  }

  /** Tells once of anything that stands where a message should begin. */
  #garble(): void {
    if (this.#isGarbage) return
    this.#isGarbage = true
    this.#number += 1
    this.#sink.reject(this.#number, 'It is not a JSON object.')
  }
}
