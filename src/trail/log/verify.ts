/**
 * Reads a whole log again and checks everything about it: each record opens under the key of its month, follows the one
 * before it and holds what its head says; the hashes of all lines make the tree that is kept, and its root is the one that
 * was signed. It may run beside the process that writes: what comes while it reads is left for the next time.
 */
import { type FileHandle, open, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'
import { Refusal } from '#platform/refusal.ts'
import { parseCheckpoint } from '#platform/transparency/checkpoint.ts'
import { hashLength } from '#platform/transparency/merkle.ts'
import { hashLeaves } from '../hash/hash.ts'
import { looksTorn, nameOfFile, type Placed, placedAt, placeOf, readAt, tailName } from './files.ts'
import { type ReadHead, readHeadFile, readOwnCheckpoint } from './head.ts'
import type { Block } from './log.ts'
import { digestOf, endOf, headLength, kinds, monthOf, noDigest, places, readHead } from './record.ts'
import { type Listed, listFiles } from './recovery.ts'
import { Damage, refuse } from './refusals.ts'
import { digestOfRaw, MonthKeys, openBlock, openRecord, saltsOf } from './seal.ts'
import { TreeCheck } from './verify-tree.ts'
import { readWitness } from './witness.ts'

export interface VerifyLogOptions {
  readonly keys: KeyFile
  /** The log that it must be; else it is the one that its head names. */
  readonly origin?: string | undefined
  /** Called with lines now and then. */
  readonly progress?: ((done: number, total: number) => void) | undefined
  /** A checkpoint that the log must contain. */
  readonly atLeast?: string | undefined
  readonly witness?: string | undefined
  /** Called with each block that can be read; with some twice, and not in their order. */
  readonly block?: ((block: Omit<Block, 'salts'>) => void) | undefined
}

export interface VerifiedLog {
  readonly isIntact: boolean
  /** How many lines were found good, from the first on. */
  readonly size: number
  /** The first bad place: file, byte, lines. */
  readonly problem: string | undefined
}

export async function verifyLog(directory: string, options: VerifyLogOptions): Promise<VerifiedLog> {
  const verifier = new Verifier(directory, options)
  try {
    await verifier.run()
    return { isIntact: true, size: verifier.size, problem: undefined }
  } catch (error) {
    const problem = error instanceof Damage ? error.where : error instanceof Refusal ? error.message : undefined
    if (problem === undefined) throw error
    return { isIntact: false, size: verifier.size, problem }
  } finally {
    await verifier.close()
  }
}

class Verifier {
  readonly #directory: string
  readonly #options: VerifyLogOptions
  #keys: MonthKeys
  #head: ReadHead | undefined
  readonly #tree: TreeCheck
  // Where the reading stands: in which file, at which byte, and after which record.
  #file: { readonly handle: FileHandle; readonly listed: Listed; readonly name: string } | undefined
  #number = 0
  #at = 0
  #month = 0
  #end = 0
  #blocks = 0
  #isFinished = true
  #receivedAt = 0
  #digest: Buffer = noDigest
  #blockDigest: Buffer = noDigest
  /** A record at the end of the blocks that is not whole. */
  #brokenOff: string | undefined

  constructor(directory: string, options: VerifyLogOptions) {
    this.#directory = directory
    this.#options = options
    this.#keys = new MonthKeys(directory, options.keys, options.origin ?? '')
    this.#tree = new TreeCheck(options.progress)
  }

  /** Lines whose hashes fitted. */
  get size(): number {
    return this.#tree.size
  }

  async run(): Promise<void> {
    const { keys, origin, witness } = this.#options
    this.#head = await readHeadFile(this.#directory, keys, origin)
    const found = await listFiles(this.#directory, new Set(this.#head?.destroyed)).catch(missing)
    if (!this.#head) {
      if ((found?.last ?? 0) > 0 || (await exists(join(this.#directory, tailName))))
        throw new Damage('head is missing.')
      if (this.#options.atLeast !== undefined) throw new Damage('there is no log.')
      return
    }
    const { signed, destroyed } = this.#head
    this.#keys = new MonthKeys(this.#directory, keys, signed.origin)
    this.#tree.expect(signed, 'its signed checkpoint')
    this.#expectCheckpoint(this.#options.atLeast, 'the checkpoint that was given')
    if (witness !== undefined) this.#expectCheckpoint(await readWitness(witness, signed.origin), 'the witness')
    for (const month of destroyed) {
      if (await exists(this.#keys.pathOf(month))) throw new Damage('the key of a destroyed month is still there.')
    }
    const returned = found?.leftovers.find((name) => name.endsWith('.blocks'))
    if (returned !== undefined) throw new Damage(`${returned}, of a destroyed month, is still there.`)
    await this.#tree.open(this.#directory, this.#head.nodes)
    await this.#readAll()
    const { missed } = this.#tree
    if (missed === undefined) return
    if (this.#brokenOff) throw new Damage(`${this.#brokenOff}: ${this.size} lines are left of ${missed}.`)
    throw refuse('short', { size: this.size, signed: missed })
  }

  async close(): Promise<void> {
    await this.#tree.close()
    await this.#file?.handle.close()
  }

  #expectCheckpoint(text: string | undefined, of: string): void {
    if (text === undefined) return
    const signed = readOwnCheckpoint(text, this.#options.keys, this.#head?.signed.origin ?? '')
    if (!signed || !parseCheckpoint(text).ok) throw new Damage(`${of} is not of this log.`)
    this.#tree.expect(signed, of)
  }

  /** The blocks, then the tail; and again, when meanwhile what stood in the tail went to the blocks. */
  async #readAll(): Promise<void> {
    for (let round = 0; round < 20; round += 1) {
      await this.#readBlocks()
      await this.#tree.settle()
      if (await this.#readTail()) return
    }
    throw new Damage(`${tailName} does not follow the blocks.`)
  }

  async #readBlocks(): Promise<void> {
    for (;;) {
      if (!this.#file && !(await this.#openNext())) return
      const file = this.#file
      if (!file) return
      // The length first: what lies within it is written, while more may come at any moment.
      const { size } = await file.handle.stat()
      const record = await placedAt(file.handle, this.#at, file.listed.isDestroyed)
      if (record && this.#at + record.length <= size) {
        if (await this.#isTorn(file.handle, record)) return
        await this.#take(record, file.handle, file.listed, file.name)
        this.#at += record.length
        continue
      }
      const isLast = !(await this.#listedAfter(this.#number))
      // It was finished, and the next begun, since its length was asked.
      if (!isLast && (await file.handle.stat()).size > size) continue
      if (this.#at < size && !(isLast && (await this.#isBeginning(file.handle, record, size)))) {
        throw new Damage(`${placeOf(file.name, this.#at)} is damaged.`)
      }
      if (isLast) return
      if (!this.#isFinished) throw new Damage(`${file.name} was cut off at byte ${this.#at}.`)
      await file.handle.close()
      this.#file = undefined
    }
  }

  /** Whether what follows is the beginning of a record that nobody was told of. */
  async #isBeginning(file: FileHandle, record: Placed | undefined, size: number): Promise<boolean> {
    // Whether lines are missing for it shows once the tail is read.
    this.#brokenOff = `${placeOf(this.#file?.name ?? '', this.#at)} was cut off`
    if (record || size - this.#at < headLength) return true
    return looksTorn(await readAt(file, this.#at, size - this.#at), this.#at)
  }

  /** Whether it is the last record, that nobody was told of, and a loss of power has left holes in it. */
  async #isTorn(file: FileHandle, record: Placed): Promise<boolean> {
    if (endOf(record.head) <= (this.#head?.signed.size ?? 0) || this.#isDestroyed(record.head.month)) return false
    const bytes = await readAt(file, record.at, record.length)
    if (!looksTorn(bytes, record.at) || (await this.#listedAfter(this.#number))) return false
    return !(await this.#opens(record, bytes.subarray(headLength)))
  }

  async #opens({ head, headBytes }: Placed, body: Buffer): Promise<boolean> {
    return openRecord(await this.#keys.of(head.month), head, headBytes, body) !== undefined
  }

  async #listedAfter(number: number): Promise<Listed | undefined> {
    const { files } = await listFiles(this.#directory, new Set(this.#head?.destroyed))
    return files[number]
  }

  async #openNext(): Promise<boolean> {
    const listed = await this.#listedAfter(this.#number)
    if (!listed) return false
    const name = nameOfFile(listed)
    const handle = await open(join(this.#directory, name), 'r')
    this.#file = { handle, listed, name }
    const { size } = await handle.stat()
    const begin = await placedAt(handle, 0, listed.isDestroyed)
    if (!begin) {
      const isOpen = !(await this.#listedAfter(listed.number)) && (await this.#isBeginning(handle, begin, size))
      if (!isOpen) throw new Damage(`${placeOf(name, 0)} is damaged.`)
      await handle.close()
      this.#file = undefined
      return false
    }
    const { head } = begin
    const isInPlace = head.kind === kinds.file && head.place === places.blocks && head.number === listed.number
    if (!isInPlace) throw new Damage(`${placeOf(name, 0)} is of another file.`)
    if (head.first !== this.#end || !head.previous.equals(this.#digest) || head.month < this.#month) {
      throw new Damage(`${name} does not follow the file before it.`)
    }
    if (listed.isDestroyed !== this.#isDestroyed(head.month)) {
      throw new Damage(`${name} is not in the state that head names.`)
    }
    await this.#expectTag(begin, handle, name)
    this.#number = listed.number
    this.#month = head.month
    this.#at = begin.length
    this.#digest = begin.digest
    this.#blocks = 0
    this.#isFinished = false
    return true
  }

  async #take(record: Placed, file: FileHandle, listed: Listed, name: string): Promise<void> {
    const { head } = record
    const where = placeOf(name, record.at, head)
    const isInPlace = head.number === this.#number && head.place === places.blocks && head.month === this.#month
    const isKnown = head.kind === kinds.block || head.kind === kinds.end
    const isNext = head.first === this.#end && head.previous.equals(this.#digest) && !this.#isFinished
    if (!isInPlace || !isKnown || !isNext) throw new Damage(`${where} is out of order.`)
    if (head.kind === kinds.end) {
      if (head.count !== this.#blocks) throw new Damage(`${where} counts other blocks than there are.`)
      if (!listed.isDestroyed) await this.#expectTag(record, file, name)
      this.#isFinished = true
    } else {
      this.#expectTimes(record, where)
      const bytes = await readAt(file, record.at, record.length)
      await this.#tree.add(this.#leavesOf(record, bytes, where, listed.isDestroyed))
      this.#blocks += 1
      this.#end = endOf(head)
      this.#blockDigest = record.digest
    }
    this.#digest = record.digest
  }

  #expectTimes({ head: { receivedFrom, receivedTo, month } }: Placed, where: string): void {
    const isOrdered = this.#receivedAt <= receivedFrom && receivedFrom <= receivedTo
    if (!isOrdered || monthOf(receivedFrom) !== month || monthOf(receivedTo) !== month) {
      throw new Damage(`${where} was received before the one before it.`)
    }
    this.#receivedAt = receivedTo
  }

  async #leavesOf({ head }: Placed, bytes: Buffer, where: string, isDestroyed: boolean): Promise<Buffer> {
    if (isDestroyed) return bytes.subarray(headLength)
    const key = await this.#keys.of(head.month)
    const block = await openBlock(key, head, bytes, where)
    const isWhole =
      digestOfRaw(block.raw).equals(head.digest) &&
      block.received.at[0] === head.receivedFrom &&
      block.receivedAt === head.receivedTo
    if (!isWhole) throw new Damage(`${where} does not hold what its head says.`)
    this.#options.block?.(block)
    return hashLeaves(saltsOf(key, block.first, block.count), block.lines, block.lineEnds)
  }

  /** Says whether the tail follows the blocks: it does not when blocks were written meanwhile. */
  async #readTail(): Promise<boolean> {
    const head = this.#head
    if (!head) return true
    const path = join(this.#directory, tailName)
    const bytes = await readFile(path).catch(missing)
    if (!bytes) {
      if (head.tail.generation > 0) throw new Damage(`${tailName} is missing.`)
      return true
    }
    const begin = recordIn(bytes, 0)
    if (begin?.head.kind !== kinds.file || begin.head.place !== places.tail) {
      throw new Damage(`${placeOf(tailName, 0)} is damaged.`)
    }
    const { number, month, first } = begin.head
    if (first > this.#end && first >= head.signed.size) return false
    if (first > this.#end) throw new Damage(`${tailName} begins at line ${first}, but the blocks end at ${this.#end}.`)
    if (first === this.#end && !begin.head.previous.equals(this.#blockDigest)) {
      throw new Damage(`${tailName} follows other blocks than those that are there.`)
    }
    let { digest, length: at } = begin
    let end = first
    await this.#expectSealed(begin, bytes, placeOf(tailName, 0))
    while (at < bytes.length) {
      const record = recordIn(bytes, at)
      if (!record || at + record.length > bytes.length) {
        const isBegun = record !== undefined || bytes.length - at < headLength || looksTorn(bytes.subarray(at), at)
        if (isBegun && Math.max(end, this.#end) >= head.signed.size) break
        throw new Damage(`${placeOf(tailName, at)} is damaged.`)
      }
      const body = bytes.subarray(at + headLength, at + record.length)
      if (endOf(record.head) > head.signed.size && looksTorn(body, at + headLength)) {
        if (!(await this.#opens(record, body))) break
      }
      const where = placeOf(tailName, at, record.head)
      const isInPlace =
        record.head.number === number && record.head.month === month && record.head.place === places.tail
      const isNext = record.head.first === end && record.head.previous.equals(digest)
      const isKnown = record.head.kind === kinds.block || record.head.kind === kinds.close
      if (!isInPlace || !isNext || !isKnown) throw new Damage(`${where} is out of order.`)
      if (record.head.kind === kinds.close) await this.#expectClosed(record, bytes, where)
      else {
        const leaves = await this.#leavesOf(record, bytes.subarray(at, at + record.length), where, false)
        const known = Math.max(0, this.#end - record.head.first)
        if (known < record.head.count) await this.#tree.add(Promise.resolve(leaves.subarray(known * hashLength)))
      }
      end = endOf(record.head)
      digest = record.digest
      at += record.length
    }
    await this.#tree.settle()
    const { generation, length } = head.tail
    if (number < generation || (number === generation && at < length)) {
      throw new Damage(`${tailName} was cut off at byte ${at} or put back to an older copy.`)
    }
    return true
  }

  async #expectClosed(record: Placed, bytes: Buffer, where: string): Promise<void> {
    await this.#expectSealed(record, bytes, where)
    const { plainLength: version } = record.head
    const { keys, origin } = this.#options
    const head = await readHeadFile(this.#directory, keys, origin)
    if (!head || head.version < version) throw new Damage('head was put back to an older copy.')
  }

  async #expectTag(record: Placed, file: FileHandle, name: string): Promise<void> {
    if (this.#isDestroyed(record.head.month)) return
    const body = await readAt(file, record.at + headLength, record.length - headLength)
    if (!(await this.#opens(record, body))) throw new Damage(`${placeOf(name, record.at)} is not as it was sealed.`)
  }

  async #expectSealed(record: Placed, bytes: Buffer, where: string): Promise<void> {
    const body = bytes.subarray(record.at + headLength, record.at + record.length)
    if (!(await this.#opens(record, body))) throw new Damage(`${where} is not as it was sealed.`)
  }

  #isDestroyed(month: number): boolean {
    return this.#head?.destroyed.includes(month) ?? false
  }
}

function recordIn(bytes: Buffer, at: number): Placed | undefined {
  const headBytes = bytes.subarray(at, at + headLength)
  const head = headBytes.length === headLength ? readHead(headBytes) : undefined
  return head && { head, headBytes, digest: digestOf(headBytes), at, length: headLength + head.bodyLength }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(missing)) !== undefined
}

function missing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  return undefined
}
