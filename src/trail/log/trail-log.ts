/**
 * The log of record of one organisation, opened by one process (`takeLease`).
 *
 * An append resolves once its lines are on the disk (written and synced). Appends that come while one is being written
 * share the next write. The lines of a block are of one month, by the time at which they were received; that time never
 * goes back, whatever the clock does. A checkpoint is signed within a second of an append, when the log is closed, and when
 * one is asked for; copies go to the witness, a directory that should lie on another machine.
 */
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'
import { vkeyOf } from '#platform/transparency/checkpoint.ts'
import { hashLeaves } from '../hash/hash.ts'
import { type Entry, sizeOf, sliceOf } from './body.ts'
import { writeHusk } from './destruction.ts'
import { Disk, isNoRoom } from './disk.ts'
import { blocksDirectory, nameOfFile } from './files.ts'
import { type Head, readHeadFile, signTreeHead, writeHead } from './head.ts'
import type { Block, Month, Records, TrailLog } from './log.ts'
import { Reader } from './reader.ts'
import { monthOf, nameOfMonth } from './record.ts'
import { findLog } from './recovery.ts'
import { Damage, refuse } from './refusals.ts'
import { MonthKeys, saltsOf } from './seal.ts'
import { Tree } from './tree.ts'
import { checkAgainstWitness, copyToWitness } from './witness.ts'
import { type Plan, planBlocks, planClose, planLines, renewTail, type Step, tailLimit } from './writer.ts'

export interface TrailLogOptions {
  readonly keys: KeyFile
  /** The name of the log in its checkpoints: no space, no plus sign. */
  readonly origin: string
  /** A directory for copies of checkpoints. */
  readonly witness?: string | undefined
}

/** An append that waits; without records it asks that the tail be written as blocks. */
interface Waiting {
  readonly records: Records | undefined
  readonly receivedAt: number
  readonly resolve: (first: number) => void
  readonly reject: (error: unknown) => void
}

const maxLineBytes = 16 * 1024 * 1024
const maxStepBytes = 8 * 1024 * 1024
const checkpointEveryMs = 1000

/** Opens the log, or begins it in an empty directory. Throws a refusal that names the place when the log is damaged. */
export async function openTrailLog(directory: string, options: TrailLogOptions): Promise<TrailLog> {
  try {
    return await OpenLog.open(directory, options)
  } catch (error) {
    throw asRefusal(error)
  }
}

class OpenLog implements TrailLog {
  readonly #directory: string
  readonly #options: TrailLogOptions
  readonly #keys: MonthKeys
  readonly #disk: Disk
  readonly #reader: Reader
  readonly #tree: Tree
  #head: Head
  /** What is on the disk, and what will be once all that is under way is. */
  #durable: Plan
  #planned: Plan
  readonly #months: Map<number, { from: number; to: number }>
  readonly #waiting: Waiting[] = []
  #running: Promise<void> | undefined
  #savingHead: Promise<unknown> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined
  #signedSize: number
  #isClosed = false

  private constructor(parts: {
    directory: string
    options: TrailLogOptions
    keys: MonthKeys
    plan: Plan
    reader: Reader
    tree: Tree
    head: Head
    signedSize: number
  }) {
    this.#directory = parts.directory
    this.#options = parts.options
    this.#keys = parts.keys
    this.#disk = new Disk(parts.directory)
    this.#reader = parts.reader
    this.#tree = parts.tree
    this.#head = parts.head
    this.#durable = parts.plan
    this.#planned = parts.plan
    this.#signedSize = parts.signedSize
    this.#months = new Map()
    for (const { month, first, end } of parts.reader.files) this.#noteMonth(month, first, end)
    for (const { first, records, receivedAt } of parts.plan.pending) {
      this.#noteMonth(monthOf(receivedAt), first, first + records.count)
    }
  }

  static async open(directory: string, options: TrailLogOptions): Promise<OpenLog> {
    const { origin } = options
    await mkdir(blocksDirectory(directory), { recursive: true, mode: 0o700 })
    const keys = new MonthKeys(directory, options.keys, origin)
    const head = await readHeadFile(directory, options.keys, origin)
    const found = await findLog(directory, keys, head)
    if (!head && (found.files.length > 0 || found.plan.size > 0)) throw new Damage('head is missing.')
    const { plan, files } = found
    const reader = new Reader(directory, keys, files, plan)
    const leaves = (from: number, to: number) => reader.leafHashes(from, to)
    const tree = await Tree.open(directory, plan.size, head?.nodes ?? 0, leaves)
    try {
      for (let from = tree.size; from < plan.size; from = tree.size) {
        tree.add(await leaves(from, Math.min(plan.size, from + 65_536)))
      }
      if (head && !(await tree.rootAt(head.signed.size)).equals(head.signed.root)) {
        throw new Damage('nodes or blocks do not fit the signed checkpoint.')
      }
      await checkAgainstWitness(options, tree)
      for (const { name, length } of found.cuts) await cutFile(join(directory, name), length)
      for (const name of found.leftovers) await rm(join(directory, name), { force: true })
      for (const month of head?.destroyed ?? []) await keys.destroy(month)
      const empty = { version: 0, nodes: 0, tail: plan.tail, held: [], destroyed: [], checkpoint: '' }
      const parts = { directory, options, keys, plan, reader, tree, head: head ?? empty }
      const log = new OpenLog({ ...parts, signedSize: head ? head.signed.size : -1 })
      await log.#settle()
      return log
    } catch (error) {
      await tree.close()
      throw error
    }
  }

  get size(): number {
    return this.#durable.size
  }

  get vkey(): string {
    return vkeyOf(this.#options.origin, this.#options.keys.signingKey.publicKey)
  }

  append(records: Records, receivedAt: number): Promise<{ readonly first: number }> {
    if (this.#isClosed) return Promise.reject(refuse('closed'))
    expectSound(records)
    if (records.count === 0) return Promise.resolve({ first: this.size })
    if (!isShort(records)) return Promise.reject(refuse('line-too-long'))
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records, receivedAt, resolve: (first) => resolve({ first }), reject })
      this.#run()
    })
  }

  read(from: number, to = this.size): AsyncIterable<Block> {
    return translated(this.#reader.read(from, Math.min(to, this.size)))
  }

  async leafHashes(from: number, to: number): Promise<Buffer> {
    if (from < 0 || to > this.size) throw new RangeError(`The log has ${this.size} lines.`)
    return this.#reader.leafHashes(from, to).catch((error: unknown) => {
      throw asRefusal(error)
    })
  }

  async checkpoint(): Promise<string> {
    if (this.#signedSize !== this.size) await this.#saveHead({})
    return this.#head.checkpoint
  }

  inclusion(index: number, size: number): Promise<readonly Buffer[]> {
    return this.#tree.inclusion(index, size)
  }

  consistency(oldSize: number, newSize: number): Promise<readonly Buffer[]> {
    return this.#tree.consistency(oldSize, newSize)
  }

  months(): readonly Month[] {
    const { held, destroyed } = this.#head
    return [...this.#months].map(([month, { from, to }]) => {
      const state = destroyed.includes(month) ? 'destroyed' : held.includes(month) ? 'held' : 'kept'
      return { month: nameOfMonth(month), from, to, state }
    })
  }

  async hold(name: string, isHeld: boolean): Promise<void> {
    const month = this.#expectMonth(name)
    const others = this.#head.held.filter((each) => each !== month)
    await this.#saveHead({ held: isHeld ? [...others, month] : others })
  }

  async destroy(name: string): Promise<void> {
    const month = this.#expectMonth(name)
    if (this.#head.held.includes(month)) throw refuse('month-held', { month: name })
    if (month >= monthOf(this.#durable.receivedAt)) throw refuse('month-running', { month: name })
    // So that none of its lines stands in the tail, and its last file is finished.
    if (this.#durable.file.month <= month || this.#durable.tail.month <= month) await this.#flush()
    const files = this.#reader.files.filter((file) => file.month === month)
    for (const file of files) {
      await writeHusk(this.#directory, this.#keys, file).catch((error: unknown) => {
        throw isNoRoom(error) ? refuse('full', {}, { cause: error }) : asRefusal(error)
      })
    }
    if (this.#head.held.includes(month)) throw refuse('month-held', { month: name })
    await this.#saveHead({ destroyed: [...this.#head.destroyed, month] })
    await this.#keys.destroy(month)
    for (const file of files) {
      const place = this.#reader.files.indexOf(file)
      this.#reader.files[place] = { ...file, isDestroyed: true }
      await rm(join(this.#directory, nameOfFile(file)), { force: true })
    }
    this.#reader.forget()
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    await this.#running
    clearTimeout(this.#timer)
    try {
      await this.#saveHead({})
      if (this.size > 0) {
        await this.#carryOut(await planClose(this.#keys, this.#durable, this.#head.version, this.#tree.root()))
        await this.#saveHead({})
      }
    } finally {
      await this.#disk.close()
      await this.#tree.close()
    }
  }

  /** Puts in order what a stop in the middle may have left undone. */
  async #settle(): Promise<void> {
    const { file, tail } = this.#durable
    if (tail.generation > 0 && tail.isStale && tail.month < file.month) {
      const renewed = await renewTail(this.#keys, this.#durable, file.month)
      const after = { ...this.#durable, tail: renewed.tail }
      const writes = [{ to: 'new-tail' as const, bytes: [renewed.bytes] }]
      await this.#carryOut({ before: this.#durable, after, writes, blocks: [], leaves: [] })
    }
    if (this.#signedSize !== this.size) await this.#saveHead({})
  }

  #expectMonth(name: string): number {
    const found = [...this.#months.keys()].find((month) => nameOfMonth(month) === name)
    if (found === undefined) throw refuse('month-unknown', { month: name })
    if (this.#head.destroyed.includes(found)) throw refuse('month-destroyed', { month: name })
    return found
  }

  #flush(): Promise<number> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ records: undefined, receivedAt: 0, resolve, reject })
      this.#run()
    })
  }

  #run(): void {
    this.#running ??= this.#work().finally(() => {
      this.#running = undefined
      if (this.#waiting.length > 0) this.#run()
    })
  }

  async #work(): Promise<void> {
    let writing: Promise<void> = Promise.resolve()
    while (this.#waiting.length > 0) {
      // Little waits for the write under way, so that what comes meanwhile can go with it; much is packed meanwhile.
      if (this.#waitingBytes() < tailLimit / 4) await writing
      const taken = this.#take()
      let step: Step
      try {
        step = await this.#plan(taken)
      } catch (error) {
        for (const { reject } of taken)
          reject(isNoRoom(error) ? refuse('full', {}, { cause: error }) : asRefusal(error))
        continue
      }
      this.#planned = step.after
      await writing
      writing = this.#finish(step, taken)
    }
    await writing
  }

  async #finish(step: Step, taken: readonly Waiting[]): Promise<void> {
    try {
      // A step that was worked out from one that failed fails with it.
      if (step.before !== this.#durable) throw refuse('full')
      await this.#carryOut(step)
    } catch (error) {
      this.#planned = this.#durable
      this.#reader.forget()
      for (const { reject } of taken) reject(error)
      return
    }
    let first = step.before.size
    for (const { records, resolve } of taken) {
      resolve(first)
      first += records?.count ?? 0
    }
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // What keeps it from being written shows in the appends; the next one brings another try.
      this.#saveHead({}).catch(() => undefined)
    }, checkpointEveryMs)
  }

  #waitingBytes(): number {
    return this.#waiting.reduce((sum, { records }) => sum + (records ? sizeOf(records) : 0), 0)
  }

  /** Takes those of one month that go together. */
  #take(): Waiting[] {
    const taken: Waiting[] = []
    let bytes = 0
    let month = 0
    for (const each of this.#waiting) {
      const own = monthOf(Math.max(each.receivedAt, this.#planned.receivedAt))
      const size = each.records ? sizeOf(each.records) : 0
      if (taken.length > 0 && (own > month || !each.records || bytes + size > maxStepBytes)) break
      taken.push(each)
      bytes += size
      month = Math.max(month, own)
      if (!each.records) break
    }
    this.#waiting.splice(0, taken.length)
    return taken
  }

  async #plan(taken: readonly Waiting[]): Promise<Step> {
    let before = this.#planned
    const entries: Entry[] = []
    let first = before.size
    let { receivedAt } = before
    for (const each of taken) {
      if (!each.records) continue
      receivedAt = Math.max(receivedAt, each.receivedAt)
      const { count, lines, lineEnds } = each.records
      const key = await this.#keys.make(monthOf(receivedAt))
      const leaves = hashLeaves(saltsOf(key, first, count), lines, lineEnds)
      entries.push({ first, records: each.records, receivedAt, leaves })
      first += count
    }
    if (entries.length === 0) {
      return before.pending.length > 0
        ? planBlocks(this.#keys, before, [])
        : { before, after: { ...before }, writes: [], blocks: [], leaves: [] }
    }
    const turns = before.pending.length > 0 && monthOf(before.receivedAt) < monthOf(receivedAt)
    if (!turns) return planLines(this.#keys, before, owned(before, entries))
    // What is left of the month that has ended becomes blocks of its own.
    const ending = await planBlocks(this.#keys, before, [])
    before = ending.after
    const step = await planLines(this.#keys, before, owned(before, entries))
    return {
      before: ending.before,
      after: step.after,
      writes: [...ending.writes, ...step.writes],
      blocks: [...ending.blocks, ...step.blocks],
      leaves: step.leaves,
    }
  }

  async #carryOut(step: Step): Promise<void> {
    await this.#disk.carryOut(step)
    const { before, after } = step
    this.#durable = after
    this.#reader.plan = after
    if (this.#planned === before) this.#planned = after
    this.#reader.add(step.blocks)
    // The leaves of what is new: it went to the tail, or through it, or straight to the blocks.
    for (const leaves of step.leaves) this.#tree.add(leaves)
    for (const { month, first, count } of step.blocks) this.#noteMonth(month, first, first + count)
    for (const { first, records, receivedAt } of after.pending) {
      this.#noteMonth(monthOf(receivedAt), first, first + records.count)
    }
  }

  #noteMonth(month: number, from: number, to: number): void {
    const known = this.#months.get(month)
    this.#months.set(month, { from: known?.from ?? from, to: Math.max(known?.to ?? 0, to) })
  }

  /** Signs what is durable and writes the head file; one call after the other. */
  #saveHead(change: Partial<Pick<Head, 'held' | 'destroyed'>>): Promise<void> {
    const saving = this.#savingHead.then(() => this.#writeHead(change))
    this.#savingHead = saving.catch(() => undefined)
    return saving
  }

  async #writeHead(change: Partial<Pick<Head, 'held' | 'destroyed'>>): Promise<void> {
    const { keys, origin, witness } = this.#options
    const { size, tail, receivedAt } = this.#durable
    const root = this.#tree.root()
    try {
      await this.#tree.save()
      const checkpoint = await signTreeHead(keys, origin, size, root)
      const { held, destroyed, version } = { ...this.#head, ...change }
      const { generation, length } = tail
      const nodes = this.#tree.saved
      const head = { version: version + 1, nodes, tail: { generation, length }, held, destroyed, checkpoint }
      await writeHead(this.#directory, head, keys)
      this.#head = head
      this.#signedSize = size
    } catch (error) {
      throw isNoRoom(error) ? refuse('full', {}, { cause: error }) : error
    }
    if (witness !== undefined) await copyToWitness(witness, origin, this.#head.checkpoint, receivedAt)
  }
}

/** What goes to the tail is kept until it becomes a block, longer than its caller's buffers are. */
function owned(before: Plan, entries: readonly Entry[]): readonly Entry[] {
  const bytes = [...before.pending, ...entries].reduce((sum, { records }) => sum + sizeOf(records), 0)
  if (bytes >= tailLimit) return entries
  return entries.map((entry) => ({ ...entry, records: sliceOf(entry.records, 0, entry.records.count) }))
}

function expectSound({ count, lines, lineEnds, raw, rawEnds, rawOf }: Records): void {
  const isSound =
    lineEnds.length === count &&
    rawOf.length === count &&
    (lineEnds.at(-1) ?? 0) === lines.length &&
    (rawEnds.at(-1) ?? 0) === raw.length &&
    isRising(lineEnds) &&
    isRising(rawEnds) &&
    rawOf.every((message) => message < rawEnds.length)
  if (!isSound) throw new RangeError('These records do not fit together.')
}

function isRising(ends: Uint32Array): boolean {
  for (let i = 1; i < ends.length; i += 1) if ((ends[i] ?? 0) < (ends[i - 1] ?? 0)) return false
  return true
}

function isShort({ lineEnds, rawEnds }: Records): boolean {
  return [lineEnds, rawEnds].every((ends) => ends.every((end, i) => end - (ends[i - 1] ?? 0) <= maxLineBytes))
}

async function cutFile(path: string, length: number): Promise<void> {
  const file = await open(path, 'r+')
  try {
    await file.truncate(length)
    await file.datasync()
  } finally {
    await file.close()
  }
}

async function* translated(blocks: AsyncIterable<Block>): AsyncGenerator<Block> {
  try {
    yield* blocks
  } catch (error) {
    throw asRefusal(error)
  }
}

function asRefusal(error: unknown): unknown {
  return error instanceof Damage ? refuse('damaged', { where: error.where }, { cause: error }) : error
}
