import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { inclusionRanges, rootOf } from './merkle.ts'
import { fanOut, pendingSpans, rootOfSpans, type Span, Subtrees, spansOf } from './subtrees.ts'

const leaves = Array.from({ length: 200_000 }, (_, at) => createHash('sha256').update(String(at)).digest())
const length = (level: number) => fanOut ** level

/** What is kept of the first `size` leaves, as they came. */
function keep(size: number, into = new Subtrees(), from = 0): Map<string, Buffer> {
  const kept = new Map<string, Buffer>()
  for (const leaf of leaves.slice(from, size)) {
    for (const { level, place, hash } of into.append(leaf)) kept.set(`${level}/${place}`, hash)
  }
  return kept
}

const everything = keep(leaves.length)
const hashesOf = ({ level, from, to }: Span): Buffer[] =>
  level === 0
    ? leaves.slice(from, to)
    : Array.from({ length: to - from }, (_, at) => everything.get(`${level}/${from + at}`) ?? Buffer.alloc(0))

function assertSame(index: number, size: number): void {
  for (const range of inclusionRanges(index, size)) {
    const spans = spansOf(range)
    assert.ok(spans.every(({ from, to }) => to - from < 2 * fanOut))
    assert.ok(
      rootOfSpans(spans, hashesOf).equals(rootOf(leaves.slice(range.from, range.to))),
      `${index} of ${size}: ${range.from} to ${range.to}`,
    )
  }
}

test('each subtree that is kept is the root of its own leaves', () => {
  assert.equal([...everything.keys()].filter((key) => key.startsWith('1/')).length, Math.floor(leaves.length / fanOut))
  assert.equal([...everything.keys()].filter((key) => key.startsWith('2/')).length, 3)
  for (const [key, hash] of everything) {
    const [level = 0, place = 0] = key.split('/').map(Number)
    assert.ok(hash.equals(rootOf(leaves.slice(place * length(level), (place + 1) * length(level)))), key)
  }
})

test('what is kept gives the path that all leaves give, for every log of up to six hundred entries', () => {
  for (let size = 1; size <= 600; size += 1) {
    for (const index of new Set([0, 1, 255, 256, 257, 511, 512, size - 2, size - 1, size >> 1])) {
      if (index >= 0 && index < size) assertSame(index, size)
    }
  }
})

test('what is kept gives the path that all leaves give, for long logs', () => {
  const size = fc.oneof(fc.integer({ min: 601, max: 20_000 }), fc.integer({ min: 65_000, max: leaves.length }))
  const entry = size.chain((size) => fc.tuple(fc.nat(size - 1), fc.constant(size)))
  fc.assert(
    fc.property(entry, ([index, size]) => assertSame(index, size)),
    { numRuns: 60 },
  )
  for (const size of [65_535, 65_536, 65_537, 131_072])
    for (const index of [0, 65_534, size - 1]) assertSame(index, size)
})

test('a log that is gone on with keeps what one grown at once does', () => {
  const sizes = fc.tuple(fc.nat(140_000), fc.nat(2_000))
  fc.assert(
    fc.property(sizes, ([size, more]) => {
      const onwards = keep(size + more, Subtrees.after(size, hashesOf), size)
      const added = [...everything].filter(([key]) => {
        const [level = 0, place = 0] = key.split('/').map(Number)
        const end = (place + 1) * length(level)
        return end > size && end <= size + more
      })
      assert.deepEqual(onwards, new Map(added))
      assert.ok(pendingSpans(size).every(({ from, to }) => to - from < fanOut))
    }),
    { numRuns: 60 },
  )
})
