/**
 * The files of a log: `blocks/00000001.blocks` and on, each of one month and begun anew near 64 MiB, and `tail`, which holds
 * what came since in small records until there is enough for a block. Of a destroyed month `.hashes` files are left: the
 * same heads, each with the hashes of its leaves in the place of its body.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { hashLength } from '#platform/transparency/merkle.ts'
import { digestOf, headLength, kinds, type RecordHead, readHead } from './record.ts'
import { Damage } from './refusals.ts'

export const fileLimit = 64 * 1024 * 1024

export interface BlockFile {
  readonly number: number
  readonly month: number
  /** Of its first line. */
  readonly first: number
  /** After its last line. */
  readonly end: number
  readonly isDestroyed: boolean
}

/** A record and where it stands. */
export interface Placed {
  readonly head: RecordHead
  readonly headBytes: Buffer
  readonly digest: Buffer
  readonly at: number
  /** Of head and body. */
  readonly length: number
}

export function blocksDirectory(directory: string): string {
  return join(directory, 'blocks')
}

export function nameOfFile({ number, isDestroyed }: Pick<BlockFile, 'number' | 'isDestroyed'>): string {
  return `blocks/${String(number).padStart(8, '0')}${isDestroyed ? '.hashes' : '.blocks'}`
}

export const tailName = 'tail'

/** Says where in words: never what stands there. */
export function placeOf(name: string, at: number, head?: RecordHead): string {
  const lines = head?.kind === kinds.block ? ` (lines ${head.first} to ${head.first + head.count - 1})` : ''
  return `${name}, the record at byte ${at}${lines}`
}

export async function readAt(file: Pick<FileHandle, 'read'>, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(length)
  let filled = 0
  while (filled < length) {
    const { bytesRead } = await file.read(bytes, filled, length - filled, at + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

/** Reads the head of the record that stands there; undefined when nothing that could be one does. */
export async function placedAt(file: FileHandle, at: number, isDestroyed: boolean): Promise<Placed | undefined> {
  const headBytes = await readAt(file, at, headLength)
  const head = headBytes.length === headLength ? readHead(headBytes) : undefined
  if (!head) return undefined
  const bodyLength = isDestroyed && head.kind === kinds.block ? head.count * hashLength : head.bodyLength
  return { head, headBytes, digest: digestOf(headBytes), at, length: headLength + bodyLength }
}

interface Walked {
  readonly records: readonly Placed[]
  /** Where the last whole record ends, and the file. */
  readonly end: number
  readonly length: number
  /** Whether what follows the last whole record is the beginning of one, or of none, or whether nothing follows. */
  readonly rest: 'nothing' | 'beginning' | 'other'
}

/** Goes over the heads of a file's records. */
export async function walk(file: FileHandle, isDestroyed: boolean): Promise<Walked> {
  const { size: length } = await file.stat()
  const records: Placed[] = []
  let end = 0
  while (end < length) {
    const record = await placedAt(file, end, isDestroyed)
    if (!record) return { records, end, length, rest: length - end < headLength ? 'beginning' : 'other' }
    if (end + record.length > length) return { records, end, length, rest: 'beginning' }
    records.push(record)
    end += record.length
  }
  return { records, end, length, rest: 'nothing' }
}

/** Where the blocks of a file stand. */
export interface Index {
  readonly firsts: number[]
  readonly places: number[]
  readonly lengths: number[]
}

export async function indexOf(directory: string, blockFile: BlockFile): Promise<Index> {
  const name = nameOfFile(blockFile)
  const file = await open(join(directory, name), 'r')
  try {
    const { records, end, rest } = await walk(file, blockFile.isDestroyed)
    const index: Index = { firsts: [], places: [], lengths: [] }
    for (const { head, at, length } of records) {
      if (head.kind !== kinds.block) continue
      index.firsts.push(head.first)
      index.places.push(at)
      index.lengths.push(length)
    }
    if (rest === 'other') throw new Damage(`${placeOf(name, end)} is damaged.`)
    return index
  } finally {
    await file.close()
  }
}

/** The last place in ascending numbers that is not above the value. */
export function findPlace(ascending: readonly number[], value: number): number {
  let [low, high] = [0, ascending.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((ascending[middle] ?? 0) <= value) low = middle + 1
    else high = middle
  }
  return low - 1
}

/**
 * Whether a record that does not open looks like one whose writing was cut short by a loss of power: then whole sectors of
 * it, or its end, read as zeros, which what is encrypted never does.
 */
export function looksTorn(bytes: Buffer, at: number): boolean {
  if (bytes.subarray(-16).every((byte) => byte === 0)) return true
  const sector = 512
  for (let from = (sector - (at % sector)) % sector; from + sector <= bytes.length; from += sector) {
    if (bytes.subarray(from, from + sector).every((byte) => byte === 0)) return true
  }
  return false
}
