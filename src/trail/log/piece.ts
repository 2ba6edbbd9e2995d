/**
 * A piece of a log: blocks that follow each other, which are opened and hashed together, in whatever thread. What the tree needs of
 * it is little: one hash for each 256 lines, and the leaves of those that are no whole group within the piece.
 */
import { read } from 'node:fs'
import { promisify } from 'node:util'
import { hashLength } from '#platform/transparency/merkle.ts'
import { fanOut, type Span } from '#platform/transparency/subtrees.ts'
import { hashLeaves } from '../hash/hash.ts'
import { placeOf, readAt } from './files.ts'
import type { Block } from './log.ts'
import { headLength, type RecordHead, readHead } from './record.ts'
import { Damage } from './refusals.ts'
import { digestOfRaw, type MonthKey, openBlockHere, saltsOf } from './seal.ts'
import { hashGroups } from './tree.ts'

/** A block as it lies on the disk. It may go to another thread. */
export interface SealedBlock {
  /** Of its file, for whoever is told of it. */
  readonly name: string
  readonly at: number
  readonly length: number
  /** The bytes of its head, as they were when its order was checked. */
  readonly head: Uint8Array
  /** The open file (a number that all threads share), or the bytes themselves. */
  readonly from: number | Uint8Array
  /** Undefined where its month was destroyed: then its body is the hashes of its leaves. */
  readonly key: MonthKey | undefined
}

/** The lines [from, to), all of which are in the blocks; so may others be, at both ends. */
export interface Piece {
  readonly from: number
  readonly to: number
  readonly blocks: readonly SealedBlock[]
  /** Sizes of the log, ascending, of which a root is known: up to there leaves are needed. */
  readonly cuts: readonly number[]
}

/** The next hashes of the tree: of lines, or of whole groups of them. */
export type Hashes = Pick<Span, 'level'> & { readonly hashes: Uint8Array }

/** A block that was opened; without its lines where they were destroyed. */
export interface Opened {
  readonly first: number
  readonly block: Omit<Block, 'salts'> | undefined
  readonly leaves: Buffer
}

// So many blocks are read beside the one that is worked on.
const readsAhead = 2

/**
 * Checks that each block holds what its head says, and gives the hashes of the piece's lines in their order; `take` is told of
 * every block. What comes before a damaged block is given before that is thrown.
 */
export async function* hashPiece(
  { from, to, blocks, cuts }: Piece,
  take?: (opened: Opened) => void,
): AsyncGenerator<readonly Hashes[]> {
  const groups = new Groups(from, to, cuts)
  const ahead: Promise<Buffer>[] = []
  try {
    for (const [index, block] of blocks.entries()) {
      for (const next of blocks.slice(index + ahead.length, index + 1 + readsAhead)) {
        const reading = readSealed(next)
        // Told when its turn comes.
        reading.catch(() => undefined)
        ahead.push(reading)
      }
      const bytes = await ahead.shift()
      const opened = openSealed(block, bytes ?? Buffer.alloc(0))
      take?.(opened)
      yield groups.take(opened)
    }
  } catch (error) {
    yield groups.rest()
    throw error
  } finally {
    await Promise.allSettled(ahead)
  }
  yield groups.rest()
}

const readFrom = promisify(read)

async function readSealed({ at, length, from }: SealedBlock): Promise<Buffer> {
  if (typeof from !== 'number') return Buffer.from(from.buffer, from.byteOffset, from.length)
  return readAt({ read: readFrom.bind(undefined, from) }, at, length)
}

function openSealed({ name, at, length, head: headBytes, key }: SealedBlock, bytes: Buffer): Opened {
  const head = readHead(Buffer.from(headBytes))
  const where = placeOf(name, at, head)
  if (!head || bytes.length !== length) throw new Damage(`${where} is damaged.`)
  const { first } = head
  if (!key) return { first, block: undefined, leaves: bytes.subarray(headLength) }
  const block = openBlockHere(key, head, bytes, where)
  if (!isWhole(block, head)) throw new Damage(`${where} does not hold what its head says.`)
  return { first, block, leaves: hashLeaves(saltsOf(key, first, block.count), block.lines, block.lineEnds) }
}

function isWhole(block: Omit<Block, 'salts'>, head: RecordHead): boolean {
  return (
    digestOfRaw(block.raw).equals(head.digest) &&
    block.received.at[0] === head.receivedFrom &&
    block.receivedAt === head.receivedTo
  )
}

/** Makes hashes of groups out of the leaves of one block after the other. */
class Groups {
  readonly #from: number
  readonly #to: number
  readonly #cuts: readonly number[]
  /** The line whose leaf is wanted next. */
  #next: number
  /** Leaves of a group of which some are still to come. */
  readonly #begun = Buffer.alloc(fanOut * hashLength)
  #length = 0

  constructor(from: number, to: number, cuts: readonly number[]) {
    this.#from = from
    this.#to = to
    this.#cuts = cuts
    this.#next = from
  }

  take({ first, leaves }: Opened): readonly Hashes[] {
    const end = Math.min(this.#to, first + leaves.length / hashLength)
    const found: Hashes[] = []
    const slice = (from: number, to: number) => leaves.subarray((from - first) * hashLength, (to - first) * hashLength)
    while (this.#next < end) {
      const next = this.#next
      const begin = next - (next % fanOut)
      let to = Math.min(begin + fanOut, end)
      if (!this.#isGroup(begin)) found.push({ level: 0, hashes: slice(next, to) })
      else if (next === begin && to === begin + fanOut) {
        while (to + fanOut <= end && this.#isGroup(to)) to += fanOut
        found.push({ level: 1, hashes: hashGroups(slice(next, to)) })
      } else {
        slice(next, to).copy(this.#begun, this.#length)
        this.#length += (to - next) * hashLength
        if (to === begin + fanOut) {
          found.push({ level: 1, hashes: hashGroups(this.#begun) })
          this.#length = 0
        }
      }
      this.#next = to
    }
    return found
  }

  /** What was taken and not given. */
  rest(): readonly Hashes[] {
    return this.#length > 0 ? [{ level: 0, hashes: this.#begun.subarray(0, this.#length) }] : []
  }

  /** Whether the hash of the 256 lines from there on is all that is needed of them. */
  #isGroup(begin: number): boolean {
    const end = begin + fanOut
    return begin >= this.#from && end <= this.#to && !this.#cuts.some((cut) => begin < cut && cut < end)
  }
}
