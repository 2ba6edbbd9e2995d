/**
 * Reads a whole log again and checks everything about it: each record opens under the key of its month, follows the one
 * before it and holds what its head says; the hashes of all lines make the tree that is kept, and its root is the one that
 * was signed. It may run beside the process that writes: what comes while it reads is left for the next time.
 *
 * The order of records is seen from their heads alone, here; what is in the blocks is opened and hashed in pieces, maybe in
 * other threads (`Hashing`).
 */
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'
import { Refusal } from '#platform/refusal.ts'
import { parseCheckpoint } from '#platform/transparency/checkpoint.ts'
import { tailName } from './files.ts'
import { type ReadHead, readHeadFile, readOwnCheckpoint } from './head.ts'
import { listFiles } from './recovery.ts'
import { Damage, refuse } from './refusals.ts'
import { MonthKeys } from './seal.ts'
import { BlockWalk } from './verify-blocks.ts'
import { missing, type VerifiedParts } from './verify-parts.ts'
import { type Hashing, hashingHere, Pieces } from './verify-pieces.ts'
import { readTail } from './verify-tail.ts'
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
  /** Who opens and hashes the blocks; it is stopped at the end. */
  readonly hashing?: Hashing | undefined
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
  readonly #tree: TreeCheck
  readonly #pieces: Pieces
  #blocks: BlockWalk | undefined

  constructor(directory: string, options: VerifyLogOptions) {
    this.#directory = directory
    this.#options = options
    this.#tree = new TreeCheck(options.progress)
    this.#pieces = new Pieces(this.#tree, options.hashing ?? hashingHere)
  }

  /** Lines whose hashes fitted. */
  get size(): number {
    return this.#tree.size
  }

  async run(): Promise<void> {
    const { keys: keyFile, origin, witness, atLeast } = this.#options
    const directory = this.#directory
    const head = await readHeadFile(directory, keyFile, origin)
    const found = await listFiles(directory, new Set(head?.destroyed)).catch(missing)
    if (!head) {
      if ((found?.last ?? 0) > 0 || (await exists(join(directory, tailName)))) throw new Damage('head is missing.')
      if (atLeast !== undefined) throw new Damage('there is no log.')
      return
    }
    const { signed, destroyed } = head
    const keys = new MonthKeys(directory, keyFile, signed.origin)
    this.#tree.expect(signed, 'its signed checkpoint')
    this.#expectCheckpoint(head, atLeast, 'the checkpoint that was given')
    if (witness !== undefined) this.#expectCheckpoint(head, await readWitness(witness, signed.origin), 'the witness')
    for (const month of destroyed) {
      if (await exists(keys.pathOf(month))) throw new Damage('the key of a destroyed month is still there.')
    }
    const returned = found?.leftovers.find((name) => name.endsWith('.blocks'))
    if (returned !== undefined) throw new Damage(`${returned}, of a destroyed month, is still there.`)
    await this.#tree.open(directory, head.nodes)
    const brokenOff = await this.#readAll({ directory, keyFile, origin, head, keys, pieces: this.#pieces })
    const { missed } = this.#tree
    if (missed === undefined) return
    if (brokenOff) throw new Damage(`${brokenOff}: ${this.size} lines are left of ${missed}.`)
    throw refuse('short', { size: this.size, signed: missed })
  }

  async close(): Promise<void> {
    await this.#pieces.close()
    await this.#tree.close()
    await this.#blocks?.close()
  }

  #expectCheckpoint(head: ReadHead, text: string | undefined, of: string): void {
    if (text === undefined) return
    const signed = readOwnCheckpoint(text, this.#options.keys, head.signed.origin)
    if (!signed || !parseCheckpoint(text).ok) throw new Damage(`${of} is not of this log.`)
    this.#tree.expect(signed, of)
  }

  /**
   * The blocks, then the tail; and again, when meanwhile what stood in the tail went to the blocks. Gives the end of the blocks
   * where that is the beginning of a record only.
   */
  async #readAll(parts: VerifiedParts): Promise<string | undefined> {
    const blocks = new BlockWalk(parts)
    this.#blocks = blocks
    try {
      for (let round = 0; round < 20; round += 1) {
        await blocks.read()
        if (!(await readTail(parts, blocks))) continue
        await this.#pieces.settle()
        return blocks.brokenOff
      }
      throw new Damage(`${tailName} does not follow the blocks.`)
    } catch (error) {
      // The order of records is looked at ahead of what is in them: what stands before the bad place is told first.
      await this.#pieces.settle()
      throw error
    }
  }
}

async function exists(path: string): Promise<boolean> {
  return (await stat(path).catch(missing)) !== undefined
}
