/**
 * The Merkle tree of RFC 6962 and RFC 9162 over SHA-256.
 *
 * A leaf is hashed as SHA-256(0x00 || bytes), a node as SHA-256(0x01 || left || right), so that no leaf can pass for a
 * node. Sizes and indexes are whole numbers up to 2^53 - 1; every hash is 32 bytes.
 */
import { hash } from 'node:crypto'

export const hashLength = 32

const emptyRoot = hash('sha256', Buffer.alloc(0), 'buffer')
// Reused by every call: hashing is synchronous, so nobody else sees it half written.
const nodeInput = Buffer.alloc(1 + 2 * hashLength, 1)

export function leafHash(bytes: Uint8Array): Buffer {
  const input = Buffer.allocUnsafe(1 + bytes.length)
  input[0] = 0
  input.set(bytes, 1)
  return hash('sha256', input, 'buffer')
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  if (left.length !== hashLength || right.length !== hashLength) throw new RangeError('A tree hash is 32 bytes long.')
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + hashLength)
  return hash('sha256', nodeInput, 'buffer')
}

/**
 * All that is needed to append to a tree and to know its root: one hash for each complete subtree, largest first, so
 * as many as the size has binary ones. Appending hashes once per leaf on average.
 */
export class Frontier {
  #size: number
  readonly #hashes: Uint8Array[]

  private constructor(size: number, hashes: Uint8Array[]) {
    this.#size = size
    this.#hashes = hashes
  }

  static empty(): Frontier {
    return new Frontier(0, [])
  }

  /** Reads what `toBuffer` wrote; throws a RangeError when the bytes are not such a frontier. */
  static fromBuffer(bytes: Uint8Array): Frontier {
    if (bytes.length < 8) throw new RangeError('A stored tree frontier has at least 8 bytes.')
    const buffer = Buffer.from(bytes)
    const size = Number(buffer.readBigUInt64BE(0))
    if (!Number.isSafeInteger(size)) throw new RangeError('A stored tree frontier has too large a size.')
    const count = countOnes(size)
    if (buffer.length !== 8 + count * hashLength) {
      throw new RangeError(`A stored tree frontier of size ${size} has ${8 + count * hashLength} bytes.`)
    }
    const hashes = Array.from({ length: count }, (_, i) =>
      buffer.subarray(8 + i * hashLength, 8 + (i + 1) * hashLength),
    )
    return new Frontier(size, hashes)
  }

  get size(): number {
    return this.#size
  }

  get hashes(): readonly Uint8Array[] {
    return this.#hashes
  }

  append(leaf: Uint8Array): void {
    if (leaf.length !== hashLength) throw new RangeError('A tree hash is 32 bytes long.')
    let rest = this.#size
    if (rest % 2 === 0) {
      // Kept until its sibling comes, so it must not change with the caller's buffer.
      this.#hashes.push(Buffer.from(leaf))
    } else {
      let carry = leaf
      for (; rest % 2 === 1; rest = (rest - 1) / 2) carry = nodeHash(this.#hashes.pop() ?? carry, carry)
      this.#hashes.push(carry)
    }
    this.#size += 1
  }

  root(): Buffer {
    let root: Uint8Array | undefined
    for (let i = this.#hashes.length - 1; i >= 0; i -= 1) {
      const hash = this.#hashes[i]
      if (hash) root = root ? nodeHash(hash, root) : hash
    }
    return Buffer.from(root ?? emptyRoot)
  }

  /** Eight bytes of size, big-endian, then the hashes, largest subtree first. */
  toBuffer(): Buffer {
    const size = Buffer.alloc(8)
    size.writeBigUInt64BE(BigInt(this.#size))
    return Buffer.concat([size, ...this.#hashes])
  }
}

export function rootOf(leafHashes: Iterable<Uint8Array>): Buffer {
  const frontier = Frontier.empty()
  for (const leaf of leafHashes) frontier.append(leaf)
  return frontier.root()
}

/** The leaves `from` to `to - 1`; each range of a proof is a subtree, so its root is `rootOf` its leaf hashes. */
export interface Range {
  readonly from: number
  readonly to: number
}

/** Leaf hashes by position: an array, or a function that fetches one. */
export type Leaves = readonly Uint8Array[] | ((index: number) => Uint8Array)

/**
 * The subtrees whose roots, in this order, prove that leaf `index` is in the tree of `size`. A store can compute each
 * by reading its leaf hashes in order through a `Frontier`.
 */
export function inclusionRanges(index: number, size: number): Range[] {
  if (!isCount(index) || !isCount(size) || index >= size) throw new RangeError(`No leaf ${index} in a tree of ${size}.`)
  const path: Range[] = []
  let from = 0
  let to = size
  while (to - from > 1) {
    const middle = from + splitOf(to - from)
    if (index < middle) {
      path.push({ from: middle, to })
      to = middle
    } else {
      path.push({ from, to: middle })
      from = middle
    }
  }
  return path.reverse()
}

/** The subtrees whose roots, in this order, prove that the tree of `newSize` begins with the tree of `oldSize`. */
export function consistencyRanges(oldSize: number, newSize: number): Range[] {
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) {
    throw new RangeError(`A tree of ${newSize} does not contain one of ${oldSize}.`)
  }
  // Every tree begins with the empty one: there is nothing to show.
  if (oldSize === 0) return []
  const path: Range[] = []
  let from = 0
  let to = newSize
  while (oldSize !== to) {
    const middle = from + splitOf(to - from)
    if (oldSize <= middle) {
      path.push({ from: middle, to })
      to = middle
    } else {
      path.push({ from, to: middle })
      from = middle
    }
  }
  // When the old tree is one subtree of the new, the verifier has its root already.
  if (from > 0) path.push({ from, to })
  return path.reverse()
}

/** The audit path of RFC 9162 2.1.3.1, lowest first. */
export function inclusionProof(index: number, size: number, leaves: Leaves): Buffer[] {
  return inclusionRanges(index, size).map((range) => rootOf(leavesIn(range, leaves)))
}

/** The consistency proof of RFC 9162 2.1.4.1; empty when the sizes are equal or the old one is 0. */
export function consistencyProof(oldSize: number, newSize: number, leaves: Leaves): Buffer[] {
  return consistencyRanges(oldSize, newSize).map((range) => rootOf(leavesIn(range, leaves)))
}

/** Says whether `proof` shows that the leaf hash stands at `index` in the tree of `size` and `root` (RFC 9162 2.1.3.2). */
export function verifyInclusion(claim: {
  leafHash: Uint8Array
  index: number
  size: number
  root: Uint8Array
  proof: readonly Uint8Array[]
}): boolean {
  const { index, size, proof, root } = claim
  if (!isCount(index) || !isCount(size) || index >= size) return false
  if (![claim.leafHash, root, ...proof].every(isHash)) return false
  let position = index
  let last = size - 1
  let result = claim.leafHash
  for (const step of proof) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      result = nodeHash(step, result)
      while (position % 2 === 0 && position !== 0) {
        position /= 2
        last = Math.floor(last / 2)
      }
    } else {
      result = nodeHash(result, step)
    }
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && Buffer.compare(result, root) === 0
}

/** Says whether `proof` shows that the new tree only adds leaves to the old one (RFC 9162 2.1.4.2). */
export function verifyConsistency(claim: {
  oldSize: number
  newSize: number
  oldRoot: Uint8Array
  newRoot: Uint8Array
  proof: readonly Uint8Array[]
}): boolean {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim
  if (!isCount(oldSize) || !isCount(newSize) || oldSize > newSize) return false
  if (![oldRoot, newRoot, ...proof].every(isHash)) return false
  if (newSize === 0 && Buffer.compare(newRoot, emptyRoot) !== 0) return false
  if (oldSize === newSize) return proof.length === 0 && Buffer.compare(oldRoot, newRoot) === 0
  if (oldSize === 0) return proof.length === 0 && Buffer.compare(oldRoot, emptyRoot) === 0

  // An old tree of a power of two is one subtree of the new one, and its root is left out of the proof.
  const steps = isPowerOfTwo(oldSize) ? [oldRoot, ...proof] : proof
  const [seed, ...others] = steps
  if (!seed) return false
  let position = oldSize - 1
  let last = newSize - 1
  while (position % 2 === 1) {
    position = (position - 1) / 2
    last = Math.floor(last / 2)
  }
  let oldResult = seed
  let newResult = seed
  for (const step of others) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      oldResult = nodeHash(step, oldResult)
      newResult = nodeHash(step, newResult)
      while (position % 2 === 0 && position !== 0) {
        position /= 2
        last = Math.floor(last / 2)
      }
    } else {
      newResult = nodeHash(newResult, step)
    }
    position = Math.floor(position / 2)
    last = Math.floor(last / 2)
  }
  return last === 0 && Buffer.compare(oldResult, oldRoot) === 0 && Buffer.compare(newResult, newRoot) === 0
}

function* leavesIn(range: Range, leaves: Leaves): Generator<Uint8Array> {
  for (let i = range.from; i < range.to; i += 1) {
    const leaf = typeof leaves === 'function' ? leaves(i) : leaves[i]
    if (!leaf) throw new RangeError(`No leaf hash at ${i}.`)
    yield leaf
  }
}

/** The largest power of two below `count`, which is 2 or more. */
function splitOf(count: number): number {
  let split = 1
  while (split * 2 < count) split *= 2
  return split
}

// Plain arithmetic: the bit operators of JavaScript stop at 32 bits.
function countOnes(size: number): number {
  let ones = 0
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) ones += rest % 2
  return ones
}

function isPowerOfTwo(size: number): boolean {
  return countOnes(size) === 1
}

function isCount(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function isHash(bytes: Uint8Array): boolean {
  return bytes.length === hashLength
}
