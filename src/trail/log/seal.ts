/**
 * The keys of the log: one secret a month, sealed under the key file, from which a key for blocks and a key for salts are
 * derived. Whoever destroys every copy of a month's sealed secret has destroyed what its blocks say.
 *
 * The salt of line n is what AES-256 makes of n under the month's key for salts (a stretch of the CTR key stream that
 * starts at n): unguessable without the key, no two alike, and the same wherever the line comes to lie.
 */
import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { constants, zstdCompress, zstdDecompress, zstdDecompressSync } from 'node:zlib'
import { KeyError, type KeyFile, keyOf, open, rewrap, seal, takeRandom } from '#platform/keys.ts'
import { readBody } from './body.ts'
import { writeDurably } from './durable.ts'
import type { Block } from './log.ts'
import {
  finishHead,
  headLength,
  kinds,
  nameOfMonth,
  packings,
  type RecordHead,
  taggedLength,
  writeTagged,
} from './record.ts'
import { Damage, refuse } from './refusals.ts'

const compress = promisify(zstdCompress)
const decompress = promisify(zstdDecompress)

const cipher = 'aes-256-gcm'
const tagLength = 16
const saltLength = 16

// Below this, packing gains less than it takes.
const storedBelow = 16 * 1024
// Short lines pack best at the first level, and long messages, which repeat each other from afar, at the second.
const longLine = 600
const levels = { short: 1, long: 2 } as const

/** May go to another thread. */
export interface MonthKey {
  readonly block: KeyObject
  readonly salt: KeyObject
}

export class MonthKeys {
  readonly #directory: string
  readonly #keys: KeyFile
  readonly #origin: string
  readonly #open = new Map<number, Promise<MonthKey>>()

  constructor(logDirectory: string, keys: KeyFile, origin: string) {
    this.#directory = join(logDirectory, 'keys')
    this.#keys = keys
    this.#origin = origin
  }

  pathOf(month: number): string {
    return join(this.#directory, `${nameOfMonth(month)}.key`)
  }

  /** Throws a refusal that names the month when its key is missing or damaged. */
  async of(month: number): Promise<MonthKey> {
    let opening = this.#open.get(month)
    if (!opening) {
      opening = this.#read(month)
      this.#open.set(month, opening)
      opening.catch(() => this.#open.delete(month))
    }
    return opening
  }

  /** The key of a month that begins; durable before it resolves. One that is there already goes on in use. */
  async make(month: number): Promise<MonthKey> {
    if (this.#open.has(month)) return this.of(month)
    const path = this.pathOf(month)
    const isThere = await readFile(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return false
        throw error
      },
    )
    if (!isThere) {
      await mkdir(this.#directory, { recursive: true, mode: 0o700 })
      const secret = randomBytes(32)
      await writeDurably(path, await seal(this.#keys, secret, this.#contextOf(month)))
      secret.fill(0)
    }
    return this.of(month)
  }

  /** Wraps what an earlier version of the key file's key has wrapped with its current one, so that the earlier can go. */
  async renew(months: Iterable<number>): Promise<void> {
    for (const month of months) {
      const path = this.pathOf(month)
      try {
        const wrapped = await readFile(path)
        if (keyOf(wrapped).version === this.#keys.currentVersion) continue
        await writeDurably(path, await rewrap(this.#keys, wrapped, this.#contextOf(month)))
      } catch (error) {
        throw this.#explain(error, month)
      }
    }
  }

  async destroy(month: number): Promise<void> {
    this.#open.delete(month)
    await rm(this.pathOf(month), { force: true })
  }

  async #read(month: number): Promise<MonthKey> {
    try {
      const secret = await open(this.#keys, await readFile(this.pathOf(month)), this.#contextOf(month))
      const key = { block: derive(secret, 'block'), salt: derive(secret, 'salt') }
      secret.fill(0)
      return key
    } catch (error) {
      throw this.#explain(error, month)
    }
  }

  #explain(error: unknown, month: number): unknown {
    const isExpected = error instanceof KeyError || (error as NodeJS.ErrnoException).code === 'ENOENT'
    return isExpected ? refuse('key', { month: nameOfMonth(month) }, { cause: error }) : error
  }

  #contextOf(month: number): string {
    return `trail-month/${this.#origin}/${nameOfMonth(month)}`
  }
}

function derive(secret: Buffer, use: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', `vigil trail ${use}/1`, 32)))
}

/** 16 bytes for each of `count` lines from `first` on. */
export function saltsOf({ salt }: MonthKey, first: number, count: number): Buffer {
  const counter = Buffer.alloc(16)
  counter.writeBigUInt64BE(BigInt(first), 8)
  if (zeros.length < count * saltLength) zeros = Buffer.alloc(count * saltLength)
  return createCipheriv('aes-256-ctr', salt, counter).update(zeros.subarray(0, count * saltLength))
}

let zeros = Buffer.alloc(0)

/** Packs a body of so many lines where that pays; in another thread. */
export async function pack(plain: Buffer, count: number): Promise<{ packing: number; packed: Buffer }> {
  if (plain.length < storedBelow) return { packing: packings.stored, packed: plain }
  const level = plain.length < longLine * count ? levels.short : levels.long
  const packed = await compress(plain, {
    params: { [constants.ZSTD_c_compressionLevel]: level },
    chunkSize: chunkOf(plain.length / 4),
  })
  return { packing: packings.zstd, packed }
}

// Each piece of this size is a turn of its own on the thread pool.
function chunkOf(length: number): number {
  return Math.max(64 * 1024, Math.min(Math.ceil(length) + 1024, 8 * 1024 * 1024))
}

/** Writes a record: its head and its sealed body. */
export function sealRecord(
  key: MonthKey,
  head: Omit<RecordHead, 'tag' | 'nonce' | 'bodyLength'>,
  packed: Buffer,
): { readonly headBytes: Buffer; readonly body: Buffer } {
  const nonce = takeRandom(12)
  const headBytes = writeTagged({ ...head, nonce, bodyLength: packed.length })
  const aes = createCipheriv(cipher, key.block, nonce, { authTagLength: tagLength })
  aes.setAAD(headBytes.subarray(0, taggedLength))
  const body = aes.update(packed)
  aes.final()
  return { headBytes: finishHead(headBytes, aes.getAuthTag()), body }
}

/** Opens a record and gives its packed body; undefined when head and body are not as they were sealed. */
export function openRecord(key: MonthKey, head: RecordHead, headBytes: Buffer, body: Buffer): Buffer | undefined {
  const aes = createDecipheriv(cipher, key.block, head.nonce, { authTagLength: tagLength })
  aes.setAAD(headBytes.subarray(0, taggedLength))
  aes.setAuthTag(head.tag)
  const packed = aes.update(body)
  try {
    aes.final()
  } catch {
    return undefined
  }
  return packed
}

/** Opens a block. `where` names it for whoever is told that it is damaged. */
export async function openBlock(
  key: MonthKey,
  head: RecordHead,
  bytes: Buffer,
  where: string,
): Promise<Omit<Block, 'salts'>> {
  const packed = openPacked(key, head, bytes, where)
  const plain =
    head.packing === packings.zstd
      ? await decompress(packed, unpackingOf(head)).catch((cause: unknown) => {
          throw unpackable(where, cause)
        })
      : packed
  return readPlain(plain, head, where)
}

/** The same in this thread: where it has nothing else to do, going to another and back takes longer. */
export function openBlockHere(key: MonthKey, head: RecordHead, bytes: Buffer, where: string): Omit<Block, 'salts'> {
  let plain = openPacked(key, head, bytes, where)
  try {
    if (head.packing === packings.zstd) plain = zstdDecompressSync(plain, unpackingOf(head))
  } catch (cause) {
    throw unpackable(where, cause)
  }
  return readPlain(plain, head, where)
}

function openPacked(key: MonthKey, head: RecordHead, bytes: Buffer, where: string): Buffer {
  const packed = openRecord(key, head, bytes.subarray(0, headLength), bytes.subarray(headLength))
  if (!packed || head.kind !== kinds.block) throw new Damage(`${where} is not as it was sealed.`)
  return packed
}

const unpackingOf = ({ plainLength }: RecordHead) => ({ maxOutputLength: plainLength, chunkSize: chunkOf(plainLength) })
const unpackable = (where: string, cause: unknown) => new Damage(`${where} cannot be unpacked.`, { cause })

function readPlain(plain: Buffer, head: RecordHead, where: string): Omit<Block, 'salts'> {
  const block = plain.length === head.plainLength ? readBody(plain, head.first, head.count) : undefined
  if (!block) throw new Damage(`${where} is not laid out as a block.`)
  return block
}

/** Here and not on the thread pool, which is given a copy: making that takes as long as the digest. */
export function digestOfRaw(raw: Buffer): Buffer {
  return hash('sha256', raw, 'buffer')
}
