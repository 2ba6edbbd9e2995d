/**
 * The dictionaries of the query store: which text stands behind which code. In memory while open; on the disk one file that
 * only grows, sealed with a data key of its own. Codes are given in the order of the log, so that a replay of the whole log
 * gives the same ones, and the file can be lost.
 *
 * The file: a magic line; 16 bytes that distinguish it from any other; the wrapped data key with its length before it; then
 * chunks, each with its length before it, each sealed for its place in this file, so that none can be dropped, repeated or
 * moved. A chunk holds the place of the log up to which it goes and, of each dictionary, the texts that are new since the
 * chunk before. The store says how many texts it needs, so that missing chunks at the end are found.
 */
import { randomBytes, randomInt } from 'node:crypto'
import { type FileHandle, mkdir, open, rename } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createDataKey, type DataKey, KeyError, type KeyStore, openDataKey } from '#platform/keys.ts'
import { codedFields } from '../model/access.ts'
import { refuseStore } from './refusals.ts'
import { dictionaries } from './schema.ts'
import type { Code, CodesFile, Dictionary } from './store.ts'
import { TextTable } from './text-table.ts'

const fileName = 'codes.sealed'
const magic = Buffer.from('vigil-trail-codes/1\n')
const idLength = 16
/** Texts of one chunk, about; what is more goes to several. */
const chunkBytes = 4 * 1024 * 1024
const maxChunkBytes = 16 * 1024 * 1024
const maxKeyBytes = 4_096

const names: readonly Dictionary[] = [...codedFields, ...dictionaries]

export interface CodesOptions {
  readonly keys: KeyStore
  readonly organisation: string
}

/** Opens the dictionaries of a directory, or begins them. Throws `trail-store-codes-damaged`, and `KeyError`s of the keys. */
export async function openCodes(directory: string, options: CodesOptions): Promise<CodesFile> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  const path = join(directory, fileName)
  const codes = (await readCodes(path, options)) ?? (await beginCodes(path, options))
  return codes
}

/** Where a chunk begins, and how many there are before it. */
interface Place {
  readonly offset: number
  readonly chunks: number
}

class SealedCodes implements CodesFile {
  readonly id: string
  readonly #file: FileHandle
  readonly #key: DataKey
  readonly #organisation: string
  readonly #tables = createTables()
  readonly #saved = new Map<Dictionary, number>()
  #place: Place
  #savedTo = 0
  #turn: Promise<unknown> = Promise.resolve()

  constructor(file: FileHandle, key: DataKey, id: string, organisation: string, place: Place) {
    this.#file = file
    this.#key = key
    this.id = id
    this.#organisation = organisation
    this.#place = place
  }

  get texts(): number {
    let sum = 0
    for (const count of this.#saved.values()) sum += count
    return sum
  }

  get savedTo(): number {
    return this.#savedTo
  }

  codeOf(dictionary: Dictionary, text: string): Code {
    return this.#table(dictionary).codeOf(text)
  }

  codeOfBytes(dictionary: Dictionary, bytes: Uint8Array, from: number, to: number): Code {
    return this.#table(dictionary).codeOfBytes(bytes, from, to)
  }

  find(dictionary: Dictionary, text: string): Code | undefined {
    return this.#table(dictionary).find(text)
  }

  textOf(dictionary: Dictionary, code: Code): string {
    return this.#table(dictionary).textOf(code)
  }

  count(dictionary: Dictionary): number {
    return this.#table(dictionary).count
  }

  save(upToSeq: number): Promise<void> {
    const turn = this.#turn.then(() => this.#append(upToSeq))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async close(): Promise<void> {
    await this.#turn
    this.#key.destroy()
    await this.#file.close()
  }

  /** Reads the chunks that follow the header; stops before one that was not written to its end. */
  async load(): Promise<void> {
    const { size } = await this.#file.stat()
    for (;;) {
      const head = await readAt(this.#file, this.#place.offset, 4)
      const length = head.length === 4 ? head.readUInt32BE(0) : 0
      // A chunk is relied upon once it is durable: one that ends early never was, and is written over.
      if (head.length < 4 || this.#place.offset + 4 + length > size) return
      if (length > maxChunkBytes) throw refuseStore('codes-damaged')
      this.#take(await readAt(this.#file, this.#place.offset + 4, length))
      this.#place = { offset: this.#place.offset + 4 + length, chunks: this.#place.chunks + 1 }
    }
  }

  #take(sealed: Buffer): void {
    const content = new Reader(openChunk(this.#key, sealed, this.#context(this.#place.chunks)))
    this.#savedTo = content.double()
    while (!content.isAtEnd) {
      const name = content.bytes(content.uint32()).toString('latin1')
      const table = this.#tables.get(name as Dictionary)
      const first = content.uint32()
      const count = content.uint32()
      if (!table || first !== table.count + 1) throw refuseStore('codes-damaged')
      for (let index = 0; index < count; index += 1) {
        if (!table.restore(content.bytes(content.uint32()))) throw refuseStore('codes-damaged')
      }
      this.#saved.set(name as Dictionary, table.count)
    }
  }

  async #append(upToSeq: number): Promise<void> {
    const upTo = names.map((name) => [name, this.#table(name).count] as const)
    let isLast = false
    while (!isLast) {
      const { content, saved, isAll } = this.#collect(upTo, upToSeq)
      if (saved.length === 0) break
      isLast = isAll
      const sealed = this.#key.seal(content, this.#context(this.#place.chunks))
      const chunk = Buffer.alloc(4 + sealed.length)
      chunk.writeUInt32BE(sealed.length)
      sealed.copy(chunk, 4)
      const end = this.#place.offset + chunk.length
      await writeAt(this.#file, this.#place.offset, chunk)
      await this.#file.truncate(end)
      await this.#file.datasync()
      this.#place = { offset: end, chunks: this.#place.chunks + 1 }
      for (const [name, count] of saved) this.#saved.set(name, count)
    }
    this.#savedTo = Math.max(this.#savedTo, upToSeq)
  }

  /** Puts as many new texts together as one chunk takes. */
  #collect(upTo: readonly (readonly [Dictionary, number])[], upToSeq: number) {
    const parts: Buffer[] = []
    const saved: [Dictionary, number][] = []
    let size = 0
    let isAll = true
    for (const [name, last] of upTo) {
      const table = this.#table(name)
      const first = (this.#saved.get(name) ?? 0) + 1
      let code = first
      let length = 0
      for (; code <= last && size + length < chunkBytes; code += 1) length += 4 + table.bytesOf(code).length
      if (code <= last) isAll = false
      if (code === first) continue
      size += length
      parts.push(uint32(name.length), Buffer.from(name, 'latin1'), uint32(first), uint32(code - first))
      parts.push(writeTexts(table, first, code, length))
      saved.push([name, code - 1])
    }
    const start = Buffer.alloc(8)
    start.writeDoubleBE(isAll ? upToSeq : this.#savedTo)
    return { content: Buffer.concat([start, ...parts]), saved, isAll }
  }

  #table(dictionary: Dictionary): TextTable {
    const table = this.#tables.get(dictionary)
    if (!table) throw new RangeError('There is no such dictionary.')
    return table
  }

  #context(chunk: number): string {
    return `trail-codes/${this.#organisation}/${this.id}/${chunk}`
  }
}

function createTables(): ReadonlyMap<Dictionary, TextTable> {
  const seed = randomInt(2 ** 32)
  return new Map(names.map((name) => [name, new TextTable(seed)]))
}

/** Writes the header to a file beside, so that a file of this name is always whole. */
async function beginCodes(path: string, { keys, organisation }: CodesOptions): Promise<CodesFile> {
  const id = randomBytes(idLength)
  const { dataKey, wrapped } = await createDataKey(keys, keyContext(organisation))
  const length = Buffer.alloc(2)
  length.writeUInt16BE(wrapped.length)
  const header = Buffer.concat([magic, id, length, wrapped])
  const draft = `${path}.draft`
  const file = await open(draft, 'w+', 0o600)
  try {
    await writeAt(file, 0, header)
    await file.datasync()
    await rename(draft, path)
    await syncDirectory(dirname(path))
    return new SealedCodes(file, dataKey, id.toString('hex'), organisation, { offset: header.length, chunks: 0 })
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Undefined where there is no such file. */
async function readCodes(path: string, { keys, organisation }: CodesOptions): Promise<CodesFile | undefined> {
  const file = await openExisting(path)
  if (!file) return undefined
  try {
    const start = await readAt(file, 0, magic.length + idLength + 2)
    const isOurs = start.length === magic.length + idLength + 2 && start.subarray(0, magic.length).equals(magic)
    const keyLength = isOurs ? start.readUInt16BE(magic.length + idLength) : 0
    if (!isOurs || keyLength > maxKeyBytes) throw refuseStore('codes-damaged')
    const id = start.toString('hex', magic.length, magic.length + idLength)
    const wrapped = await readAt(file, start.length, keyLength)
    const key = await asDamage(() => openDataKey(keys, wrapped, keyContext(organisation)))
    const codes = new SealedCodes(file, key, id, organisation, { offset: start.length + keyLength, chunks: 0 })
    await codes.load()
    return codes
  } catch (error) {
    await file.close()
    throw error
  }
}

const keyContext = (organisation: string) => `trail-codes/${organisation}`

async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}

/** What does not open as it was sealed is a damaged dictionary; a key that is gone stays what it is. */
async function asDamage<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw damageOf(error)
  }
}

function openChunk(key: DataKey, sealed: Buffer, context: string): Buffer {
  try {
    return key.open(sealed, context)
  } catch (error) {
    throw damageOf(error)
  }
}

function damageOf(error: unknown): unknown {
  // A chunk names its key, so another key there is damage as well.
  const isDamage = error instanceof KeyError && (error.code === 'sealed-damaged' || error.code === 'key-missing')
  return isDamage ? refuseStore('codes-damaged', {}, { cause: error }) : error
}

async function readAt(file: FileHandle, position: number, length: number): Promise<Buffer> {
  const bytes = Buffer.alloc(length)
  let got = 0
  while (got < length) {
    const { bytesRead } = await file.read(bytes, got, length - got, position + got)
    if (bytesRead === 0) break
    got += bytesRead
  }
  return bytes.subarray(0, got)
}

async function writeAt(file: FileHandle, position: number, bytes: Buffer): Promise<void> {
  let put = 0
  while (put < bytes.length) {
    put += (await file.write(bytes, put, bytes.length - put, position + put)).bytesWritten
  }
}

async function syncDirectory(directory: string): Promise<void> {
  // Windows opens no directories; there the rename itself is durable.
  if (process.platform === 'win32') return
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Texts of codes from one up to (and without) another, each with its length before it. */
function writeTexts(table: TextTable, from: Code, to: Code, length: number): Buffer {
  const all = Buffer.allocUnsafe(length)
  let at = 0
  for (let code = from; code < to; code += 1) {
    const bytes = table.bytesOf(code)
    at = all.writeUInt32BE(bytes.length, at)
    at += bytes.copy(all, at)
  }
  return all
}

function uint32(value: number): Buffer {
  const bytes = Buffer.allocUnsafe(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** Reads what `#collect` put together. Its bytes were checked, so an early end is a defect of whoever wrote them. */
class Reader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#bytes.length
  }

  uint32(): number {
    this.#at += 4
    return this.#bytes.readUInt32BE(this.#at - 4)
  }

  double(): number {
    this.#at += 8
    return this.#bytes.readDoubleBE(this.#at - 8)
  }

  bytes(length: number): Buffer {
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }
}
