/**
 * The log of record of one organisation, opened by one process (`takeLease`).
 *
 * An append resolves once its lines are on the disk (written and synced). Appends that come while one is being written
 * share the next write. The lines of a block are of one month, by the time at which they were received; that time never
 * goes back, whatever the clock does. A checkpoint is signed within a second of an append, when the log is closed, and when
 * one is asked for; copies go to the witness, a directory that should lie on another machine.
 *
 * A copy of the files of a log that is being written can be opened when they were copied in this order: `head`, `tail`,
 * `nodes`, `blocks/` by their numbers, `keys/`.
 */
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'
import { vkeyOf } from '#platform/transparency/checkpoint.ts'
import { Appender } from './appender.ts'
import { expectSound, hasLongLine } from './body.ts'
import { writeHusk } from './destruction.ts'
import { isNoRoom } from './disk.ts'
import { blocksDirectory, nameOfFile } from './files.ts'
import { type Head, readHeadFile, signTreeHead, writeHead } from './head.ts'
import type { Block, Month, Records, TrailLog } from './log.ts'
import { Reader } from './reader.ts'
import { monthOf, nameOfMonth } from './record.ts'
import { findLog } from './recovery.ts'
import { asRefusal, Damage, refuse } from './refusals.ts'
import { MonthKeys } from './seal.ts'
import { Tree } from './tree.ts'
import { checkAgainstWitness, copyToWitness } from './witness.ts'
import { type Plan, planClose, renewTail, type Step } from './writer.ts'

export interface TrailLogOptions {
  readonly keys: KeyFile
  /** The name of the log in its checkpoints: no space, no plus sign. */
  readonly origin: string
  /** A directory for copies of checkpoints. */
  readonly witness?: string | undefined
}

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
  readonly #appender: Appender
  readonly #reader: Reader
  readonly #tree: Tree
  #head: Head
  readonly #months: Map<number, { from: number; to: number }>
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
    this.#appender = new Appender(parts.directory, parts.keys, parts.plan, {
      done: (step) => this.#takeIn(step),
      failed: () => parts.reader.forget(),
    })
    this.#reader = parts.reader
    this.#tree = parts.tree
    this.#head = parts.head
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
    for (const { name, length } of found.cuts) await cutFile(join(directory, name), length)
    for (const name of found.leftovers) await rm(join(directory, name), { force: true })
    const reader = new Reader(directory, keys, files, plan)
    const leaves = (from: number, to: number) => reader.leafHashes(from, to)
    const tree = await Tree.open(directory, head?.signed.size ?? 0, head?.nodes ?? 0, leaves)
    try {
      for (let from = tree.size; from < plan.size; from = tree.size) {
        tree.add(await leaves(from, Math.min(plan.size, from + 65_536)))
      }
      if (head && !(await tree.rootAt(head.signed.size)).equals(head.signed.root)) {
        throw new Damage('nodes or blocks do not fit the signed checkpoint.')
      }
      await checkAgainstWitness(options, tree)
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
    return this.#appender.durable.size
  }

  get vkey(): string {
    return vkeyOf(this.#options.origin, this.#options.keys.signingKey.publicKey)
  }

  async append(records: Records, receivedAt: number): Promise<{ readonly first: number }> {
    if (this.#isClosed) throw refuse('closed')
    expectSound(records)
    if (records.count === 0) return { first: this.size }
    if (hasLongLine(records)) throw refuse('line-too-long')
    return this.#appender.append(records, receivedAt)
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
    if (this.#signedSize !== this.size) await this.#saveHead()
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
    await this.#saveHead(({ held, destroyed }) => {
      if (destroyed.includes(month)) throw refuse('month-destroyed', { month: name })
      const others = held.filter((each) => each !== month)
      return { held: isHeld ? [...others, month] : others }
    })
  }

  async destroy(name: string): Promise<void> {
    const month = this.#expectMonth(name)
    if (this.#head.held.includes(month)) throw refuse('month-held', { month: name })
    if (month >= monthOf(this.#appender.durable.receivedAt)) throw refuse('month-running', { month: name })
    // So that none of its lines stands in the tail, and its last file is finished.
    if (this.#appender.durable.file.month <= month || this.#appender.durable.tail.month <= month)
      await this.#appender.flush()
    const files = this.#reader.files.filter((file) => file.month === month)
    for (const file of files) {
      await writeHusk(this.#directory, this.#keys, file).catch((error: unknown) => {
        throw isNoRoom(error) ? refuse('full', {}, { cause: error }) : asRefusal(error)
      })
    }
    await this.#saveHead(({ held, destroyed }) => {
      if (held.includes(month)) throw refuse('month-held', { month: name })
      return { destroyed: [...destroyed, month] }
    })
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
    await this.#appender.settle()
    clearTimeout(this.#timer)
    try {
      await this.#saveHead()
      if (this.size > 0) {
        await this.#appender.carryOut(
          await planClose(this.#keys, this.#appender.durable, this.#head.version, this.#tree.root()),
        )
        await this.#saveHead()
      }
    } finally {
      await this.#appender.close()
      await this.#tree.close()
    }
  }

  /** Puts in order what a stop in the middle may have left undone. */
  async #settle(): Promise<void> {
    const { file, tail } = this.#appender.durable
    await this.#keys.renew([...this.#months.keys()].filter((month) => !this.#head.destroyed.includes(month)))
    if (tail.generation > 0 && tail.isStale && tail.month < file.month) {
      const renewed = await renewTail(this.#keys, this.#appender.durable, file.month)
      const after = { ...this.#appender.durable, tail: renewed.tail }
      const writes = [{ to: 'new-tail' as const, bytes: [renewed.bytes] }]
      await this.#appender.carryOut({ before: this.#appender.durable, after, writes, blocks: [], leaves: [] })
    }
    if (this.#signedSize !== this.size) await this.#saveHead()
  }

  #expectMonth(name: string): number {
    const found = [...this.#months.keys()].find((month) => nameOfMonth(month) === name)
    if (found === undefined) throw refuse('month-unknown', { month: name })
    if (this.#head.destroyed.includes(found)) throw refuse('month-destroyed', { month: name })
    return found
  }

  /** Takes notice of a step that is on the disk. */
  #takeIn({ after, blocks, leaves }: Step): void {
    this.#reader.plan = after
    this.#reader.add(blocks)
    for (const each of leaves) this.#tree.add(each)
    for (const { month, first, count } of blocks) this.#noteMonth(month, first, first + count)
    for (const { first, records, receivedAt } of after.pending) {
      this.#noteMonth(monthOf(receivedAt), first, first + records.count)
    }
    if (this.#isClosed) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      // What keeps it from being written shows in the appends; the next one brings another try.
      this.#saveHead().catch(() => undefined)
    }, checkpointEveryMs)
  }

  #noteMonth(month: number, from: number, to: number): void {
    const known = this.#months.get(month)
    this.#months.set(month, { from: known?.from ?? from, to: Math.max(known?.to ?? 0, to) })
  }

  /** Signs what is durable and writes the head file; one call after the other, each of which sees what those before it changed. */
  #saveHead(change: Change = () => ({})): Promise<void> {
    const saving = this.#savingHead.then(() => this.#writeHead(change))
    this.#savingHead = saving.catch(() => undefined)
    return saving
  }

  async #writeHead(change: Change): Promise<void> {
    const { keys, origin, witness } = this.#options
    const { held, destroyed, version } = { ...this.#head, ...change(this.#head) }
    const { size, tail, receivedAt } = this.#appender.durable
    const root = this.#tree.root()
    try {
      await this.#tree.save()
      const checkpoint = await signTreeHead(keys, origin, size, root)
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

/** What is to be different in the next head, by the one before it; a refusal leaves that one. */
type Change = (head: Head) => Partial<Pick<Head, 'held' | 'destroyed'>>

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
