/**
 * The tree of the log (RFC 6962). Kept on the disk is one hash for each 256 lines; all above is in memory, and what is
 * below is hashed again from the blocks when it is asked for.
 */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { consistencyRanges, Frontier, hashLength, inclusionRanges, type Range } from '#platform/transparency/merkle.ts'
import { fanOut, pendingSpans, rootOfSpans, type Span, spansOf } from '#platform/transparency/subtrees.ts'
import { hashNodes } from '../hash/hash.ts'
import { readAt } from './files.ts'
import { Damage } from './refusals.ts'

/** Hashes one after the other in one buffer that grows. */
class HashList {
  #bytes = Buffer.alloc(0)
  #length = 0

  get count(): number {
    return this.#length / hashLength
  }

  push(hashes: Buffer): void {
    if (this.#length + hashes.length > this.#bytes.length) {
      const grown = Buffer.alloc(Math.max(2 * this.#bytes.length, this.#length + hashes.length, 64 * hashLength))
      grown.set(this.#bytes.subarray(0, this.#length))
      this.#bytes = grown
    }
    this.#bytes.set(hashes, this.#length)
    this.#length += hashes.length
  }

  slice(from: number, to: number): Buffer {
    return this.#bytes.subarray(from * hashLength, to * hashLength)
  }

  dropBefore(count: number): void {
    this.#bytes = Buffer.from(this.#bytes.subarray(count * hashLength, this.#length))
    this.#length = this.#bytes.length
  }
}

/** The tree of some first lines, to go on from. Levels count as in `Subtrees`: each covers 256 of the one below. */
export class Growth {
  #size = 0
  /** Of levels 0 and 1 what has not yet come to a whole hash of the next; of higher levels everything. */
  readonly #levels: HashList[] = []

  get size(): number {
    return this.#size
  }

  /** Begins with whole hashes of level 1. */
  static of(nodes: Buffer): Growth {
    const growth = new Growth()
    growth.#levels[0] = new HashList()
    growth.#size = (nodes.length / hashLength) * fanOut
    growth.#rise(1, nodes)
    return growth
  }

  /** Takes the next leaves; gives the hashes of level 1 that have become whole. */
  add(leaves: Buffer): Buffer {
    this.#size += leaves.length / hashLength
    return this.#rise(0, leaves)
  }

  /** Takes the next hashes of level 1, where no group of leaves is begun. */
  addNodes(nodes: Buffer): void {
    if (this.#size % fanOut !== 0) throw new RangeError('A group of leaves is begun.')
    this.#size += (nodes.length / hashLength) * fanOut
    this.#rise(1, nodes)
  }

  #rise(level: number, hashes: Buffer): Buffer {
    const list = this.#levels[level] ?? new HashList()
    this.#levels[level] = list
    const before = Math.floor(list.count / fanOut)
    list.push(hashes)
    const after = Math.floor(list.count / fanOut)
    if (after === before) return Buffer.alloc(0)
    const whole = hashGroups(list.slice(before * fanOut, after * fanOut))
    if (level < 2) list.dropBefore(after * fanOut)
    this.#rise(level + 1, whole)
    return whole
  }

  root(): Buffer {
    const spans = pendingSpans(this.#size).toReversed()
    return rootOfSpans(spans, (span) => split(this.pending(span)))
  }

  /** The hashes of a span that has not yet come to a whole hash of the next level, or of one of a level above 1. */
  pending({ level, from, to }: Span): Buffer {
    const list = this.#levels[level] ?? new HashList()
    const dropped = level < 2 ? Math.floor(this.#size / fanOut ** (level + 1)) * fanOut : 0
    return list.slice(from - dropped, to - dropped)
  }

  /** Up to where hashes of level 1 have gone out of memory. */
  get droppedNodes(): number {
    return Math.floor(this.#size / fanOut ** 2) * fanOut
  }

  get nodes(): number {
    return Math.floor(this.#size / fanOut)
  }
}

/** The hash of each whole group of 256: one of the level above. */
export function hashGroups(hashes: Buffer): Buffer {
  let whole = hashes
  for (let width = fanOut; width > 1; width /= 2) whole = hashNodes(whole)
  return whole
}

export function nodesPath(directory: string): string {
  return join(directory, 'nodes')
}

export class Tree {
  readonly #file: FileHandle
  readonly #growth: Growth
  readonly #leaves: (from: number, to: number) => Promise<Buffer>
  #saved: number
  #unsaved: Buffer[] = []
  #saving: Promise<void> = Promise.resolve()

  private constructor(file: FileHandle, growth: Growth, leaves: (from: number, to: number) => Promise<Buffer>) {
    this.#file = file
    this.#growth = growth
    this.#leaves = leaves
    this.#saved = growth.nodes
  }

  /**
   * Opens the tree of the first `signedSize` lines, to which the lines after them are then added: only up to there does a
   * signed root vouch for the hashes that are kept. `leaves` gives the hashes of lines.
   */
  static async open(
    directory: string,
    signedSize: number,
    atLeast: number,
    leaves: (from: number, to: number) => Promise<Buffer>,
  ): Promise<Tree> {
    const path = nodesPath(directory)
    const file = await open(path, 'r+').catch((cause: NodeJS.ErrnoException) => {
      if (cause.code !== 'ENOENT') throw cause
      if (atLeast > 0) throw new Damage('nodes is missing.', { cause })
      return open(path, 'w+', 0o600)
    })
    try {
      const kept = Math.floor((await file.stat()).size / hashLength)
      const count = Math.floor(signedSize / fanOut)
      if (kept < Math.max(atLeast, count)) throw new Damage(`nodes was cut off at byte ${kept * hashLength}.`)
      return new Tree(file, Growth.of(await readAt(file, 0, count * hashLength)), leaves)
    } catch (error) {
      await file.close()
      throw error
    }
  }

  get size(): number {
    return this.#growth.size
  }

  get saved(): number {
    return this.#saved
  }

  add(leaves: Buffer): void {
    const nodes = this.#growth.add(leaves)
    if (nodes.length > 0) this.#unsaved.push(Buffer.from(nodes))
  }

  root(): Buffer {
    return this.#growth.root()
  }

  /** Makes the hashes that became whole durable; one call after the other. */
  save(): Promise<void> {
    const saving = this.#saving.then(() => this.#save())
    this.#saving = saving.catch(() => undefined)
    return saving
  }

  async #save(): Promise<void> {
    const bytes = Buffer.concat(this.#unsaved)
    if (bytes.length === 0) return
    const pieces = this.#unsaved.length
    await this.#file.truncate(this.#saved * hashLength)
    for (let at = 0; at < bytes.length; ) {
      const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#saved * hashLength + at)
      at += bytesWritten
    }
    await this.#file.datasync()
    this.#unsaved.splice(0, pieces)
    this.#saved += bytes.length / hashLength
  }

  /** The root of the first `size` lines. */
  rootAt(size: number): Promise<Buffer> {
    if (size === this.size) return Promise.resolve(this.root())
    return size === 0 ? Promise.resolve(Frontier.empty().root()) : this.#rootOf({ from: 0, to: size })
  }

  inclusion(index: number, size: number): Promise<readonly Buffer[]> {
    this.#check(size)
    return this.#path(inclusionRanges(index, size))
  }

  consistency(oldSize: number, newSize: number): Promise<readonly Buffer[]> {
    this.#check(newSize)
    return this.#path(consistencyRanges(oldSize, newSize))
  }

  async close(): Promise<void> {
    await this.#file.close()
  }

  #check(size: number): void {
    if (size > this.size) throw new RangeError(`The log has ${this.size} lines, not ${size}.`)
  }

  async #path(ranges: readonly Range[]): Promise<Buffer[]> {
    const path: Buffer[] = []
    for (const range of ranges) path.push(await this.#rootOf(range))
    return path
  }

  async #rootOf(range: Range): Promise<Buffer> {
    const spans = spansOf(range)
    const found = new Map<Span, Uint8Array[]>()
    for (const span of spans) found.set(span, split(await this.#hashesOf(span)))
    return rootOfSpans(spans, (span) => found.get(span) ?? [])
  }

  async #hashesOf(span: Span): Promise<Buffer> {
    const { level, from, to } = span
    if (level === 0) return this.#leaves(from, to)
    if (level > 1 || from >= this.#growth.droppedNodes) return Buffer.from(this.#growth.pending(span))
    if (to > this.#saved) await this.save()
    return readAt(this.#file, from * hashLength, (to - from) * hashLength)
  }
}

function split(hashes: Buffer): Buffer[] {
  return Array.from({ length: hashes.length / hashLength }, (_, i) =>
    hashes.subarray(i * hashLength, (i + 1) * hashLength),
  )
}
