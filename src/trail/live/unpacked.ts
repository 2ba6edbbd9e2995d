/**
 * Unpacks gzip as it comes. Whether a stream is packed is told by its first bytes, never by its name; files of several parts
 * one after the other are one stream. What unpacks to far more than any log does, is refused before it fills anything.
 */
import { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { refusals } from '#platform/refusal.ts'

const refuse = refusals('packed', {
  broken: ['invalid', 'The gzip data is damaged or cut off.', 'Send the whole file again.'],
  trailing: ['invalid', 'Something that is no gzip data follows the packed data.', 'Send the whole file again.'],
  bomb: [
    'large',
    'The packed data is more than {ratio} times as large once unpacked, which no log is.',
    'Unpack it first, if it really is a log.',
  ],
  large: ['large', 'The data is larger than {megabytes} MB once unpacked.', 'Send it in several parts.'],
})

export interface UnpackLimits {
  /** At most so many bytes in all, packed or not; none by default, as what is read in a stream may be of any size. */
  readonly maxBytes?: number | undefined
  /** At most so many times the packed size, once more than `ratioFrom` bytes have come out. Logs reach 40, rarely 200. */
  readonly maxRatio?: number | undefined
}

const defaultRatio = 400
const ratioFrom = 16 * 1024 * 1024

/** Hands on the bytes of a stream, unpacked where it is gzip. Errors of the stream itself pass through. */
export async function* unpacked(
  bytes: AsyncIterable<Uint8Array>,
  limits: UnpackLimits = {},
): AsyncGenerator<Uint8Array, void, undefined> {
  const input = bytes[Symbol.asyncIterator]()
  try {
    const { head, isEnded } = await readHead(input)
    const stream = isEnded ? only(head) : withHead(head, input)
    yield* limitBytes(head[0] === 0x1f && head[1] === 0x8b ? gunzip(stream, limits) : stream, limits)
  } finally {
    await input.return?.()
  }
}

/** Reads until two bytes are there: a stream may begin with a chunk of one byte, or with an empty one. */
async function readHead(input: AsyncIterator<Uint8Array>): Promise<{ head: Uint8Array; isEnded: boolean }> {
  let head: Uint8Array = new Uint8Array(0)
  while (head.length < 2) {
    const { value, done } = await input.next()
    if (done) return { head, isEnded: true }
    head = head.length === 0 ? value : Buffer.concat([head, value])
  }
  return { head, isEnded: false }
}

async function* only(bytes: Uint8Array): AsyncGenerator<Uint8Array, void, undefined> {
  if (bytes.length > 0) yield bytes
}

async function* withHead(
  head: Uint8Array,
  input: AsyncIterator<Uint8Array>,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield head
  for (let next = await input.next(); !next.done; next = await input.next()) yield next.value
}

async function* gunzip(
  packed: AsyncIterable<Uint8Array>,
  { maxRatio = defaultRatio }: UnpackLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  let came = 0
  let went = 0
  /** Of the last bytes that came, to tell padding from lost data at the end. */
  let tail: Uint8Array = new Uint8Array(0)
  let failure: { readonly error: unknown } | undefined
  const counted = async function* () {
    try {
      for await (const chunk of packed) {
        came += chunk.length
        tail = chunk
        yield chunk
      }
    } catch (error) {
      failure = { error }
      throw error
    }
  }
  const source = Readable.from(counted(), { objectMode: false })
  const engine = createGunzip({ chunkSize: 64 * 1024 })
  source.on('error', (error) => engine.destroy(error))
  source.pipe(engine)
  try {
    for await (const chunk of engine as AsyncIterable<Buffer>) {
      went += chunk.length
      if (went > ratioFrom && went > came * maxRatio) throw refuse('bomb', { ratio: maxRatio })
      yield chunk
    }
  } catch (error) {
    if (failure) throw failure.error
    if (isZlibError(error)) throw refuse('broken', {}, { cause: error })
    throw error
  } finally {
    source.destroy()
    engine.destroy()
  }
  const unread = came - engine.bytesWritten
  if (unread > 0 && tail.subarray(Math.max(0, tail.length - unread)).some((byte) => byte !== 0))
    throw refuse('trailing')
}

async function* limitBytes(
  bytes: AsyncIterable<Uint8Array>,
  { maxBytes }: UnpackLimits,
): AsyncGenerator<Uint8Array, void, undefined> {
  let count = 0
  for await (const chunk of bytes) {
    count += chunk.length
    if (maxBytes !== undefined && count > maxBytes) {
      throw refuse('large', { megabytes: Math.max(1, Math.round(maxBytes / 1_000_000)) })
    }
    yield chunk
  }
}

function isZlibError(error: unknown): boolean {
  return error instanceof Error && String((error as NodeJS.ErrnoException).code).startsWith('Z_')
}
