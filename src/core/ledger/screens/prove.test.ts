import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { type Provable, prove } from './prove.ts'

const hash = (...parts: (Buffer | string)[]) => {
  const made = createHash('sha256')
  for (const part of parts) made.update(part)
  return made.digest()
}
const inner = (left: Buffer, right: Buffer) => hash(Buffer.of(1), left, right)

/** The root of a tree and the path of one leaf, by the recursive definition of RFC 9162. */
function grow(leaves: readonly Buffer[], at: number): { root: Buffer; path: Buffer[] } {
  const [only] = leaves
  if (only && leaves.length === 1) return { root: only, path: [] }
  const half = 2 ** Math.floor(Math.log2(leaves.length - 1))
  const [left, right] = [leaves.slice(0, half), leaves.slice(half)]
  const isLeft = at < half
  const inside = grow(isLeft ? left : right, isLeft ? at : at - half)
  const beside = grow(isLeft ? right : left, 0).root
  return {
    root: isLeft ? inner(inside.root, beside) : inner(beside, inside.root),
    path: [...inside.path, beside],
  }
}

function entryOf(size: number, seq: number): Provable {
  const salt = Buffer.alloc(16, seq)
  const payload = `{"at":${seq}}`
  const lines = Array.from({ length: size }, (_, at) => {
    const digest = hash(Buffer.alloc(16, at), `{"at":${at}}`).toString('base64')
    return JSON.stringify({ seq: at, digest })
  })
  const leaves = lines.map((line) => hash(Buffer.of(0), line))
  const { root, path } = grow(leaves, seq)
  return {
    entry: { seq },
    line: lines[seq] ?? '',
    payload,
    salt: salt.toString('base64'),
    proof: {
      size,
      path: path.map((step) => step.toString('base64')),
      checkpoint: `vigil/ledger/x\n${size}\n${root.toString('base64')}\n\n— vigil AAAA\n`,
    },
  }
}

test('every entry of logs of every size is proved', async () => {
  for (let size = 1; size <= 20; size += 1) {
    for (let seq = 0; seq < size; seq += 1) assert.equal(await prove(entryOf(size, seq)), 'holds', `${seq} of ${size}`)
  }
})

test('an entry whose payload was shredded is proved without it', async () => {
  assert.equal(await prove({ ...entryOf(7, 3), payload: null, salt: null }), 'holds')
})

test('another line, payload, place, path or root breaks the proof', async () => {
  const good = entryOf(11, 6)
  const { proof } = good
  const [first = '', ...rest] = proof.path
  const wrong: Provable[] = [
    { ...good, line: good.line.replace('"seq":6', '"seq":5') },
    { ...good, payload: '{"at":7}' },
    { ...good, entry: { seq: 5 } },
    { ...good, entry: { seq: 11 } },
    { ...good, proof: { ...proof, path: rest } },
    { ...good, proof: { ...proof, path: [...proof.path, first] } },
    { ...good, proof: { ...proof, size: 10 } },
    { ...good, proof: { ...proof, checkpoint: entryOf(11, 6).proof.checkpoint.replace('\n11\n', '\n12\n') } },
    { ...good, proof: { ...proof, checkpoint: entryOf(12, 6).proof.checkpoint } },
  ]
  for (const [at, one] of wrong.entries()) assert.equal(await prove(one), 'broken', `the ${at + 1}th`)
})
