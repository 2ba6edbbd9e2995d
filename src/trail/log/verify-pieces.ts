/**
 * Puts the blocks of a log together into pieces, has them hashed, and takes the hashes in the order of the log, whichever piece is
 * done first: so that of two bad places the first is named.
 */
import type { FileHandle } from 'node:fs/promises'
import { type Hashes, hashPiece, type Piece, type SealedBlock } from './piece.ts'
import type { TreeCheck } from './verify-tree.ts'

/** Who hashes pieces. */
export interface Hashing {
  /** Pieces that may be under way beside the one whose hashes are awaited. */
  readonly ahead: number
  /** Up to which line a piece goes that begins with this one. */
  endOf(from: number): number
  /** Gives what `hashPiece` gives, and throws what it throws; at best begins at once. */
  hash(piece: Piece): AsyncIterable<readonly Hashes[]>
  /** Ends what is under way; then nothing is read any more. */
  stop(): Promise<void>
}

/** Lines of a piece where nothing else bounds it. */
const linesOfPiece = 250_000

/** In this thread, one piece after the other. */
export const hashingHere: Hashing = {
  ahead: 0,
  endOf: (from) => from + linesOfPiece,
  hash: hashPiece,
  stop: () => Promise.resolve(),
}

/** A file that is closed when nobody reads it any more. */
export class SharedFile {
  readonly handle: FileHandle
  #readers = 1

  constructor(handle: FileHandle) {
    this.handle = handle
  }

  share(): void {
    this.#readers += 1
  }

  async release(): Promise<void> {
    this.#readers -= 1
    if (this.#readers === 0) await this.handle.close()
  }
}

interface UnderWay {
  /** After its last line. */
  readonly to: number
  readonly hashes: AsyncIterable<readonly Hashes[]>
  readonly files: ReadonlySet<SharedFile>
}

export class Pieces {
  readonly #tree: TreeCheck
  readonly #hashing: Hashing
  /** The piece that is being put together: its lines so far, and up to where it may go. */
  #from = 0
  #to = 0
  #until: number
  #blocks: SealedBlock[] = []
  #files = new Set<SharedFile>()
  readonly #underWay: UnderWay[] = []
  #hasFailed = false

  constructor(tree: TreeCheck, hashing: Hashing) {
    this.#tree = tree
    this.#hashing = hashing
    this.#until = hashing.endOf(0)
  }

  /**
   * Takes the block that goes up to line `end`; some of its lines may have come before, or all. A block of two pieces is opened for
   * each of them; the one with the line behind a piece is in it too, for what is said there of the lines before.
   */
  async add(block: SealedBlock, end: number, file?: SharedFile): Promise<void> {
    this.#put(block, file)
    while (end > this.#until) {
      this.#to = this.#until
      await this.#begin()
      this.#put(block, file)
    }
    this.#to = Math.max(this.#to, end)
  }

  /** Resolves when all that was taken is hashed and fits; nothing more is told where that was thrown already. */
  async settle(): Promise<void> {
    if (this.#hasFailed) return
    if (this.#blocks.length > 0) await this.#begin()
    await this.#drain(0)
  }

  async close(): Promise<void> {
    await this.#hashing.stop()
    for (const file of this.#files) await file.release()
    for (const { files } of this.#underWay.splice(0)) for (const file of files) await file.release()
  }

  #put(block: SealedBlock, file: SharedFile | undefined): void {
    this.#blocks.push(block)
    if (!file || this.#files.has(file)) return
    file.share()
    this.#files.add(file)
  }

  async #begin(): Promise<void> {
    const piece = { from: this.#from, to: this.#to, blocks: this.#blocks, cuts: this.#tree.cuts }
    this.#underWay.push({ to: piece.to, hashes: this.#hashing.hash(piece), files: this.#files })
    this.#from = this.#to
    this.#until = this.#hashing.endOf(this.#from)
    this.#blocks = []
    this.#files = new Set()
    await this.#drain(this.#hashing.ahead)
  }

  async #drain(left: number): Promise<void> {
    try {
      for (let [next] = this.#underWay; next && this.#underWay.length > left; [next] = this.#underWay) {
        for await (const hashes of next.hashes) await this.#tree.grow(hashes)
        if (this.#tree.size !== next.to) throw new Error(`Of ${next.to} lines, ${this.#tree.size} were hashed.`)
        for (const file of next.files) await file.release()
        this.#underWay.shift()
      }
    } catch (error) {
      this.#hasFailed = true
      throw error
    }
  }
}
