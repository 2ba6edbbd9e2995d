/**
 * What stands on the disk when a log is opened: read from the heads of its records, and checked against each other and
 * against the head file. Nothing is changed here.
 *
 * Whoever kills the process, or pulls the plug, leaves at most one record that was begun and not acknowledged at the end of
 * the last file: it is cut off. Anything else that does not fit is damage.
 */
import { type FileHandle, open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { hashLeaves } from '../hash/hash.ts'
import { type Entry, sliceOf } from './body.ts'
import {
  type BlockFile,
  blocksDirectory,
  looksTorn,
  nameOfFile,
  type Placed,
  placedAt,
  placeOf,
  readAt,
  tailName,
  walk,
} from './files.ts'
import type { ReadHead } from './head.ts'
import { endOf, headLength, kinds, places, type RecordHead } from './record.ts'
import { Damage, refuse } from './refusals.ts'
import { type MonthKeys, openBlock, openRecord, saltsOf } from './seal.ts'
import { emptyPlan, type Plan } from './writer.ts'

export interface Found {
  readonly plan: Plan
  readonly files: readonly BlockFile[]
  /** What is to be cut off: names within the directory, with the lengths that are good. */
  readonly cuts: readonly { readonly name: string; readonly length: number }[]
  /** Names that are to be removed. */
  readonly leftovers: readonly string[]
}

export async function findLog(directory: string, keys: MonthKeys, head: ReadHead | undefined): Promise<Found> {
  const { files, leftovers, last } = await listFiles(directory, new Set(head?.destroyed))
  const finder = new Finder(directory, keys, head)
  await finder.takeFiles(files, last)
  await finder.takeTail()
  const { plan, cuts } = finder
  const signed = head?.signed.size ?? 0
  if (plan.size < signed) throw refuse('short', { size: plan.size, signed })
  return { plan, files: finder.files, cuts, leftovers: [...leftovers, ...finder.leftovers] }
}

export interface Listed {
  readonly number: number
  readonly isDestroyed: boolean
}

/** Names the files of blocks that are there, from the first to the last, and what a stop in the middle has left. */
export async function listFiles(
  directory: string,
  destroyed: ReadonlySet<number>,
): Promise<{ files: Listed[]; leftovers: string[]; last: number }> {
  const found = new Map<number, Set<string>>()
  const leftovers: string[] = []
  for (const name of await readdir(blocksDirectory(directory))) {
    const [, number, ending] = /^(\d{8})\.(blocks|hashes)$/.exec(name) ?? []
    if (number === undefined || ending === undefined) {
      if (name.endsWith('.new')) leftovers.push(join('blocks', name))
      continue
    }
    found.set(Number(number), (found.get(Number(number)) ?? new Set()).add(ending))
  }
  const last = Math.max(0, ...found.keys())
  const files: Listed[] = []
  for (let number = 1; number <= last; number += 1) {
    const endings = found.get(number)
    if (!endings) throw new Damage(`${nameOfFile({ number, isDestroyed: false })} is missing.`)
    let isDestroyed = !endings.has('blocks')
    if (endings.size === 2) {
      // The destruction of a month was cut short: before the head file said so, or after.
      const file = await open(join(directory, nameOfFile({ number, isDestroyed: true })), 'r')
      const begin = await placedAt(file, 0, true).finally(() => file.close())
      isDestroyed = begin !== undefined && destroyed.has(begin.head.month)
      leftovers.push(nameOfFile({ number, isDestroyed: !isDestroyed }))
    }
    files.push({ number, isDestroyed })
  }
  return { files, leftovers, last }
}

class Finder {
  readonly #directory: string
  readonly #keys: MonthKeys
  readonly #head: ReadHead | undefined
  readonly files: BlockFile[] = []
  readonly cuts: { name: string; length: number }[] = []
  readonly leftovers: string[] = []
  plan: Plan = emptyPlan

  constructor(directory: string, keys: MonthKeys, head: ReadHead | undefined) {
    this.#directory = directory
    this.#keys = keys
    this.#head = head
  }

  async takeFiles(files: readonly Listed[], last: number): Promise<void> {
    for (const each of files) {
      const name = nameOfFile(each)
      const file = await open(join(this.#directory, name), 'r')
      try {
        if (each.number < last) await this.#takeFinished(file, each, name)
        else await this.#takeLast(file, each, name)
      } finally {
        await file.close()
      }
    }
  }

  /** A finished file is known by its first and last record; what is between is read when it is needed. */
  async #takeFinished(file: FileHandle, listed: Listed, name: string): Promise<void> {
    const { size } = await file.stat()
    const begin = await placedAt(file, 0, listed.isDestroyed)
    const end = size >= 2 * headLength ? await placedAt(file, size - headLength, listed.isDestroyed) : undefined
    if (!begin) throw new Damage(`${placeOf(name, 0)} is damaged.`)
    if (end?.head.kind !== kinds.end) throw new Damage(`${name} was cut off or damaged at its end, byte ${size}.`)
    await this.#expectBegin(begin, listed, name)
    await this.#expectTag(end, name)
    const { number, month } = begin.head
    const isSame = end.head.number === number && end.head.month === month && end.head.place === places.blocks
    if (!isSame || end.head.first < begin.head.first) throw new Damage(`${placeOf(name, end.at)} is not of this file.`)
    this.files.push({ number, month, first: begin.head.first, end: end.head.first, isDestroyed: listed.isDestroyed })
    const receivedAt = Math.max(end.head.receivedTo, this.plan.receivedAt)
    const ended = { number, month, length: size, blocks: end.head.count, isFinished: true }
    // The block before the end is the one that the end names.
    const blockDigest = end.head.previous
    this.plan = { ...this.plan, size: end.head.first, receivedAt, digest: end.digest, blockDigest, file: ended }
  }

  async #takeLast(file: FileHandle, listed: Listed, name: string): Promise<void> {
    const { records, end, length, rest } = await walk(file, listed.isDestroyed)
    const [begin] = records
    let good = end
    if (rest === 'other' && !looksTorn(await readAt(file, end, length - end), end)) {
      throw new Damage(`${placeOf(name, end)} is damaged.`)
    }
    if (!begin) {
      // The file was begun and nothing in it acknowledged.
      this.leftovers.push(name)
      return
    }
    await this.#expectBegin(begin, listed, name)
    const { number, month, first } = begin.head
    let plan: Plan = { ...this.plan, digest: begin.digest }
    let blocks = 0
    let isFinished = false
    for (const record of records.slice(1)) {
      const { head } = record
      const isInPlace = head.number === number && head.month === month && head.place === places.blocks
      const isNext = head.first === plan.size && head.previous.equals(plan.digest) && !isFinished
      const isKnown = head.kind === kinds.block || head.kind === kinds.end
      if (!isInPlace || !isNext || !isKnown) throw new Damage(`${placeOf(name, record.at, head)} is out of order.`)
      if (!listed.isDestroyed && endOf(head) > (this.#head?.signed.size ?? 0) && !(await this.#opens(file, record))) {
        const bytes = await readAt(file, record.at, record.length)
        if (!looksTorn(bytes, record.at)) throw new Damage(`${placeOf(name, record.at, head)} is not as it was sealed.`)
        good = record.at
        break
      }
      isFinished = head.kind === kinds.end
      if (head.kind === kinds.block) blocks += 1
      const blockDigest = isFinished ? plan.blockDigest : record.digest
      const receivedAt = Math.max(head.receivedTo, plan.receivedAt)
      plan = { ...plan, size: endOf(head), receivedAt, digest: record.digest, blockDigest }
    }
    if (good < length) this.cuts.push({ name, length: good })
    this.files.push({ number, month, first, end: plan.size, isDestroyed: listed.isDestroyed })
    this.plan = { ...plan, file: { number, month, length: good, blocks, isFinished } }
  }

  async takeTail(): Promise<void> {
    const least = this.#head?.tail ?? { generation: 0, length: 0 }
    let file: FileHandle
    try {
      file = await open(join(this.#directory, tailName), 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      if (least.generation > 0) throw new Damage(`${tailName} is missing.`)
      return
    }
    try {
      await this.#takeTail(file, least)
    } finally {
      await file.close()
    }
  }

  async #takeTail(file: FileHandle, least: { generation: number; length: number }): Promise<void> {
    const { records, end, length, rest } = await walk(file, false)
    const [begin] = records
    if (begin?.head.kind !== kinds.file || begin.head.place !== places.tail) {
      throw new Damage(`${placeOf(tailName, 0)} is damaged.`)
    }
    if (rest === 'other' && !looksTorn(await readAt(file, end, length - end), end)) {
      throw new Damage(`${placeOf(tailName, end)} is damaged.`)
    }
    await this.#expectTag(begin, tailName)
    const { number: generation, month, first } = begin.head
    const base = this.plan
    if (first > base.size) throw new Damage(`${tailName} begins at line ${first}, but the blocks end at ${base.size}.`)
    if (first === base.size && !begin.head.previous.equals(base.blockDigest)) {
      throw new Damage(`${tailName} follows other blocks than those that are there.`)
    }
    let good = begin.length
    let tailEnd = first
    let { digest } = begin
    let { receivedAt } = base
    const pending: Entry[] = []
    for (const record of records.slice(1)) {
      const { head } = record
      const where = placeOf(tailName, record.at, head)
      const isInPlace = head.number === generation && head.month === month && head.place === places.tail
      const isKnown = head.kind === kinds.block || head.kind === kinds.close
      if (!isInPlace || !isKnown || head.first !== tailEnd || !head.previous.equals(digest)) {
        throw new Damage(`${where} is out of order.`)
      }
      if (!(await this.#opens(file, record))) {
        const bytes = await readAt(file, record.at, record.length)
        if (!looksTorn(bytes, record.at)) throw new Damage(`${where} is not as it was sealed.`)
        break
      }
      if (head.kind === kinds.close && head.plainLength > (this.#head?.version ?? 0)) {
        throw new Damage('head was put back to an older copy.')
      }
      if (head.kind === kinds.block && endOf(head) > base.size) {
        pending.push(...(await this.#entriesOf(file, record, base.size)))
      }
      good = record.at + record.length
      tailEnd = endOf(head)
      digest = record.digest
      receivedAt = Math.max(receivedAt, head.receivedTo)
    }
    if (generation < least.generation || (generation === least.generation && good < least.length)) {
      throw new Damage(`${tailName} was cut off at byte ${good} or put back to an older copy.`)
    }
    if (good < length) this.cuts.push({ name: tailName, length: good })
    const isStale = tailEnd < base.size || (tailEnd === base.size && tailEnd > first)
    const tail = { generation, month, length: good, digest, isStale }
    this.plan = { ...base, size: Math.max(base.size, tailEnd), receivedAt, tail, pending }
  }

  async #entriesOf(file: FileHandle, record: Placed, from: number): Promise<Entry[]> {
    const { head } = record
    const key = await this.#keys.of(head.month)
    const bytes = await readAt(file, record.at, record.length)
    const block = await openBlock(key, head, bytes, placeOf(tailName, record.at, head))
    const entries: Entry[] = []
    let start = 0
    for (const [i, end] of block.received.ends.entries()) {
      const begin = Math.max(start, from - head.first)
      start = end
      if (begin >= end) continue
      const records = sliceOf(block, begin, end)
      const first = head.first + begin
      const leaves = hashLeaves(saltsOf(key, first, records.count), records.lines, records.lineEnds)
      entries.push({ first, records, receivedAt: block.received.at[i] ?? head.receivedTo, leaves })
    }
    return entries
  }

  async #opens(file: FileHandle, { head, headBytes, at, length }: Placed): Promise<boolean> {
    const body = await readAt(file, at + headLength, length - headLength)
    return openRecord(await this.#keys.of(head.month), head, headBytes, body) !== undefined
  }

  async #expectBegin(begin: Placed, listed: Listed, name: string): Promise<void> {
    const { head } = begin
    const isInPlace = head.kind === kinds.file && head.place === places.blocks && head.number === listed.number
    if (!isInPlace) throw new Damage(`${placeOf(name, 0)} is of another file.`)
    await this.#expectTag(begin, name)
    if (head.first !== this.plan.size || !head.previous.equals(this.plan.digest)) {
      throw new Damage(`${name} does not follow the file before it.`)
    }
    if (head.month < this.plan.file.month) throw new Damage(`${name} is of an earlier month than the file before it.`)
    if (listed.isDestroyed !== this.#isDestroyed(head)) throw new Damage(`${name} is not in the state that head names.`)
  }

  async #expectTag(record: Placed, name: string): Promise<void> {
    const { head, headBytes, at } = record
    if (this.#isDestroyed(head)) return
    const key = await this.#keys.of(head.month)
    if (!openRecord(key, head, headBytes, Buffer.alloc(0))) {
      throw new Damage(`${placeOf(name, at)} is not as it was sealed.`)
    }
  }

  #isDestroyed({ month }: RecordHead): boolean {
    return this.#head?.destroyed.includes(month) ?? false
  }
}
