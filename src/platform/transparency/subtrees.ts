/**
 * The roots of whole subtrees that are kept beside a log, so that an entry of a long one is proved without reading all of
 * it. Level 0 is the leaves; a subtree of level n covers 256 of level n - 1, and its place is counted from 0. So there is
 * one kept for each 256 entries, and a path is worked out from at most 255 hashes of each level.
 */
import { Frontier, nodeHash, type Range, rootOf } from './merkle.ts'

/** How many hashes of a level make one of the next; the schema's migration counts by it too. */
export const fanOut = 256

/** The places `from` to `to - 1` of a level. */
export interface Span extends Range {
  readonly level: number
}

export interface Subtree {
  readonly level: number
  readonly place: number
  readonly hash: Buffer
}

/** What a range is put together from: its ragged ends from lower levels, its middle from the highest that fits. */
export function spansOf({ from, to }: Range): readonly Span[] {
  const before: Span[] = []
  const after: Span[] = []
  let [begin, end] = [from, to]
  let level = 0
  for (;;) {
    const [first, last] = [Math.ceil(begin / fanOut), Math.floor(end / fanOut)]
    if (first >= last) break
    if (begin < first * fanOut) before.push({ level, from: begin, to: first * fanOut })
    if (last * fanOut < end) after.unshift({ level, from: last * fanOut, to: end })
    ;[begin, end] = [first, last]
    level += 1
  }
  return begin < end ? [...before, { level, from: begin, to: end }, ...after] : [...before, ...after]
}

/** What has not yet come to a whole subtree in a log of this size, level by level: what `Subtrees` goes on from. */
export function pendingSpans(size: number): readonly Span[] {
  const spans: Span[] = []
  for (let [level, count] = [0, size]; count > 0; level += 1) {
    const next = Math.floor(count / fanOut)
    if (next * fanOut < count) spans.push({ level, from: next * fanOut, to: count })
    count = next
  }
  return spans
}

/** The root of a range of a proof, from the hashes of its spans, in their order. */
export function rootOfSpans(spans: readonly Span[], hashesOf: (span: Span) => readonly Uint8Array[]): Buffer {
  // Whole subtrees that wait for their sibling, the largest first.
  const waiting: { leaves: number; hash: Uint8Array }[] = []
  for (const span of spans) {
    for (const hash of hashesOf(span)) {
      let grown = { leaves: fanOut ** span.level, hash }
      for (let last = waiting.at(-1); last?.leaves === grown.leaves; last = waiting.at(-1)) {
        grown = { leaves: grown.leaves * 2, hash: nodeHash(last.hash, grown.hash) }
        waiting.pop()
      }
      waiting.push(grown)
    }
  }
  if (waiting.length === 0) return Frontier.empty().root()
  return Buffer.from(waiting.map(({ hash }) => hash).reduceRight((right, left) => nodeHash(left, right)))
}

/** Gives each subtree that is whole as the leaves of a log come, in their order. Constant memory. */
export class Subtrees {
  /** Of each level what is not yet whole. */
  readonly #pending: Uint8Array[][] = []
  /** How many of each level there are. */
  readonly #counts: number[] = []

  /** Goes on from a log of this size, with the hashes of its `pendingSpans`. */
  static after(size: number, hashesOf: (span: Span) => readonly Uint8Array[]): Subtrees {
    const grown = new Subtrees()
    for (let [level, count] = [0, size]; count > 0; level += 1) {
      grown.#pending[level] = []
      grown.#counts[level] = count
      count = Math.floor(count / fanOut)
    }
    for (const span of pendingSpans(size)) grown.#pending[span.level] = [...hashesOf(span)]
    return grown
  }

  append(leaf: Uint8Array): readonly Subtree[] {
    const made: Subtree[] = []
    let hash = leaf
    for (let level = 0; ; level += 1) {
      const pending = this.#pending[level] ?? []
      this.#pending[level] = pending
      this.#counts[level] = (this.#counts[level] ?? 0) + 1
      pending.push(hash)
      if (pending.length < fanOut) return made
      const whole = rootOf(pending)
      this.#pending[level] = []
      made.push({ level: level + 1, place: this.#counts[level + 1] ?? 0, hash: whole })
      hash = whole
    }
  }
}
