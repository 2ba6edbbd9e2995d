/** Cuts delimited text into rows and fields, in place: a row is known by the places of its fields in the buffer. */

const quote = 0x22
const newline = 0x0a
const carriageReturn = 0x0d
/** A row of more columns than this is none. */
export const maxColumns = 2048
/** A quoted field that goes on for longer was never closed. */
export const maxQuoted = 1024 * 1024

export interface Dialect {
  readonly delimiter: number
  /** What ends a row. */
  readonly ending: number
}

export class RowScanner {
  readonly #delimiter: number
  readonly #ending: number
  /** The places of the fields of the row that was read last; of a quoted field, those within the quotes. */
  readonly starts = new Int32Array(maxColumns)
  readonly ends = new Int32Array(maxColumns)
  /** Which fields hold doubled quotes that stand for one. */
  readonly isDoubled = new Uint8Array(maxColumns)
  count = 0
  /** Whether any field of the row was quoted. */
  hasQuotes = false
  /** The end of the row without what ends it, and whether its quotes are in order. */
  rowEnd = 0
  isBroken = false

  constructor(dialect: Dialect) {
    this.#delimiter = dialect.delimiter
    this.#ending = dialect.ending
  }

  /** Reads the row that begins at a place and gives where the next begins; -1 where the row does not end in the buffer. */
  scan(buffer: Buffer, from: number, isEnd: boolean): number {
    const delimiter = this.#delimiter
    const ending = this.#ending
    const starts = this.starts
    const ends = this.ends
    const length = buffer.length
    let count = 0
    let start = from
    let at = from
    this.hasQuotes = false
    this.isBroken = false
    for (;;) {
      if (at === length) {
        if (!isEnd) return -1
        break
      }
      const byte = buffer[at] as number
      if (byte === delimiter) {
        if (count < maxColumns - 1) {
          starts[count] = start
          ends[count] = at
          count += 1
        } else this.isBroken = true
        start = at + 1
      } else if (byte === ending) break
      else if (byte === quote && at === start) return this.#scanQuoted(buffer, from, isEnd, count, start)
      at += 1
    }
    return this.#finish(buffer, from, at, start, count)
  }

  #finish(buffer: Buffer, from: number, at: number, start: number, count: number): number {
    let end = at
    if (this.#ending === newline && end > from && buffer[end - 1] === carriageReturn) end -= 1
    this.starts[count] = Math.min(start, end)
    this.ends[count] = end
    this.count = count + 1
    this.rowEnd = end
    return at < buffer.length ? at + 1 : at
  }

  /** Reads on from a field that begins with a quote. */
  #scanQuoted(buffer: Buffer, from: number, isEnd: boolean, already: number, begin: number): number {
    let count = already
    let start = begin
    const length = buffer.length
    if (!this.hasQuotes) this.isDoubled.fill(0)
    this.hasQuotes = true
    for (;;) {
      let at = start
      let end: number
      if (buffer[at] === quote) {
        let close = at + 1
        for (;;) {
          close = buffer.indexOf(quote, close)
          if (close === -1 || close - start > maxQuoted) {
            if (close === -1 && !isEnd && length - start <= maxQuoted) return -1
            return this.#breakAt(buffer, from)
          }
          if (close + 1 === length && !isEnd) return -1
          if (buffer[close + 1] !== quote) break
          if (count < maxColumns) this.isDoubled[count] = 1
          close += 2
        }
        start += 1
        end = close
        at = close + 1
        while (buffer[at] === 0x20) at += 1
        if (buffer[at] === carriageReturn && this.#ending === newline && buffer[at + 1] === newline) at += 1
        if (at >= length && !isEnd) return -1
        const after = buffer[at]
        const isOver = at >= length || after === this.#delimiter || after === this.#ending
        if (!isOver && !(after === carriageReturn && at + 1 >= length)) return this.#breakAt(buffer, from)
        if (after === carriageReturn && at + 1 >= length && !isEnd) return -1
      } else {
        while (at < length && buffer[at] !== this.#delimiter && buffer[at] !== this.#ending) at += 1
        if (at === length && !isEnd) return -1
        end = at
        if (
          buffer[at] !== this.#delimiter &&
          this.#ending === newline &&
          end > start &&
          buffer[end - 1] === carriageReturn
        )
          end -= 1
      }
      if (count < maxColumns) {
        this.starts[count] = start
        this.ends[count] = end
        count += 1
      } else this.isBroken = true
      if (buffer[at] === this.#delimiter && at < length) {
        start = at + 1
        continue
      }
      this.count = count
      this.rowEnd = Math.min(at, length)
      return at < length ? at + 1 : length
    }
  }

  /** A row whose quotes are not in order ends with its line, so that only it is lost. */
  #breakAt(buffer: Buffer, from: number): number {
    this.isBroken = true
    this.count = 0
    const end = buffer.indexOf(this.#ending, from)
    this.rowEnd = end === -1 ? buffer.length : end
    return end === -1 ? buffer.length : end + 1
  }
}

/** The text of a field of the row read last. */
export function fieldText(scanner: RowScanner, buffer: Buffer, place: number, decode: Decode): string {
  if (place >= scanner.count) return ''
  const text = decode(buffer, scanner.starts[place] ?? 0, scanner.ends[place] ?? 0)
  const bare = scanner.hasQuotes && scanner.isDoubled[place] === 1 ? text.replaceAll('""', '"') : text
  return unwrapFormula(bare)
}

/** Spreadsheets keep leading zeros by a formula: `="0123"`. */
export function unwrapFormula(text: string): string {
  return text.startsWith('="') && text.endsWith('"') && text.length >= 3 ? text.slice(2, -1) : text
}

export type Decode = (bytes: Buffer, start: number, end: number) => string
