/** Holds the hashes of lines against the tree that is kept, and its roots against those that were signed. */
import { type FileHandle, open } from 'node:fs/promises'
import { hashLength } from '#platform/transparency/merkle.ts'
import { fanOut } from '#platform/transparency/subtrees.ts'
import { readAt } from './files.ts'
import { Damage } from './refusals.ts'
import { Growth, nodesPath } from './tree.ts'

// So many blocks are unpacked beside each other.
const workAhead = 4

export class TreeCheck {
  readonly #progress: ((done: number, total: number) => void) | undefined
  readonly #growth = Growth.of(Buffer.alloc(0))
  #nodes: FileHandle | undefined
  /** How many hashes must be there. */
  #kept = 0
  /** Roots that the log must have had, the smallest size first. */
  readonly #roots: { readonly size: number; readonly root: Uint8Array; readonly of: string }[] = []
  /** Leaf hashes that are being worked out, in their order. */
  readonly #work: Promise<Buffer>[] = []
  #total = 0

  constructor(progress: ((done: number, total: number) => void) | undefined) {
    this.#progress = progress
  }

  /** Lines whose hashes fitted. */
  get size(): number {
    return this.#growth.size
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
    await Promise.allSettled(this.#work)
    await this.#nodes?.close()
  }

  /** Takes the hashes of the next lines as soon as they are there. */
  async add(leaves: Promise<Buffer>): Promise<void> {
    // Told when its turn comes: the first bad place is named, not the one that was found first.
    leaves.catch(() => undefined)
    this.#work.push(leaves)
    await this.#drain(workAhead)
  }

  settle(): Promise<void> {
    return this.#drain(0)
  }

  async #drain(left: number): Promise<void> {
    while (this.#work.length > left) {
      const leaves = await this.#work[0]
      if (leaves) await this.#grow(leaves)
      void this.#work.shift()
    }
  }

  async #grow(leaves: Buffer): Promise<void> {
    let rest = leaves
    while (rest.length > 0) {
      const [next] = this.#roots
      const until = next ? (next.size - this.size) * hashLength : rest.length
      const now = rest.subarray(0, Math.min(until, rest.length))
      rest = rest.subarray(now.length)
      const before = this.#growth.nodes
      await this.#compare(before, this.#growth.add(now))
      this.#meetRoots()
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
      throw new Damage(`nodes, byte ${node * hashLength}, does not fit ${lines}.`)
    }
  }

  #meetRoots(): void {
    for (let [next] = this.#roots; next?.size === this.size; [next] = this.#roots) {
      if (!this.#growth.root().equals(next.root)) {
        throw new Damage(`the first ${next.size} lines are not those of ${next.of}.`)
      }
      this.#roots.shift()
    }
  }
}
