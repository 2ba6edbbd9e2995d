/**
 * The bytes of a request: as JSON, or into a file. Both are bounded in size and in time while they come, so that nothing
 * is held for who sends too much or too slowly.
 */
import { createHash, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { parseStrictly } from './json.ts'
import { refuse } from './refusals.ts'
import { openBody } from './source.ts'

export interface JsonLimits {
  /** Bytes. */
  readonly limit?: number
  /** All of the body has come within so long. */
  readonly withinMs?: number
}

/**
 * Reads a body that must be one JSON text in UTF-8. Refuses `request-unsupported-type`, `request-not-json`,
 * `request-bad-json`, `request-too-large`, `request-stalled` and `request-broken-off`.
 */
export async function readJson(request: Request, { limit = 1_048_576, withinMs = 30_000 }: JsonLimits = {}) {
  const type = request.headers.get('content-type')
  const length = request.headers.get('content-length')
  if (type === null && (length === null || length === '0') && !request.headers.has('transfer-encoding')) {
    throw refuse('not-json')
  }
  if (!isJsonType(type) || !isPlain(request)) throw refuse('unsupported-type')
  if (length !== null && Number(length) > limit) throw refuse('too-large', { limit })
  // A stated length is held to by the parser below, so the body may be read in one go.
  const read = length === null ? readChunks(request, limit) : request.arrayBuffer()
  const bytes = await before<ArrayBuffer | Uint8Array>(read, withinMs)
  if (bytes.byteLength === 0) throw refuse('not-json')
  let text: string
  try {
    text = utf8.decode(bytes)
  } catch {
    throw refuse('bad-json', { problem: 'it is not in UTF-8' })
  }
  try {
    return parseStrictly(text)
  } catch (cause) {
    if (cause instanceof SyntaxError) throw refuse('bad-json', { problem: cause.message })
    throw cause
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** `application/json`, with no parameter but `charset=utf-8`. */
function isJsonType(type: string | null): boolean {
  return type !== null && /^application\/json[ \t]*(?:;[ \t]*charset=(?:utf-8|"utf-8")[ \t]*)?$/i.test(type.trim())
}

function isPlain(request: Request): boolean {
  return codingOf(request) === 'identity'
}

function codingOf(request: Request): string {
  return (request.headers.get('content-encoding') ?? 'identity').toLowerCase()
}

async function readChunks(request: Request, limit: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const body = openBody(request)
  for (let chunk = await body.read(); chunk; chunk = await body.read()) {
    bytes += chunk.byteLength
    if (bytes > limit) throw refuse('too-large', { limit })
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Waits for bytes so long; refuses as stalled after that, and as broken off where the client went. */
async function before<T>(read: Promise<T>, withinMs: number): Promise<T> {
  const late = Promise.withResolvers<never>()
  const timer = setTimeout(() => late.reject(refuse('stalled')), withinMs)
  try {
    return await Promise.race([read.catch(failRead), late.promise])
  } finally {
    clearTimeout(timer)
  }
}

function failRead(cause: unknown): never {
  if (isRefusal(cause)) throw cause
  throw refuse('broken-off', {}, { cause })
}

function isRefusal(cause: unknown): boolean {
  return cause instanceof Error && cause.name === 'Refusal'
}

export interface SpoolSettings {
  /** Made with mode 0700 when it is not there. */
  readonly directory: string
  /** Bytes. */
  readonly limit: number
  /** Within each such span something must come, at least 1 KiB or the end. */
  readonly idleMs?: number
  /** Whether a body packed by gzip is kept as it comes. */
  readonly takesGzip?: boolean
}

export interface Spooled {
  readonly path: string
  readonly bytes: number
  /** SHA-256. */
  readonly digest: Buffer
}

const batchBytes = 1 << 20
const leastBytes = 1_024

/**
 * Streams a body into a file of its own that only Vigil's user may read; the caller removes it. Where it does not come
 * whole, no file is left. Hashing and writing go on beside the reading. Refuses `request-too-large`, `request-stalled`,
 * `request-broken-off`, `request-no-room` and, of a compressed body, `request-unsupported-type`.
 */
export async function spool(
  request: Request,
  { directory, limit, idleMs = 30_000, takesGzip = false }: SpoolSettings,
): Promise<Spooled> {
  if (!isPlain(request) && !(takesGzip && codingOf(request) === 'gzip')) throw refuse('unsupported-type')
  if (Number(request.headers.get('content-length') ?? 0) > limit) throw refuse('too-large', { limit })
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, `${prefix}${randomBytes(16).toString('hex')}`)
  const file = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  const body = openBody(request)
  let bytes = 0
  let isWhole = false
  let waiting: Uint8Array[] = []
  let waitingBytes = 0
  let writing: Promise<unknown> = Promise.resolve()
  const flush = async () => {
    await writing
    const batch = waiting
    waiting = []
    waitingBytes = 0
    writing = writeAll(file, batch)
    // Seen by the next flush; until then it must not count as unhandled.
    writing.catch(() => {})
    for (const chunk of batch) hash.update(chunk)
  }
  const guard = watchProgress(idleMs)
  try {
    for (;;) {
      const chunk = await guard.wait(body.read())
      if (!chunk) break
      bytes += chunk.byteLength
      guard.count(chunk.byteLength)
      if (bytes > limit) throw refuse('too-large', { limit })
      waiting.push(chunk)
      waitingBytes += chunk.byteLength
      if (waitingBytes >= batchBytes) await guard.pause(flush())
    }
    await flush()
    await writing
    isWhole = true
    return { path, bytes, digest: hash.digest() }
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code
    if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EFBIG') throw refuse('no-room', {}, { cause })
    throw cause
  } finally {
    guard.stop()
    await writing.catch(() => {})
    await file.close()
    if (!isWhole) {
      await rm(path, { force: true })
      body.cancel()
    }
  }
}

const prefix = 'upload-'

/** `writev` may write less than it was given, as on a disk that is nearly full. */
async function writeAll(file: Awaited<ReturnType<typeof open>>, chunks: readonly Uint8Array[]): Promise<void> {
  if (chunks.length === 0) return
  const size = chunks.reduce((sum, { byteLength }) => sum + byteLength, 0)
  const { bytesWritten } = await file.writev(chunks)
  if (bytesWritten === size) return
  const rest = Buffer.concat(chunks)
  for (let at = bytesWritten; at < size; ) at += (await file.write(rest, at)).bytesWritten
}

/**
 * Refuses as stalled where less than `leastBytes` came in a whole span. Each wait has a promise of its own: a race against
 * one that lives as long as the upload would keep every chunk in memory until the end.
 */
function watchProgress(everyMs: number) {
  let giveUp: (cause: Error) => void = () => {}
  let came = 0
  let isPaused = false
  const timer = setInterval(() => {
    if (came < leastBytes && !isPaused) giveUp(refuse('stalled'))
    came = 0
  }, everyMs)
  return {
    wait<T>(read: Promise<T>): Promise<T> {
      return new Promise((resolve, reject) => {
        giveUp = reject
        read.catch(failRead).then(resolve, reject)
      })
    },
    count(bytes: number) {
      came += bytes
    },
    /** Time that a slow disk takes is not the client's. */
    async pause(work: Promise<void>) {
      isPaused = true
      await work
      isPaused = false
      came = leastBytes
    },
    stop: () => clearInterval(timer),
  }
}

/** Removes what a process that was killed left behind: files of the spool untouched for so long. Says how many. */
export async function clearSpool(directory: string, olderThanMs: number, now: Date): Promise<number> {
  let removed = 0
  for (const name of await readdir(directory).catch(() => [])) {
    if (!name.startsWith(prefix)) continue
    const path = join(directory, name)
    const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: Number.POSITIVE_INFINITY }))
    if (now.getTime() - mtimeMs < olderThanMs) continue
    await rm(path, { force: true })
    removed += 1
  }
  return removed
}
