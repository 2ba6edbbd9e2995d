/**
 * The file of a backup, written and read as a stream:
 *
 *     vigil-backup/1\n
 *     one line of JSON (`Header`)\n
 *     the members, sealed by platform/keys.ts (`vigil-sealed-file/1`), in a context that names the two lines above
 *     the SHA-256 of every byte before it, 32 bytes
 *
 * The digest at the end tells whoever holds no key whether a copy is whole. The seal tells whoever opens it that nobody
 * changed it, the header included. Opened, the members are frames: one letter, the length of what follows (4 bytes, big
 * endian), then that many bytes.
 *
 *     M  what the member is, as JSON (`MemberHead`)
 *     D  some of its bytes: for a table rows in PostgreSQL's text format of COPY
 *     E  its size, its SHA-256 and for a table the number of rows, as JSON: the manifest is written where it is known
 *     Z  the number of members, as JSON; nothing follows
 *
 * A tar archive would want each member's size before its bytes, which for a table nobody knows.
 */
import { createHash, hash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { z } from 'zod'
import { KeyError, type KeyStore, keyOf, openChunks, sealChunks } from '#platform/keys.ts'
import { refuse } from './refuse.ts'

const magic = Buffer.from('vigil-backup/1\n')
const sealedMagic = Buffer.from('vigil-sealed-file/1\n')
const digestLength = 32
const maxHeaderLength = 256 * 1024
const maxFrameLength = 1024 * 1024
const maxDataLength = 64 * 1024

const digest = z.string().regex(/^[0-9a-f]{64}$/)
const natural = z.number().int().nonnegative()

const headerShape = z.strictObject({
  createdAt: z.iso.datetime(),
  /** Whether the key file is among the members. */
  withKey: z.boolean(),
  /** What opens it: the key file of the installation, or a passphrase. */
  sealedBy: z.enum(['key-file', 'passphrase']),
  /** Of the server that was copied. */
  postgres: z.string(),
  /** Those that the copied database was made with, in their order. */
  migrations: z.array(z.strictObject({ name: z.string().regex(/^\d{4}-[a-z0-9-]+\.sql$/), digest })).readonly(),
})
export type Header = Readonly<z.infer<typeof headerShape>>

const headShape = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('table'),
    table: z.string().min(1),
    columns: z.array(z.string().min(1)).readonly(),
  }),
  z.strictObject({ kind: z.literal('sequences') }),
  z.strictObject({ kind: z.literal('file'), path: z.string().min(1) }),
])
export type MemberHead = Readonly<z.infer<typeof headShape>>

const endShape = z.strictObject({ bytes: natural, sha256: digest, rows: natural.optional() })
type MemberEnd = Readonly<z.infer<typeof endShape>>

const lastShape = z.strictObject({ members: natural })

/** What goes into an archive. `rows` is asked once the data have been read. */
export interface Member {
  readonly head: MemberHead
  readonly data: AsyncIterable<Uint8Array>
  readonly rows?: () => number
}

/** Called often: with the member at hand and the bytes of all members so far. */
export type OnProgress = (progress: { readonly member: MemberHead; readonly bytes: number }) => void

/** Gives the bytes of an archive, with constant memory. */
export async function* writeArchive(
  store: KeyStore,
  header: Header,
  members: AsyncIterable<Member>,
  onProgress?: OnProgress,
): AsyncGenerator<Buffer> {
  const covering = createHash('sha256')
  const start = Buffer.concat([magic, Buffer.from(`${JSON.stringify(header)}\n`)])
  covering.update(start)
  yield start
  for await (const chunk of sealChunks(store, writeFrames(members, onProgress), contextOf(start))) {
    covering.update(chunk)
    yield chunk
  }
  yield covering.digest()
}

function contextOf(start: Buffer): string {
  return `backup/${hash('sha256', start, 'hex')}`
}

async function* writeFrames(members: AsyncIterable<Member>, onProgress?: OnProgress): AsyncGenerator<Buffer> {
  let count = 0
  let total = 0
  for await (const { head, data, rows } of members) {
    yield jsonFrame('M', head)
    const covering = createHash('sha256')
    let bytes = 0
    for await (const chunk of data) {
      for (let at = 0; at < chunk.length; at += maxDataLength) {
        const piece = Buffer.from(chunk.buffer, chunk.byteOffset + at, Math.min(maxDataLength, chunk.length - at))
        covering.update(piece)
        bytes += piece.length
        yield frameStart('D', piece.length)
        yield piece
      }
      onProgress?.({ member: head, bytes: total + bytes })
    }
    const end: MemberEnd = { bytes, sha256: covering.digest('hex'), ...(rows ? { rows: rows() } : {}) }
    yield jsonFrame('E', end)
    count += 1
    total += bytes
  }
  yield jsonFrame('Z', { members: count })
}

function frameStart(letter: string, length: number): Buffer {
  const start = Buffer.alloc(5)
  start.write(letter, 0, 'latin1')
  start.writeUInt32BE(length, 1)
  return start
}

function jsonFrame(letter: string, content: unknown): Buffer {
  const bytes = Buffer.from(JSON.stringify(content))
  if (bytes.length > maxFrameLength) throw new RangeError('a member of a backup has too long a name')
  return Buffer.concat([frameStart(letter, bytes.length), bytes])
}

/** The outside of an archive whose every byte was found as written. */
export interface CheckedArchive {
  readonly header: Header
  /** The key store whose key opens it. */
  readonly store: string
  /** Of the whole file. */
  readonly bytes: number
  /** Opens the members; each call reads the file anew. */
  readMembers(store: KeyStore, onProgress?: OnProgress): ArchiveReader
}

/** Reads a whole archive against its digest; needs no key. Refuses with `unrecognised` or `damaged`. */
export async function checkArchive(handle: FileHandle, file: string): Promise<CheckedArchive> {
  const { size } = await handle.stat()
  const start = await readStart(handle, file, size)
  const end = size - digestLength
  if (end < start.length) throw refuse('damaged', { file, problem: 'its end is missing' })
  const covering = createHash('sha256')
  for await (const chunk of readRange(handle, 0, end - 1)) covering.update(chunk)
  const written = await readExactly(handle, end, digestLength)
  if (!covering.digest().equals(written)) {
    throw refuse('damaged', { file, problem: 'its digest is not that of its content, or its end is missing' })
  }
  let parsed: unknown
  try {
    parsed = JSON.parse(start.toString('utf8', magic.length))
  } catch {
    parsed = undefined
  }
  const header = headerShape.safeParse(parsed)
  if (!header.success) throw refuse('damaged', { file, problem: 'its header cannot be read' })
  const store = await readStoreId(handle, file, start.length, end)
  return {
    header: header.data,
    store,
    bytes: size,
    readMembers: (keys, onProgress) =>
      new ArchiveReader(openChunks(keys, readRange(handle, start.length, end - 1), contextOf(start)), file, onProgress),
  }
}

async function readStart(handle: FileHandle, file: string, size: number): Promise<Buffer> {
  const bytes = await readExactly(handle, 0, Math.min(size, maxHeaderLength))
  if (!bytes.subarray(0, magic.length).equals(magic)) throw refuse('unrecognised', { file })
  const end = bytes.indexOf('\n', magic.length)
  if (end === -1) throw refuse('damaged', { file, problem: 'its header has no end' })
  return bytes.subarray(0, end + 1)
}

/** Which key store the sealed part names in its first bytes. */
async function readStoreId(handle: FileHandle, file: string, from: number, end: number): Promise<string> {
  const sealed = await readExactly(handle, from, Math.min(end - from, 8 * 1024))
  const at = sealedMagic.length + 2
  if (sealed.length < at || !sealed.subarray(0, sealedMagic.length).equals(sealedMagic)) {
    throw refuse('damaged', { file, problem: 'its content is missing' })
  }
  try {
    return keyOf(sealed.subarray(at, at + sealed.readUInt16BE(sealedMagic.length))).store
  } catch (cause) {
    throw refuse('damaged', { file, problem: 'it does not say what it was sealed with' }, { cause })
  }
}

/** Reads from `first` to `last`, both included. */
async function* readRange(handle: FileHandle, first: number, last: number): AsyncGenerator<Buffer> {
  const length = 256 * 1024
  for (let at = first; at <= last; ) {
    const bytes = await readExactly(handle, at, Math.min(length, last - at + 1))
    if (bytes.length === 0) return
    yield bytes
    at += bytes.length
  }
}

/** Gives fewer bytes only at the end of the file. */
async function readExactly(handle: FileHandle, from: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const { bytesRead } = await handle.read(bytes, got, length - got, from + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return bytes.subarray(0, got)
}

/** Reads the members one after the other; each is checked against its own size and digest at its end. */
export class ArchiveReader {
  readonly #chunks: AsyncIterator<Buffer>
  readonly #file: string
  readonly #onProgress: OnProgress | undefined
  #held: Buffer = Buffer.alloc(0)
  #member: MemberHead | undefined
  #count = 0
  #total = 0

  constructor(opened: AsyncGenerator<Buffer>, file: string, onProgress: OnProgress | undefined) {
    this.#chunks = opened
    this.#file = file
    this.#onProgress = onProgress
  }

  /** Gives the next member, or undefined once the archive has been read to its true end. */
  async next(): Promise<MemberHead | undefined> {
    if (this.#member) throw new Error('the data of the member before were not read')
    const { letter, length } = await this.#frame()
    if (letter === 'M') {
      this.#member = await this.#json(length, headShape)
      return this.#member
    }
    if (letter !== 'Z') throw this.#damaged('its parts are not in order')
    const { members } = await this.#json(length, lastShape)
    if (members !== this.#count) throw this.#damaged('members are missing')
    // Only the end of the sealed part says that nothing was cut off.
    if (this.#held.length > 0 || (await this.#more())) throw this.#damaged('something follows its end')
    return undefined
  }

  /** The data of the member that `next` gave. What came is good only once this ends without an error. */
  async *data(): AsyncGenerator<Buffer, { readonly rows: number | undefined }> {
    const member = this.#member
    if (!member) throw new Error('there is no member at hand')
    const covering = createHash('sha256')
    let bytes = 0
    for (;;) {
      const { letter, length } = await this.#frame()
      if (letter === 'E') {
        const end = await this.#json(length, endShape)
        if (end.bytes !== bytes || end.sha256 !== covering.digest('hex')) throw this.#damaged('a member is not whole')
        this.#member = undefined
        this.#count += 1
        this.#total += bytes
        return { rows: end.rows }
      }
      if (letter !== 'D') throw this.#damaged('its parts are not in order')
      const piece = await this.#take(length)
      covering.update(piece)
      bytes += piece.length
      yield piece
      this.#onProgress?.({ member, bytes: this.#total + bytes })
    }
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #frame(): Promise<{ letter: string; length: number }> {
    const start = await this.#take(5)
    const length = start.readUInt32BE(1)
    if (length > maxFrameLength) throw this.#damaged('a part is longer than any can be')
    return { letter: start.toString('latin1', 0, 1), length }
  }

  async #json<T>(length: number, shape: z.ZodType<T>): Promise<T> {
    const bytes = await this.#take(length)
    try {
      return shape.parse(JSON.parse(bytes.toString('utf8')))
    } catch {
      throw this.#damaged('a part cannot be read')
    }
  }

  async #take(length: number): Promise<Buffer> {
    while (this.#held.length < length) if (!(await this.#more())) throw this.#damaged('its end is missing')
    const taken = this.#held.subarray(0, length)
    this.#held = this.#held.subarray(length)
    return taken
  }

  async #more(): Promise<boolean> {
    try {
      const { done, value } = await this.#chunks.next()
      if (done) return false
      this.#held = this.#held.length === 0 ? value : Buffer.concat([this.#held, value])
      return true
    } catch (error) {
      if (error instanceof KeyError && error.code === 'sealed-damaged') {
        throw refuse('damaged', { file: this.#file, problem: 'its seal does not hold' }, { cause: error })
      }
      throw error
    }
  }

  #damaged(problem: string) {
    return refuse('damaged', { file: this.#file, problem })
  }
}
