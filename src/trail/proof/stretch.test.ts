import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { leafHash, rootOf } from '#platform/transparency/merkle.ts'
import { digestOf, leafBytes, patientKey, placeBytes, type Range } from './manifest.ts'
import { Stretch } from './stretch.ts'

const secret = randomBytes(32)
const hashOf = (seq: number) => Buffer.alloc(32, seq % 251)

/** The patient of a line: half of all lines are of one, and some are of none. */
function patientAt(seq: number): string | undefined {
  if (seq % 11 === 0) return undefined
  return seq % 2 === 0 ? 'P-often' : `P${(seq * 7919) % 6_007}`
}

/** Blocks of lines, of which some hold a few that were given before. */
function give(stretch: Stretch, { from, to }: Range): void {
  for (let first = from - 5; first < to + 5; first += 4_096) {
    const seqs = Array.from({ length: 4_096 + 17 }, (_, at) => first + at)
    const lines = seqs.map((seq) => {
      const patient = patientAt(seq)
      return Buffer.from(patient === undefined ? `M\t{}${seq}` : `A\t${seq}\t${patient}\tuser`)
    })
    let end = 0
    const lineEnds = Uint32Array.from(lines, ({ length }) => (end += length))
    const block = { first, count: seqs.length, lines: Buffer.concat(lines), lineEnds }
    stretch.take(block, Buffer.concat(seqs.map(hashOf)))
  }
}

/** The line of a manifest as whoever has the lines works it out. */
function expected({ from, to }: Range) {
  const places = new Map<string, Buffer[]>()
  for (let seq = from; seq < to; seq += 1) {
    const patient = patientAt(seq)
    if (patient === undefined) continue
    if (!places.has(patient)) places.set(patient, [])
    places.get(patient)?.push(placeBytes(seq, hashOf(seq)))
  }
  const entries = [...places].map(([patient, own]) => ({
    key: patientKey(secret, patient),
    count: own.length,
    digest: digestOf(Buffer.concat(own)),
  }))
  const leaves = entries.toSorted((a, b) => a.key.compare(b.key)).map((entry) => leafHash(leafBytes(entry)))
  const accesses = entries.reduce((sum, { count }) => sum + count, 0)
  return { from, to, patients: entries.length, accesses, root: rootOf(leaves).toString('hex') }
}

test('a manifest is what its lines give, whatever else the stretch holds, and in whosever memory', () => {
  // Beyond what fits in four bytes; one patient has more accesses than are hashed at once.
  const begin = 2 ** 32 - 9_000
  let spare: Stretch | undefined
  for (const length of [80_000, 50_000, 3]) {
    const range = { from: begin, to: begin + length }
    const stretch = new Stretch(range, spare)
    give(stretch, range)
    for (const [from, to] of [
      [0, length],
      [0, 1],
      [length - 2, length],
      [Math.floor(length / 3), Math.floor(length / 2)],
      [0, length],
    ] as const) {
      const part = { from: begin + from, to: begin + to }
      assert.deepEqual(stretch.manifest(part, secret).line, expected(part))
    }
    spare = stretch
  }
})

test('a stretch knows which of its lines were not given', () => {
  const stretch = new Stretch({ from: 0, to: 20_000 })
  give(stretch, { from: 5, to: 5_000 })
  give(stretch, { from: 12_000, to: 20_000 })
  assert.equal(stretch.has({ from: 0, to: 5_000 }), true)
  assert.equal(stretch.has({ from: 4_000, to: 13_000 }), false)
  assert.equal(stretch.has({ from: 12_000, to: 20_000 }), true)
  assert.equal(stretch.has({ from: 19_000, to: 20_001 }), false)
})
