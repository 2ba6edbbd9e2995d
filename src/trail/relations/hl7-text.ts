/** HL7 v2 messages: cut out of a stream, and taken apart by the separators that each declares. */
import { maxMessageBytes } from '../formats/format.ts'

const startBlock = 0x0b
const endBlock = 0x1c
const carriageReturn = 0x0d
const newline = 0x0a
const nothing = Buffer.alloc(0)

export interface MessageSink {
  message(bytes: Buffer, where: number): void
  reject(where: number, reason: string): void
}

/**
 * Cuts a stream into messages: each begins with the line of its MSH. Lines end by CR, LF or both; the bytes that frame a message
 * on the wire (MLLP) and the segments of batches (FHS, BHS, BTS, FTS) stand between messages.
 */
export class MessageSplitter {
  readonly #sink: MessageSink
  #where = 0
  #lines: Buffer[] = []
  #length = 0
  #rest: Buffer[] = []
  #restLength = 0
  #isTooLong = false
  #hasStray = false

  constructor(sink: MessageSink) {
    this.#sink = sink
  }

  write(chunk: Buffer): void {
    let start = 0
    for (let at = 0; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte !== carriageReturn && byte !== newline && byte !== endBlock && byte !== startBlock) continue
      this.#line(chunk, start, at, byte)
      start = at + 1
    }
    if (start === chunk.length) return
    this.#restLength += chunk.length - start
    // Of what is too long for a message nothing more is kept.
    if (this.#restLength <= maxMessageBytes) this.#rest.push(Buffer.from(chunk.subarray(start)))
    else this.#rest = []
  }

  end(): void {
    this.#line(Buffer.alloc(0), 0, 0, endBlock)
    this.#finish()
  }

  /** `ended` is the byte that ended the line: of those that frame messages on the wire nothing is kept. */
  #line(chunk: Buffer, start: number, end: number, ended: number): void {
    const isLong = this.#restLength + end - start > maxMessageBytes
    const line =
      this.#rest.length > 0 ? Buffer.concat([...this.#rest, chunk.subarray(start, end)]) : chunk.subarray(start, end)
    this.#rest = []
    this.#restLength = 0
    if (isLong) {
      this.#isTooLong = true
      return
    }
    const ending = ended === carriageReturn || ended === newline ? Buffer.from([ended]) : nothing
    if (line.length === 0) {
      if (this.#lines.length > 0) this.#keep(ending)
      return
    }
    const name = line
      .toString('latin1', 0, 6)
      .replace(/^\xef\xbb\xbf/, '')
      .slice(0, 3)
    if (name === 'MSH' || /^(?:FHS|BHS|BTS|FTS)$/.test(name)) this.#finish()
    if (name === 'MSH' || this.#lines.length > 0 || this.#isTooLong) this.#keep(line, ending)
    else if (/^(?:FHS|BHS|BTS|FTS)$/.test(name)) this.#hasStray = false
    else if (!this.#hasStray && line.toString('latin1').trim() !== '') {
      this.#hasStray = true
      this.#where += 1
      this.#sink.reject(this.#where, 'It does not begin with an MSH segment.')
    }
  }

  #keep(...bytes: readonly Buffer[]): void {
    for (const one of bytes) this.#length += one.length
    if (this.#length > maxMessageBytes) {
      this.#isTooLong = true
      this.#lines = []
    }
    if (!this.#isTooLong) this.#lines.push(...bytes.map((one) => Buffer.from(one)))
  }

  #finish(): void {
    if (this.#isTooLong || this.#lines.length > 0) {
      this.#where += 1
      this.#hasStray = false
      if (this.#isTooLong) this.#sink.reject(this.#where, 'The message is longer than 16 MiB.')
      else this.#sink.message(Buffer.concat(this.#lines), this.#where)
    }
    this.#lines = []
    this.#length = 0
    this.#isTooLong = false
  }
}

interface Separators {
  readonly field: string
  readonly component: string
  readonly repetition: string
  readonly escape: string
  readonly part: string
}

/** No value that is read is longer than this, escaped as it is: a long one is not taken apart again each time it is asked for. */
const maxValueLength = 4_096

/** One repetition of a field. Components and their parts count from 1, as the standard has them. */
export class Field {
  readonly #text: string
  readonly #separators: Separators
  #components: readonly string[] | undefined

  constructor(text: string, separators: Separators) {
    this.#text = text
    this.#separators = separators
  }

  get(component: number, part = 1): string {
    this.#components ??= this.#text.split(this.#separators.component)
    const found = (this.#components[component - 1] ?? '').slice(0, maxValueLength)
    return this.#unescape(found.split(this.#separators.part)[part - 1] ?? '').trim()
  }

  /** Two quotes say that the value is to be removed: as good as empty. */
  #unescape(text: string): string {
    if (text === '""') return ''
    const { escape: sign, field, component, repetition, part } = this.#separators
    if (sign === '' || !text.includes(sign)) return text
    const signs: Readonly<Record<string, string>> = { F: field, S: component, R: repetition, T: part, E: sign }
    const pieces = text.split(sign)
    // Every second piece stands between two escapes; a last one alone is not escaped at all.
    return pieces
      .map((piece, place) => {
        if (place % 2 === 0) return piece
        if (place === pieces.length - 1) return sign + piece
        if (/^X(?:[0-9A-Fa-f]{2})+$/.test(piece)) return Buffer.from(piece.slice(1), 'hex').toString('latin1')
        return signs[piece] ?? (piece.startsWith('.') ? ' ' : '')
      })
      .join('')
  }
}

export class Segment {
  readonly name: string
  readonly #fields: readonly string[]
  readonly #read: Field[][] = []
  readonly #separators: Separators

  constructor(line: string, separators: Separators) {
    const fields = line.split(separators.field)
    this.name = (fields[0] ?? '').trim().toUpperCase()
    // The separator behind MSH is its first field.
    this.#fields = this.name === 'MSH' ? ['MSH', separators.field, ...fields.slice(1)] : fields
    this.#separators = separators
  }

  /** The repetitions of a field that hold anything. */
  all(field: number): readonly Field[] {
    const text = this.#fields[field] ?? ''
    if (text === '') return []
    this.#read[field] ??= text
      .split(this.#separators.repetition)
      .filter((one) => one !== '')
      .map((one) => new Field(one, this.#separators))
    return this.#read[field]
  }

  get(field: number, component = 1, part = 1): string {
    return this.all(field)[0]?.get(component, part) ?? ''
  }
}

export type Message = readonly Segment[]

/** Takes a message apart; undefined where its first line declares no separators. */
export function parseMessage(bytes: Buffer): Message | undefined {
  const utf8 = bytes.toString('utf8').replace(/^\uFEFF/, '')
  const text = utf8.includes('\uFFFD') ? bytes.toString('latin1').replace(/^\xef\xbb\xbf/, '') : utf8
  const field = text[3] ?? ''
  const declared = text.slice(4, text.indexOf(field, 4))
  if (!text.startsWith('MSH') || /[\p{L}\p{N}\s]/u.test(field) || declared.length < 2 || declared.length > 5)
    return undefined
  const separators = {
    field,
    component: declared[0] ?? '^',
    repetition: declared[1] ?? '~',
    escape: declared[2] ?? '',
    part: declared[3] ?? '&',
  }
  return text
    .split(/[\r\n]+/)
    .filter((line) => line.trim() !== '')
    .map((line) => new Segment(line, separators))
}
