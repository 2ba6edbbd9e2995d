/** Lines and whole texts of a stream of bytes, with bounded memory. */
import { maxMessageBytes } from './format.ts'

/** How many bytes are read between two waits for the receiver. */
const readyEvery = 1024 * 1024

export interface LineSink {
  /** One line without its end (`\n` or `\r\n`); the bytes are a view into `buffer`. */
  line(buffer: Buffer, start: number, end: number, number: number): void
  tooLong(number: number): void
  ready(): Promise<void>
}

const asBuffer = (bytes: Uint8Array) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)

/** Cuts a stream into lines; a line longer than `maxMessageBytes` is told of and skipped. The last needs no end. */
export async function readLines(bytes: AsyncIterable<Uint8Array>, sink: LineSink): Promise<void> {
  let parts: Buffer[] = []
  let held = 0
  let isSkipping = false
  let number = 1
  let sinceReady = 0
  const give = (buffer: Buffer, start: number, end: number) => {
    if (end - start > maxMessageBytes) sink.tooLong(number)
    else sink.line(buffer, start, end > start && buffer[end - 1] === 0x0d ? end - 1 : end, number)
    number += 1
  }
  const giveHeld = () => {
    if (isSkipping) {
      sink.tooLong(number)
      number += 1
    } else {
      const whole = Buffer.concat(parts)
      give(whole, 0, whole.length)
    }
    parts = []
    held = 0
    isSkipping = false
  }
  for await (const chunk of bytes) {
    const buffer = asBuffer(chunk)
    let start = 0
    for (;;) {
      const end = buffer.indexOf(0x0a, start)
      if (end === -1) break
      if (held > 0 || isSkipping) {
        if (!isSkipping) parts.push(buffer.subarray(start, end))
        giveHeld()
      } else give(buffer, start, end)
      start = end + 1
    }
    if (start < buffer.length && !isSkipping) {
      // Copied, for the giver may use its buffer again.
      parts.push(Buffer.from(buffer.subarray(start)))
      held += buffer.length - start
      if (held > maxMessageBytes + 1) {
        parts = []
        isSkipping = true
      }
    }
    sinceReady += buffer.length
    if (sinceReady >= readyEvery) {
      sinceReady = 0
      await sink.ready()
    }
  }
  if (held > 0 || isSkipping) giveHeld()
  await sink.ready()
}

/** Reads at least `size` bytes, or all there are, and gives them and the whole stream again. */
export async function peek(
  bytes: AsyncIterable<Uint8Array>,
  size: number,
): Promise<{ head: Buffer; all: AsyncIterable<Uint8Array> }> {
  const iterator = bytes[Symbol.asyncIterator]()
  const parts: Buffer[] = []
  let length = 0
  while (length < size) {
    const next = await iterator.next()
    if (next.done === true) break
    parts.push(Buffer.from(next.value))
    length += next.value.length
  }
  const head = Buffer.concat(parts)
  return { head, all: again(head, iterator) }
}

async function* again(head: Buffer, iterator: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    if (head.length > 0) yield head
    for (;;) {
      const next = await iterator.next()
      if (next.done === true) return
      yield next.value
    }
  } finally {
    await iterator.return?.()
  }
}
