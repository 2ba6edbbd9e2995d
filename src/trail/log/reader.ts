/** Reading blocks and leaf hashes back, from wherever they lie at the time. */
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { hashLength } from '#platform/transparency/merkle.ts'
import { hashLeaves } from '../hash/hash.ts'
import { type BlockFile, findPlace, type Index, indexOf, nameOfFile, placeOf, readAt } from './files.ts'
import type { Block } from './log.ts'
import { headLength, readHead } from './record.ts'
import { Damage } from './refusals.ts'
import { type MonthKeys, openBlock, saltsOf } from './seal.ts'
import type { PlacedBlock, Plan } from './writer.ts'

// Of finished files only so many are remembered: how their blocks lie is read again when it is asked for.
const maxIndexes = 64
const maxLeaves = 16

/** Where a block lies. */
interface Spot {
  readonly file: BlockFile
  readonly first: number
  readonly at: number
  readonly length: number
}

export class Reader {
  readonly #directory: string
  readonly #keys: MonthKeys
  /** What is durable now. */
  plan: Plan
  readonly files: BlockFile[]
  readonly #indexes = new Map<number, Promise<Index>>()
  /** Leaf hashes of the blocks last asked for, by their first lines. */
  readonly #leaves = new Map<number, Promise<Buffer>>()

  constructor(directory: string, keys: MonthKeys, files: readonly BlockFile[], plan: Plan) {
    this.#directory = directory
    this.#keys = keys
    this.files = [...files]
    this.plan = plan
  }

  /** Takes notice of blocks that were written. */
  add(blocks: readonly PlacedBlock[]): void {
    for (const { number, month, first, count, at, length } of blocks) {
      const last = this.files.at(-1)
      const file = { number, month, first: last?.number === number ? last.first : first, end: first + count }
      this.files.splice(last?.number === number ? -1 : this.files.length, 1, { ...file, isDestroyed: false })
      if (last?.number !== number) {
        this.#indexes.set(number, Promise.resolve({ firsts: [first], places: [at], lengths: [length] }))
        continue
      }
      const index = this.#indexes.get(number)
      // Where nobody has read the file yet, reading it will find this block too.
      if (index) {
        const add = ({ firsts, places, lengths }: Index) => {
          if ((firsts.at(-1) ?? -1) >= first) return
          firsts.push(first)
          places.push(at)
          lengths.push(length)
        }
        this.#indexes.set(
          number,
          index.then((known) => {
            add(known)
            return known
          }),
        )
      }
    }
  }

  forget(): void {
    this.#indexes.clear()
    this.#leaves.clear()
  }

  async *read(from: number, to: number): AsyncGenerator<Block> {
    const handles = new Map<number, Promise<FileHandle>>()
    const ahead: { readonly file: number; readonly block: Promise<Block> }[] = []
    let next = from
    try {
      while (next < to || ahead.length > 0) {
        // While one block is worked on, the next are unpacked.
        while (next < to && ahead.length < 3) {
          const spot = await this.#find(next)
          if (!spot) break
          if (spot.file.isDestroyed) {
            next = spot.file.end
            continue
          }
          const block = this.#readBlock(spot, handles)
          block.catch(() => undefined)
          ahead.push({ file: spot.file.number, block })
          next = await this.#endOf(spot)
        }
        const taken = ahead.shift()
        if (taken) {
          const block = await taken.block.catch((error: unknown) => {
            // Its month may have been destroyed while it was being read.
            if (this.files.find(({ number }) => number === taken.file)?.isDestroyed) return undefined
            throw error
          })
          if (block) yield block
          continue
        }
        if (next >= to) break
        const entry = this.plan.pending.find(({ first, records }) => first + records.count > next)
        if (!entry || next < entry.first) {
          // It went from the tail to the blocks in between.
          if (await this.#find(next)) continue
          throw new Damage(`line ${next} is in no block.`)
        }
        const { first, records, receivedAt } = entry
        const salts = saltsOf(await this.#keys.of(this.plan.tail.month), first, records.count)
        const received = { ends: Uint32Array.of(records.count), at: Float64Array.of(receivedAt) }
        yield { ...records, first, receivedAt, received, salts }
        next = first + records.count
      }
    } finally {
      for (const handle of handles.values()) await (await handle.catch(() => undefined))?.close()
    }
  }

  async leafHashes(from: number, to: number): Promise<Buffer> {
    const parts: Buffer[] = []
    let next = from
    while (next < to) {
      const spot = await this.#find(next)
      const entry = spot ? undefined : this.plan.pending.find(({ first, records }) => first + records.count > next)
      if (!spot && (!entry || next < entry.first)) {
        if (await this.#find(next)) continue
        throw new Damage(`line ${next} is in no block.`)
      }
      const first = spot?.first ?? entry?.first ?? next
      const leaves = spot ? await this.#leavesOf(spot) : (entry?.leaves ?? Buffer.alloc(0))
      const end = Math.min(to, first + leaves.length / hashLength)
      parts.push(leaves.subarray((next - first) * hashLength, (end - first) * hashLength))
      next = end
    }
    return Buffer.concat(parts)
  }

  /** The block that a line lies in; undefined when it is not in the files of blocks (yet). */
  async #find(line: number): Promise<Spot | undefined> {
    const last = this.files.at(-1)
    if (!last || line >= last.end) return undefined
    let [low, high] = [0, this.files.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.files[middle]?.end ?? 0) <= line) low = middle + 1
      else high = middle
    }
    const file = this.files[low]
    if (!file || line < file.first) throw new Damage(`line ${line} is in no block.`)
    const { firsts, places, lengths } = await this.#indexOf(file)
    const place = findPlace(firsts, line)
    const [first, at, length] = [firsts[place], places[place], lengths[place]]
    if (first === undefined || at === undefined || length === undefined) {
      throw new Damage(`${nameOfFile(file)} has no block with line ${line}.`)
    }
    return { file, first, at, length }
  }

  async #endOf({ file, first }: Spot): Promise<number> {
    const { firsts } = await this.#indexOf(file)
    const after = firsts[findPlace(firsts, first) + 1]
    return after ?? this.files.find(({ number }) => number === file.number)?.end ?? file.end
  }

  #indexOf(file: BlockFile): Promise<Index> {
    let index = this.#indexes.get(file.number)
    if (!index) {
      index = indexOf(this.#directory, file)
      this.#indexes.set(file.number, index)
      index.catch(() => this.#indexes.delete(file.number))
      const [oldest] = this.#indexes.keys()
      if (this.#indexes.size > maxIndexes && oldest !== undefined && oldest !== this.files.at(-1)?.number) {
        this.#indexes.delete(oldest)
      }
    }
    return index
  }

  async #readBlock(spot: Spot, handles: Map<number, Promise<FileHandle>>): Promise<Block> {
    const name = nameOfFile(spot.file)
    let handle = handles.get(spot.file.number)
    if (!handle) {
      handle = open(join(this.#directory, name), 'r')
      handle.catch(() => undefined)
      handles.set(spot.file.number, handle)
    }
    return this.#openBlock(await readAt(await handle, spot.at, spot.length), spot, name)
  }

  async #openBlock(bytes: Buffer, { first, at, length }: Spot, name: string): Promise<Block> {
    const head = bytes.length === length ? readHead(bytes.subarray(0, headLength)) : undefined
    if (head?.first !== first) throw new Damage(`${placeOf(name, at)} is damaged.`)
    const key = await this.#keys.of(head.month)
    const block = await openBlock(key, head, bytes, placeOf(name, at, head))
    return { ...block, salts: saltsOf(key, block.first, block.count) }
  }

  #leavesOf(spot: Spot): Promise<Buffer> {
    let leaves = this.#leaves.get(spot.first)
    if (!leaves) {
      leaves = this.#readLeaves(spot)
      this.#leaves.set(spot.first, leaves)
      leaves.catch(() => this.#leaves.delete(spot.first))
      const [oldest] = this.#leaves.keys()
      if (this.#leaves.size > maxLeaves && oldest !== undefined) this.#leaves.delete(oldest)
    }
    return leaves
  }

  async #readLeaves(spot: Spot): Promise<Buffer> {
    const name = nameOfFile(spot.file)
    const file = await open(join(this.#directory, name), 'r')
    try {
      const bytes = await readAt(file, spot.at, spot.length)
      if (spot.file.isDestroyed) return bytes.subarray(headLength)
      const { salts, lines, lineEnds } = await this.#openBlock(bytes, spot, name)
      return hashLeaves(salts, lines, lineEnds)
    } finally {
      await file.close()
    }
  }
}
