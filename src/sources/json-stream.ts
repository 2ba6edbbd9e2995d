/**
 * Reads chosen parts of a JSON document of any size as a stream. What is chosen is said by a `Shape`; everything else
 * is skipped without being kept, so that memory holds one emitted value at a time.
 */
import { SourceError } from './format.ts'

/**
 * What to do with a value: `'keep'` builds it whole as a part of the object around it; an object enters it, going
 * on by member or item. `emit` gives the built value out under that name once it ends; of an object that is entered
 * only the members that are kept are built. Without `emit` it becomes a part of the object around it.
 */
export type Shape =
  | 'keep'
  | {
      readonly emit?: string
      /** Builds everything inside, as `'keep'` does. */
      readonly isWhole?: true
      /** The member `*` stands for all that are not named. */
      readonly members?: Readonly<Record<string, Shape>>
      readonly items?: Shape
    }

export interface Emitted {
  readonly name: string
  /** The line on which the value begins, from 1. */
  readonly line: number
  readonly value: unknown
}

/** More than any one part of an inventory needs; a longer one is refused instead of filling memory. */
const largestValue = 4 * 1024 * 1024
const deepest = 512

interface Frame {
  readonly isArray: boolean
  readonly shape: Shape | undefined
  readonly line: number
  readonly value: Record<string, unknown> | unknown[] | undefined
  key: string | undefined
  /** What may come next. */
  expects: 'first' | 'key' | 'colon' | 'value' | 'comma'
}

const quote = 0x22
const backslash = 0x5c
const isSpace = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09
const isScalar = (byte: number) =>
  (byte >= 0x30 && byte <= 0x39) ||
  (byte >= 0x41 && byte <= 0x5a) ||
  (byte >= 0x61 && byte <= 0x7a) ||
  byte === 0x2b ||
  byte === 0x2d ||
  byte === 0x2e

/** Cuts a JSON document that comes in chunks into the values that its shape chooses. */
class JsonWalker {
  readonly #root: Shape
  readonly #frames: Frame[] = []
  #line = 1
  #out: Emitted[] = []
  #isDone = false
  // A string or a scalar that a chunk broke off.
  #token: Buffer[] = []
  #tokenLength = 0
  #state: 'value' | 'string' | 'scalar' = 'value'
  #isEscaped = false
  #isTokenKept = false
  // How much has been built since the last value was emitted.
  #built = 0

  constructor(root: Shape) {
    this.#root = root
  }

  write(chunk: Buffer): Emitted[] {
    let at = 0
    while (at < chunk.length) {
      if (this.#state === 'string') at = this.#readString(chunk, at)
      else if (this.#state === 'scalar') at = this.#readScalar(chunk, at)
      else at = this.#readStructure(chunk, at)
    }
    const out = this.#out
    this.#out = []
    return out
  }

  end(): Emitted[] {
    if (this.#state === 'scalar') this.#endScalar()
    if (this.#state === 'string' || this.#frames.length > 0 || !this.#isDone) {
      throw this.#fault('json-truncated', 'The file ends in the middle; it was cut off. Export it again.')
    }
    return this.#out
  }

  #fault(code: string, message: string): SourceError {
    return new SourceError(code, message, this.#line)
  }

  #malformed(): SourceError {
    return this.#fault('json-malformed', `The file is not valid JSON (line ${this.#line}). Export it again.`)
  }

  #readStructure(chunk: Buffer, from: number): number {
    const byte = chunk[from] ?? 0
    if (isSpace(byte)) {
      if (byte === 0x0a) this.#line += 1
      return from + 1
    }
    const frame = this.#frames.at(-1)
    switch (byte) {
      case 0x7b: // {
      case 0x5b: // [
        this.#open(byte === 0x5b)
        break
      case 0x7d: // }
      case 0x5d: // ]
        this.#close(byte === 0x5d)
        break
      case 0x2c: // ,
        if (frame?.expects !== 'comma') throw this.#malformed()
        frame.expects = frame.isArray ? 'value' : 'key'
        break
      case 0x3a: // :
        if (frame?.expects !== 'colon') throw this.#malformed()
        frame.expects = 'value'
        break
      case quote:
        this.#beginString(frame)
        break
      default:
        if (!isScalar(byte)) throw this.#malformed()
        this.#beginScalar()
        return from
    }
    return from + 1
  }

  #beginString(frame: Frame | undefined): void {
    const isKey = frame !== undefined && !frame.isArray && (frame.expects === 'first' || frame.expects === 'key')
    if (!isKey) this.#expectValue()
    this.#isTokenKept = isKey ? frame.shape !== undefined : this.#nextShape() !== undefined
    this.#state = 'string'
  }

  #beginScalar(): void {
    this.#expectValue()
    this.#isTokenKept = this.#nextShape() !== undefined
    this.#state = 'scalar'
  }

  #expectValue(): void {
    const frame = this.#frames.at(-1)
    if (!frame) {
      if (this.#isDone) throw this.#malformed()
      return
    }
    const isDue = frame.expects === 'value' || (frame.isArray && frame.expects === 'first')
    if (!isDue) throw this.#malformed()
  }

  /** The shape of the value that comes next; undefined when it is to be skipped. */
  #nextShape(): Shape | undefined {
    const frame = this.#frames.at(-1)
    if (!frame) return this.#root
    if (frame.shape === undefined || frame.shape === 'keep') return frame.shape
    if (frame.shape.isWhole) return 'keep'
    if (frame.isArray) return frame.shape.items
    const members = frame.shape.members
    if (!members || frame.key === undefined) return undefined
    return Object.hasOwn(members, frame.key) ? members[frame.key] : members['*']
  }

  #open(isArray: boolean): void {
    this.#expectValue()
    if (this.#frames.length >= deepest) throw this.#fault('json-too-deep', 'The file is nested too deeply to be read.')
    const shape = this.#nextShape()
    this.#frames.push({
      isArray,
      shape,
      line: this.#line,
      value: shape === undefined ? undefined : isArray ? [] : {},
      key: undefined,
      expects: 'first',
    })
  }

  #close(isArray: boolean): void {
    const frame = this.#frames.pop()
    if (!frame || frame.isArray !== isArray) throw this.#malformed()
    if (frame.expects !== 'first' && frame.expects !== 'comma') throw this.#malformed()
    this.#finish(frame.shape, frame.value, frame.line)
  }

  /** Puts a value that has ended where its shape wants it. */
  #finish(shape: Shape | undefined, value: unknown, line: number): void {
    const frame = this.#frames.at(-1)
    if (shape !== undefined && shape !== 'keep' && shape.emit !== undefined) {
      this.#out.push({ name: shape.emit, line, value })
      this.#built = 0
    } else if (shape !== undefined && frame?.value !== undefined) {
      if (Array.isArray(frame.value)) {
        // The items of an array that is only passed through are emitted one by one, not gathered.
        if (shape === 'keep') frame.value.push(value)
      } else if (frame.key !== undefined) define(frame.value, frame.key, value)
    }
    if (frame) frame.expects = 'comma'
    else this.#isDone = true
  }

  #readString(chunk: Buffer, from: number): number {
    let at = from
    if (this.#isEscaped) {
      this.#isEscaped = false
      at += 1
    }
    for (;;) {
      const end = chunk.indexOf(quote, at)
      if (end === -1) {
        this.#isEscaped = isOddRun(chunk, chunk.length, at)
        this.#keepToken(chunk.subarray(from))
        return chunk.length
      }
      if (isOddRun(chunk, end, at)) {
        at = end + 1
        continue
      }
      this.#keepToken(chunk.subarray(from, end))
      this.#endString()
      return end + 1
    }
  }

  #keepToken(bytes: Buffer): void {
    if (!this.#isTokenKept) return
    this.#tokenLength += bytes.length
    this.#built += bytes.length
    if (this.#built > largestValue) {
      throw this.#fault('json-value-too-large', 'One part of the file is larger than 4 MB and cannot be read.')
    }
    this.#token.push(bytes)
  }

  #takeToken(): string {
    const only = this.#token.length === 1 ? this.#token[0] : undefined
    const text = (only ?? Buffer.concat(this.#token)).toString('utf8')
    this.#token = []
    this.#tokenLength = 0
    return text
  }

  #endString(): void {
    this.#state = 'value'
    const frame = this.#frames.at(-1)
    const isKey = frame !== undefined && !frame.isArray && (frame.expects === 'first' || frame.expects === 'key')
    // Keys are not part of what is built: a document may have any number of members that nobody asked for.
    if (isKey) this.#built -= this.#tokenLength
    const raw = this.#isTokenKept ? this.#takeToken() : ''
    const text = raw.includes('\\') || hasControl(raw) ? this.#parse(`"${raw}"`) : raw
    if (isKey) {
      frame.key = String(text)
      frame.expects = 'colon'
    } else {
      const shape = this.#nextShape()
      this.#finish(shape, text, this.#line)
    }
  }

  #readScalar(chunk: Buffer, from: number): number {
    let end = from
    while (end < chunk.length && isScalar(chunk[end] ?? 0)) end += 1
    this.#keepToken(chunk.subarray(from, end))
    if (end < chunk.length) this.#endScalar()
    return end
  }

  #endScalar(): void {
    this.#state = 'value'
    const shape = this.#nextShape()
    this.#finish(shape, this.#isTokenKept ? this.#parse(this.#takeToken()) : undefined, this.#line)
  }

  #parse(text: string): unknown {
    try {
      return JSON.parse(text)
    } catch {
      throw this.#malformed()
    }
  }
}

/** Tells whether an odd number of backslashes stands before `end`, looking back no further than `start`. */
function isOddRun(chunk: Buffer, end: number, start: number): boolean {
  let count = 0
  while (end - 1 - count >= start && chunk[end - 1 - count] === backslash) count += 1
  return count % 2 === 1
}

function hasControl(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) if (text.charCodeAt(at) < 0x20) return true
  return false
}

/** A member named `__proto__` is a member like any other. */
function define(target: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(target, key, { value, enumerable: true, writable: true, configurable: true })
}

/** Gives the values of a JSON document that its shape emits, in the order in which they end. */
export async function* readJson(chunks: AsyncIterable<Buffer>, shape: Shape): AsyncGenerator<Emitted> {
  const walker = new JsonWalker(shape)
  for await (const chunk of chunks) yield* walker.write(chunk)
  yield* walker.end()
}
