/**
 * Cuts a stream into syslog messages by both ways of RFC 6587: octet counting (`123 <85>1 …`, which RFC 5425 demands over TLS) and
 * a newline after each message. Which one it is, is told message by message by its first byte.
 */

export type Frame =
  /** One message; the bytes are a view that holds until the next call. */
  | { readonly kind: 'message'; readonly bytes: Buffer }
  /** Where `isLost`, nothing more can be told apart in this stream, and the connection is to be closed. */
  | { readonly kind: 'rejected'; readonly reason: string; readonly isLost: boolean }

const newline = 0x0a
const opening = Buffer.from('<AuditMessage')
const closing = Buffer.from('</AuditMessage')
const tooLong: Frame = { kind: 'rejected', reason: 'The message is longer than is taken.', isLost: false }
const notCounted: Frame = { kind: 'rejected', reason: 'The length before a message cannot be read.', isLost: true }
const cutOff: Frame = { kind: 'rejected', reason: 'The connection ended in the middle of a message.', isLost: false }

export class FrameSplitter {
  readonly #limit: number
  #held: Buffer[] = []
  #heldBytes = 0
  /** How many bytes of a message that is too long are still to be skipped; -1 for as far as the next newline. */
  #skip = 0
  /** Reading again is of no use before so many bytes are held, or before a newline comes. */
  #wants = 0
  #awaitsNewline = false
  #isLost = false

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether something has begun that has not ended: at the end of a connection, a message was cut off. */
  get isWithin(): boolean {
    return this.#heldBytes > 0 || this.#skip !== 0
  }

  write(chunk: Uint8Array): readonly Frame[] {
    if (this.#isLost || chunk.byteLength === 0) return []
    const fresh = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
    const isKept = this.#heldBytes > 0
    this.#heldBytes += fresh.length
    const isLineOpen = this.#awaitsNewline && this.#heldBytes <= this.#limit && !fresh.includes(newline)
    if (this.#heldBytes < this.#wants || isLineOpen) {
      this.#held.push(Buffer.from(fresh))
      return []
    }
    const buffer = isKept ? Buffer.concat([...this.#held, fresh], this.#heldBytes) : fresh
    const frames: Frame[] = []
    const used = this.#read(buffer, frames)
    const rest = buffer.subarray(used)
    this.#held = rest.length === 0 || this.#isLost ? [] : [Buffer.from(rest)]
    this.#heldBytes = this.#isLost ? 0 : rest.length
    return frames
  }

  /** Tells what the end of the connection left: the last message needs no newline. */
  end(): readonly Frame[] {
    const rest = Buffer.concat(this.#held)
    const isSkipping = this.#skip !== 0
    this.#held = []
    this.#heldBytes = 0
    this.#skip = 0
    if (isSkipping || this.#isLost || rest.length === 0) return []
    const isWhole = rest[0] === 0x3c && !isOpen(rest)
    return [isWhole ? { kind: 'message', bytes: trimEnd(rest) } : cutOff]
  }

  #read(buffer: Buffer, frames: Frame[]): number {
    let from = 0
    this.#wants = 0
    this.#awaitsNewline = false
    for (;;) {
      if (this.#skip !== 0) {
        from = this.#skipOn(buffer, from)
        if (this.#skip !== 0) return buffer.length
      }
      // Some senders part or end their messages by blanks, newlines or NULs beyond what is due.
      while (from < buffer.length && isBlank(buffer[from] ?? 0)) from += 1
      if (from === buffer.length) return from
      const byte = buffer[from] ?? 0
      const next =
        byte >= 0x31 && byte <= 0x39 ? this.#readCounted(buffer, from, frames) : this.#readLine(buffer, from, frames)
      if (next === -1 || this.#isLost) return from
      from = next
    }
  }

  #readCounted(buffer: Buffer, from: number, frames: Frame[]): number {
    let at = from
    let length = 0
    for (; at < buffer.length; at += 1) {
      const byte = buffer[at] ?? 0
      if (byte < 0x30 || byte > 0x39) break
      length = length * 10 + byte - 0x30
      if (at - from >= 10) break
    }
    if (at === buffer.length) return -1
    if (buffer[at] !== 0x20) {
      this.#isLost = true
      frames.push(notCounted)
      return -1
    }
    const start = at + 1
    if (length > this.#limit) {
      frames.push(tooLong)
      this.#skip = length
      return start
    }
    if (buffer.length < start + length) {
      this.#wants = start - from + length
      return -1
    }
    frames.push({ kind: 'message', bytes: buffer.subarray(start, start + length) })
    return start + length
  }

  #readLine(buffer: Buffer, from: number, frames: Frame[]): number {
    let search = from
    for (;;) {
      const end = buffer.indexOf(newline, search)
      if (end === -1 || end - from > this.#limit) break
      const message = buffer.subarray(from, end)
      // XML over several lines is one message, though its newlines are not escaped.
      if (message[0] === 0x3c && isOpen(message)) {
        const close = buffer.indexOf(closing, end)
        search = close === -1 ? buffer.length : close
        continue
      }
      if (message[0] === 0x3c) frames.push({ kind: 'message', bytes: trimEnd(message) })
      else frames.push({ kind: 'rejected', reason: 'A line does not begin as a syslog message does.', isLost: false })
      return end + 1
    }
    if (buffer.length - from > this.#limit) {
      frames.push(tooLong)
      this.#skip = -1
      return from + this.#limit
    }
    this.#awaitsNewline = true
    return -1
  }

  #skipOn(buffer: Buffer, from: number): number {
    if (this.#skip === -1) {
      const end = buffer.indexOf(newline, from)
      if (end === -1) return buffer.length
      this.#skip = 0
      return end + 1
    }
    const skipped = Math.min(this.#skip, buffer.length - from)
    this.#skip -= skipped
    return from + skipped
  }
}

const isBlank = (byte: number) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0

/** Whether an audit message begins in it and does not end. */
function isOpen(message: Buffer): boolean {
  return message.indexOf(opening) !== -1 && message.indexOf(closing) === -1
}

function trimEnd(message: Buffer): Buffer {
  let end = message.length
  while (end > 0 && isBlank(message[end - 1] ?? 0)) end -= 1
  return message.subarray(0, end)
}
