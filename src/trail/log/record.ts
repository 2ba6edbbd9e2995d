/**
 * What the files of the log consist of: records, one after the other, each a head of 160 bytes and a sealed body.
 *
 * A file begins with a record that says which file it is; blocks of lines follow; a finished file ends with a record that
 * says so; a log that was closed has a record of that at the end of its tail. Each head carries the digest of the head
 * before it, across files, so that their order is fixed, and a tag under the key of its month over itself and its body.
 *
 * Head, big-endian: magic 4 | kind 1 | packing 1 | place 1 | 0 | first 8 | count 4 | month 4 | received from 8 | to 8 |
 * number 4 | plain length 4 | body length 4 | nonce 12 | digest 32 | previous 32 | tag 16 | check 16.
 */
import { hash } from 'node:crypto'

export const headLength = 160
/** What the tag covers beside the body. */
export const taggedLength = 128
const checkAt = 144

export const kinds = { file: 1, block: 2, end: 3, close: 4 } as const
export type Kind = (typeof kinds)[keyof typeof kinds]
export const packings = { stored: 0, zstd: 1 } as const
/** Where a record stands: in the numbered files of blocks, in the tail, or in what is left of a destroyed month. */
export const places = { blocks: 0, tail: 1 } as const

const magic = 0x56545231

export interface RecordHead {
  readonly kind: Kind
  readonly packing: number
  readonly place: number
  /** The first line of a block; of other records, how many lines came before. */
  readonly first: number
  /** Lines of a block; of the end of a file, its blocks. */
  readonly count: number
  /** Months since the year 0. */
  readonly month: number
  readonly receivedFrom: number
  readonly receivedTo: number
  /** Of the file that it stands in: its number, or the generation of the tail. */
  readonly number: number
  /** Of a block: of its body as it was before packing. Of a close: the version of the head file that was to follow. */
  readonly plainLength: number
  readonly bodyLength: number
  readonly nonce: Buffer
  /** Of a block: the SHA-256 of its raw messages. Of a close: the root of the tree. */
  readonly digest: Buffer
  readonly previous: Buffer
  readonly tag: Buffer
}

export const noDigest = Buffer.alloc(32)

/** Writes the part of the head that the tag covers. */
export function writeTagged(head: Omit<RecordHead, 'tag'>): Buffer {
  const bytes = Buffer.alloc(headLength)
  bytes.writeUInt32BE(magic, 0)
  bytes.writeUInt8(head.kind, 4)
  bytes.writeUInt8(head.packing, 5)
  bytes.writeUInt8(head.place, 6)
  bytes.writeBigUInt64BE(BigInt(head.first), 8)
  bytes.writeUInt32BE(head.count, 16)
  bytes.writeUInt32BE(head.month, 20)
  bytes.writeDoubleBE(head.receivedFrom, 24)
  bytes.writeDoubleBE(head.receivedTo, 32)
  bytes.writeUInt32BE(head.number, 40)
  bytes.writeUInt32BE(head.plainLength, 44)
  bytes.writeUInt32BE(head.bodyLength, 48)
  bytes.set(head.nonce, 52)
  bytes.set(head.digest, 64)
  bytes.set(head.previous, 96)
  return bytes
}

/** Completes what `writeTagged` wrote, in place. */
export function finishHead(bytes: Buffer, tag: Buffer): Buffer {
  bytes.set(tag, taggedLength)
  bytes.set(hash('sha256', bytes.subarray(0, checkAt), 'buffer').subarray(0, headLength - checkAt), checkAt)
  return bytes
}

/** Undefined when these bytes are no head: its own check is against accidents, its tag against people. */
export function readHead(bytes: Buffer): RecordHead | undefined {
  if (bytes.length !== headLength || bytes.readUInt32BE(0) !== magic) return undefined
  const check = hash('sha256', bytes.subarray(0, checkAt), 'buffer').subarray(0, headLength - checkAt)
  if (!check.equals(bytes.subarray(checkAt))) return undefined
  const kind = bytes.readUInt8(4)
  const first = Number(bytes.readBigUInt64BE(8))
  if (!isKind(kind) || bytes.readUInt8(7) !== 0 || !Number.isSafeInteger(first)) return undefined
  return {
    kind,
    packing: bytes.readUInt8(5),
    place: bytes.readUInt8(6),
    first,
    count: bytes.readUInt32BE(16),
    month: bytes.readUInt32BE(20),
    receivedFrom: bytes.readDoubleBE(24),
    receivedTo: bytes.readDoubleBE(32),
    number: bytes.readUInt32BE(40),
    plainLength: bytes.readUInt32BE(44),
    bodyLength: bytes.readUInt32BE(48),
    nonce: bytes.subarray(52, 64),
    digest: bytes.subarray(64, 96),
    previous: bytes.subarray(96, 128),
    tag: bytes.subarray(taggedLength, checkAt),
  }
}

/** What the next head carries of this one. */
export function digestOf(headBytes: Buffer): Buffer {
  return hash('sha256', headBytes, 'buffer')
}

/** How many lines there are up to and with this record. */
export function endOf(head: RecordHead): number {
  return head.kind === kinds.block ? head.first + head.count : head.first
}

export function monthOf(receivedAt: number): number {
  const date = new Date(receivedAt)
  return date.getUTCFullYear() * 12 + date.getUTCMonth()
}

/** '2026-11'. */
export function nameOfMonth(month: number): string {
  return `${String(Math.floor(month / 12)).padStart(4, '0')}-${String((month % 12) + 1).padStart(2, '0')}`
}

function isKind(value: number): value is Kind {
  return value >= kinds.file && value <= kinds.close
}
