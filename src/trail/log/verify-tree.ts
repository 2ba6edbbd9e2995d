/** Holds the hashes of lines against the tree that is kept, and its roots against those that were signed. */
import { type FileHandle, open } from 'node:fs/promises'
import { hashLength } from '#platform/transparency/merkle.ts'
import { fanOut } from '#platform/transparency/subtrees.ts'
import { readAt } from './files.ts'
import type { Hashes } from './piece.ts'
import { Damage } from './refusals.ts'
import { Growth, nodesPath } from './tree.ts'

export class TreeCheck {
  readonly #progress: ((done: number, total: number) => void) | undefined
  readonly #growth = Growth.of(Buffer.alloc(0))
  #nodes: FileHandle | undefined
  /** How many hashes must be there. */
  #kept = 0
  /** Roots that the log must have had, the smallest size first. */
  readonly #roots: { readonly size: number; readonly root: Uint8Array; readonly of: string }[] = []
  #total = 0
  #size = 0

  constructor(progress: ((done: number, total: number) => void) | undefined) {
    this.#progress = progress
  }

  /** Lines whose hashes fitted. */
  get size(): number {
    return this.#size
  }

  /** The sizes of the roots that are still to be reached. */
  get cuts(): readonly number[] {
    return this.#roots.map(({ size }) => size)
  }

  /** The size of a root that was not reached; undefined when all were. */
  get missed(): number | undefined {
    return this.#roots[0]?.size
  }

  /** Before `open`: at this size the log must have this root. */
  expect({ size, root }: { readonly size: number; readonly root: Uint8Array }, of: string): void {
    this.#roots.push({ size, root, of })
    this.#roots.sort((a, b) => a.size - b.size)
    this.#total = Math.max(this.#total, size)
  }

  async open(directory: string, atLeast: number): Promise<void> {
    this.#kept = atLeast
    try {
      this.#nodes = await open(nodesPath(directory), 'r')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      if (atLeast > 0) throw new Damage('nodes is missing.', { cause: error })
    }
    const length = (await this.#nodes?.stat())?.size ?? 0
    if (length < atLeast * hashLength) throw new Damage(`nodes was cut off at byte ${length}.`)
    this.#meetRoots()
  }

  async close(): Promise<void> {
    await this.#nodes?.close()
  }

  /** Takes the hashes of the next lines: leaves up to each size of `cuts` that is in no whole group of them. */
  async grow(given: readonly Hashes[]): Promise<void> {
    if (given.length === 0) return
    for (const { level, hashes } of given) {
      const lines = level === 0 ? 1 : fanOut
      let rest = Buffer.from(hashes.buffer, hashes.byteOffset, hashes.byteLength)
      while (rest.length > 0) {
        const [next] = this.#roots
        const until = next ? Math.floor((next.size - this.#growth.size) / lines) * hashLength : rest.length
        const now = rest.subarray(0, Math.min(until, rest.length))
        // Else it would be taken in for ever.
        if (now.length === 0) throw new RangeError(`The root of ${next?.size} lines needs their leaves.`)
        rest = rest.subarray(now.length)
        const before = this.#growth.nodes
        if (level === 0) await this.#compare(before, this.#growth.add(now))
        else {
          this.#growth.addNodes(now)
          await this.#compare(before, now)
        }
        this.#meetRoots()
        this.#size = this.#growth.size
      }
    }
    this.#progress?.(this.size, Math.max(this.#total, this.size))
  }

  async #compare(from: number, nodes: Buffer): Promise<void> {
    // Those that came after the head file was written may not be whole yet; nobody trusts them either.
    const count = Math.min(nodes.length / hashLength, this.#kept - from)
    if (count <= 0 || !this.#nodes) return
    const kept = await readAt(this.#nodes, from * hashLength, count * hashLength)
    for (let at = 0; at < count * hashLength; at += hashLength) {
      if (kept.subarray(at, at + hashLength).equals(nodes.subarray(at, at + hashLength))) continue
      const node = from + at / hashLength
      const lines = `lines ${node * fanOut} to ${(node + 1) * fanOut - 1}`
      this.#size = node * fanOut
      throw new Damage(`nodes, byte ${node * hashLength}, does not fit ${lines}.`)
    }
  }

  #meetRoots(): void {
    for (let [next] = this.#roots; next?.size === this.#growth.size; [next] = this.#roots) {
      if (!this.#growth.root().equals(next.root)) {
        this.#size = next.size
        throw new Damage(`the first ${next.size} lines are not those of ${next.of}.`)
      }
      this.#roots.shift()
    }
  }
}
