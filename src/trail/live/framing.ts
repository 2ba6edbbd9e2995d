/**
 * Finds the messages in a stream of syslog over TCP (RFC 6587) or TLS (RFC 5425): each with its length before it, or each on a
 * line. The first byte of a frame tells which: a digit, or the `<` of a message. What is neither is rejected up to the end of
 * its line; a length that is no message's is skipped as far as that is worth it. Past that nothing can be told any more: the
 * stream is lost, and its connection has to end.
 *
 * XML on several lines is one message, though its newlines should have been escaped. It ends with the line that closes it, or
 * before a line that begins a message: one that was cut short takes no other with it.
 */

export interface FrameSink {
  /** A whole message without its frame: a view of what was pushed, or a buffer of its own. */
  message(bytes: Buffer): void
  /** What is no message; `raw` is its beginning. */
  reject(reason: string, raw: Buffer): void
}

/** Of what is rejected, so much is kept. */
export const keptRejectBytes = 16 * 1024
/** A message this many times too long is skipped; one that is longer ends the connection. */
const skipFactor = 16
const [newline, carriageReturn, space, angle, zero, nine] = [0x0a, 0x0d, 0x20, 0x3c, 0x30, 0x39]
const openings = ['<AuditMessage', '<?xml']
const closing = '</AuditMessage'
const byteOrderMark = [0xef, 0xbb, 0xbf]
/** What stands between frames though it should not: ends of lines, spaces, NULs and byte order marks. */
const isPadding = new Uint8Array(256)
for (const byte of [0, 0x09, newline, carriageReturn, space, ...byteOrderMark]) isPadding[byte] = 1

const empty = Buffer.alloc(0)
const lineEnd = Buffer.from('\n')

type State = 'between' | 'count' | 'opening' | 'counted' | 'line' | 'garbage' | 'skip' | 'lost'

export class Framing {
  readonly #sink: FrameSink
  readonly #maxBytes: number
  #state: State = 'between'
  /** Of the frame that has begun: what has come of it, and how much of it is to come. */
  #held: Buffer = empty
  #heldBytes = 0
  #left = 0
  #count = ''
  /** Where the current line of XML on several lines begins; -1 for a message of one line. */
  #lineFrom = -1
  #frames = 0

  constructor(sink: FrameSink, maxMessageBytes: number) {
    this.#sink = sink
    this.#maxBytes = maxMessageBytes
  }

  get heldBytes(): number {
    return this.#held.length
  }

  get isLost(): boolean {
    return this.#state === 'lost'
  }

  /** The number of the frame that is half there; 0 between frames. */
  get openFrame(): number {
    return this.#state === 'between' || this.#state === 'lost' ? 0 : this.#frames
  }

  push(chunk: Buffer): void {
    let at = 0
    while (at < chunk.length) {
      switch (this.#state) {
        case 'between':
          at = this.#begin(chunk, at)
          break
        case 'count':
          at = this.#readCount(chunk, at)
          break
        case 'opening':
          this.#open(chunk[at] ?? 0)
          break
        case 'counted':
          at = this.#readCounted(chunk, at)
          break
        case 'line':
        case 'garbage':
          at = this.#readLine(chunk, at)
          break
        case 'skip':
          at = this.#skip(chunk, at)
          break
        case 'lost':
          return
      }
    }
  }

  /** The sender has ended: a last line needs no end of its own, and half a frame is no message. */
  end(): void {
    if (this.#state === 'line' && this.#heldBytes > 0) this.#finishLine(this.#takeHeld())
    else this.abandon('The connection ended in the middle of a message.')
  }

  /** Takes XML on several lines as it is, when nothing more has come for long; false when something else is half there. */
  flush(): boolean {
    if (this.#lineFrom === -1 || this.#lineFrom !== this.#heldBytes) return false
    this.#finishLine(this.#takeHeld())
    return true
  }

  /** Gives up the frame that is half there, and all that may follow. */
  abandon(reason: string): void {
    if (this.openFrame > 0 && this.#state !== 'skip') this.#sink.reject(reason, this.#keep(this.#takeHeld()))
    this.#state = 'lost'
    this.#held = empty
  }

  #begin(chunk: Buffer, from: number): number {
    let at = from
    while (isPadding[chunk[at] ?? 1] === 1 && at < chunk.length) at += 1
    const byte = chunk[at]
    if (byte === undefined) return at
    this.#frames += 1
    if (byte === angle) this.#state = 'line'
    else if (byte > zero && byte <= nine) {
      this.#state = 'count'
      this.#count = ''
    } else this.#state = 'garbage'
    return at
  }

  #readCount(chunk: Buffer, from: number): number {
    let at = from
    for (; at < chunk.length; at += 1) {
      const byte = chunk[at] ?? 0
      if (byte === space) {
        this.#counted(Number(this.#count))
        return at + 1
      }
      if (byte < zero || byte > nine) {
        this.#hold(Buffer.from(this.#count))
        this.#state = 'garbage'
        return at
      }
      this.#count += String.fromCharCode(byte)
      if (this.#count.length > 15) {
        this.#lose()
        return chunk.length
      }
    }
    return at
  }

  #counted(bytes: number): void {
    this.#left = bytes
    if (bytes <= this.#maxBytes) this.#state = 'opening'
    else if (bytes <= this.#maxBytes * skipFactor) {
      this.#sink.reject('The message is longer than allowed.', Buffer.from(`${this.#count} `))
      this.#state = 'skip'
    } else this.#lose()
  }

  #lose(): void {
    this.#sink.reject('The length before the message is no message’s.', Buffer.from(`${this.#count} `))
    this.#state = 'lost'
  }

  /** A line may begin with a number, too: only what opens like a message is taken by its length. */
  #open(byte: number): void {
    if (byte === angle || byte === byteOrderMark[0]) this.#state = 'counted'
    else {
      this.#hold(Buffer.from(`${this.#count} `))
      this.#state = 'garbage'
    }
  }

  #readCounted(chunk: Buffer, from: number): number {
    const to = Math.min(chunk.length, from + this.#left)
    const part = chunk.subarray(from, to)
    this.#left -= part.length
    if (this.#left > 0) this.#hold(part)
    else {
      this.#state = 'between'
      this.#sink.message(this.#join(part))
    }
    return to
  }

  #readLine(chunk: Buffer, from: number): number {
    const end = chunk.indexOf(newline, from)
    const part = chunk.subarray(from, end < 0 ? chunk.length : end)
    if (this.#heldBytes + part.length > this.#maxBytes) {
      this.#sink.reject('The message is longer than allowed.', this.#keep(this.#join(part)))
      this.#state = 'skip'
      this.#lineFrom = -1
      // The end of the line ends the skipping.
      this.#left = Number.POSITIVE_INFINITY
      return from + part.length
    }
    if (end < 0) this.#hold(part)
    else if (this.#lineFrom === -1) this.#endFirstLine(this.#join(part))
    else this.#endFurtherLine(part)
    return from + part.length + (end < 0 ? 0 : 1)
  }

  #endFirstLine(line: Buffer): void {
    const isOpen =
      this.#state === 'line' && openings.some((opening) => line.indexOf(opening) !== -1) && line.indexOf(closing) === -1
    if (!isOpen) {
      this.#finishLine(line)
      return
    }
    this.#hold(line)
    this.#hold(lineEnd)
    this.#lineFrom = this.#heldBytes
  }

  #endFurtherLine(part: Buffer): void {
    this.#hold(part)
    const from = this.#lineFrom
    const line = this.#held.subarray(from, this.#heldBytes)
    const digit = line[1] ?? 0
    if (line[0] === angle && digit >= zero && digit <= nine) {
      this.#finishLine(this.#takeHeld().subarray(0, from))
      this.#frames += 1
      this.#state = 'line'
      this.#endFirstLine(line)
    } else if (line.indexOf(closing) !== -1) this.#finishLine(this.#takeHeld())
    else {
      this.#hold(lineEnd)
      this.#lineFrom = this.#heldBytes
    }
  }

  #finishLine(line: Buffer): void {
    const isGarbage = this.#state === 'garbage'
    this.#state = 'between'
    let end = line.length
    while (end > 0 && isEnd(line[end - 1])) end -= 1
    if (isGarbage) this.#sink.reject('This is no syslog message.', this.#keep(line.subarray(0, end)))
    else this.#sink.message(line.subarray(0, end))
  }

  #skip(chunk: Buffer, from: number): number {
    if (this.#left === Number.POSITIVE_INFINITY) {
      const end = chunk.indexOf(newline, from)
      if (end < 0) return chunk.length
      this.#state = 'between'
      return end
    }
    const to = Math.min(chunk.length, from + this.#left)
    this.#left -= to - from
    if (this.#left === 0) this.#state = 'between'
    return to
  }

  #keep(bytes: Buffer): Buffer {
    return Buffer.from(bytes.subarray(0, keptRejectBytes))
  }

  /** Room grows with what has come and not with what was promised. */
  #hold(part: Buffer): void {
    const size = this.#heldBytes + part.length
    if (size > this.#held.length) {
      const room = Buffer.allocUnsafe(Math.max(size, this.#held.length * 2, 4096))
      this.#held.copy(room, 0, 0, this.#heldBytes)
      this.#held = room
    }
    part.copy(this.#held, this.#heldBytes)
    this.#heldBytes = size
  }

  #join(part: Buffer): Buffer {
    if (this.#heldBytes === 0) return part
    this.#hold(part)
    return this.#takeHeld()
  }

  #takeHeld(): Buffer {
    const bytes = this.#held.subarray(0, this.#heldBytes)
    this.#held = empty
    this.#heldBytes = 0
    this.#lineFrom = -1
    return bytes
  }
}

function isEnd(byte: number | undefined): boolean {
  return byte === newline || byte === carriageReturn || byte === 0
}
