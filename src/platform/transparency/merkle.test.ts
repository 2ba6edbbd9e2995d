import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  consistencyProof,
  consistencyRanges,
  Frontier,
  inclusionProof,
  leafHash,
  nodeHash,
  rootOf,
  verifyConsistency,
  verifyInclusion,
} from './merkle.ts'

// The eight leaves with which certificate transparency logs test themselves, and the root after each.
const knownLeaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const knownRoots = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]

/** The definition of RFC 6962 section 2.1, word for word. */
function naiveRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [only] = leaves
  if (!only) return rootOf([])
  if (leaves.length === 1) return only
  let k = 1
  while (k * 2 < leaves.length) k *= 2
  return nodeHash(naiveRoot(leaves.slice(0, k)), naiveRoot(leaves.slice(k)))
}

const numbered = (count: number) => Array.from({ length: count }, (_, i) => leafHash(Buffer.from(`leaf ${i}`)))
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

function* damaged(proof: readonly Buffer[]): Generator<Buffer[]> {
  for (const [i, step] of proof.entries()) {
    const flipped = Buffer.from(step)
    flipped.writeUInt8(flipped.readUInt8(i % 32) ^ (1 << (i % 8)), i % 32)
    yield proof.with(i, flipped)
    yield proof.toSpliced(i, 1)
    yield proof.toSpliced(i, 0, step)
    yield proof.with(i, step.subarray(1))
  }
  yield [...proof, leafHash(Buffer.from('more'))]
}

test('the roots are those that certificate transparency logs know', () => {
  const frontier = Frontier.empty()
  assert.equal(hex(frontier.root()), knownRoots[0])
  for (const [i, leaf] of knownLeaves.entries()) {
    frontier.append(leafHash(Buffer.from(leaf, 'hex')))
    assert.equal(hex(frontier.root()), knownRoots[i + 1])
  }
})

test('the proofs for the known leaves are those of RFC 6962 tests', () => {
  const leaves = knownLeaves.map((leaf) => leafHash(Buffer.from(leaf, 'hex')))
  assert.deepEqual(inclusionProof(0, 8, leaves).map(hex), [
    '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
    '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
    '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
  ])
  assert.deepEqual(consistencyProof(6, 8, leaves).map(hex), [
    '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
    'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
    'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  ])
  assert.deepEqual(consistencyProof(8, 8, leaves), [])
})

test('a frontier gives the root of the whole tree, whatever it was stored and read between', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 130 }), fc.nat(130), (contents, pause) => {
      const leaves = contents.map(leafHash)
      let frontier = Frontier.empty()
      for (const [i, leaf] of leaves.entries()) {
        if (i === pause) frontier = Frontier.fromBuffer(frontier.toBuffer())
        frontier.append(leaf)
      }
      assert.equal(frontier.size, leaves.length)
      assert.deepEqual(frontier.root(), Buffer.from(naiveRoot(leaves)))
    }),
  )
})

test('a stored frontier is refused when it is cut or grown', () => {
  const frontier = Frontier.empty()
  for (const leaf of numbered(11)) frontier.append(leaf)
  const stored = frontier.toBuffer()
  assert.equal(stored.length, 8 + 3 * 32)
  for (let length = 0; length < stored.length; length += 1) {
    assert.throws(() => Frontier.fromBuffer(stored.subarray(0, length)), RangeError)
  }
  assert.throws(() => Frontier.fromBuffer(Buffer.concat([stored, stored])), RangeError)
  assert.throws(() => Frontier.fromBuffer(Buffer.alloc(8, 0xff)), RangeError)
})

test('a frontier keeps its hashes when the caller reuses the buffer they came in', () => {
  const leaves = numbered(5)
  const frontier = Frontier.empty()
  const reused = Buffer.alloc(32)
  for (const leaf of leaves) {
    leaf.copy(reused)
    frontier.append(reused)
  }
  assert.deepEqual(frontier.root(), rootOf(leaves))
})

test('every inclusion proof in trees of 1 to 64 leaves verifies, and no damaged one does', () => {
  const leaves = numbered(64)
  for (let size = 1; size <= 64; size += 1) {
    const root = rootOf(leaves.slice(0, size))
    for (let index = 0; index < size; index += 1) {
      const leaf = leaves[index] ?? root
      const proof = inclusionProof(index, size, (i) => leaves[i] ?? root)
      const claim = { leafHash: leaf, index, size, root, proof }
      assert.ok(verifyInclusion(claim), `${index} in ${size}`)
      for (const other of damaged(proof)) assert.ok(!verifyInclusion({ ...claim, proof: other }))
      assert.ok(!verifyInclusion({ ...claim, leafHash: leafHash(Buffer.from('other')) }))
      assert.ok(!verifyInclusion({ ...claim, root: leafHash(Buffer.from('other')) }))
      if (size > 1) assert.ok(!verifyInclusion({ ...claim, index: (index + 1) % size }))
      assert.ok(!verifyInclusion({ ...claim, index: index + size }))
    }
  }
})

test('every consistency proof in trees of 0 to 64 leaves verifies, and no damaged one does', () => {
  const leaves = numbered(64)
  const roots = Array.from({ length: 65 }, (_, size) => rootOf(leaves.slice(0, size)))
  const other = leafHash(Buffer.from('other'))
  for (let newSize = 0; newSize <= 64; newSize += 1) {
    for (let oldSize = 0; oldSize <= newSize; oldSize += 1) {
      const proof = consistencyProof(oldSize, newSize, leaves)
      const claim = { oldSize, newSize, oldRoot: roots[oldSize] ?? other, newRoot: roots[newSize] ?? other, proof }
      assert.ok(verifyConsistency(claim), `${oldSize} to ${newSize}`)
      for (const wrong of damaged(proof)) assert.ok(!verifyConsistency({ ...claim, proof: wrong }))
      assert.ok(!verifyConsistency({ ...claim, oldRoot: other }))
      // From the empty log to any other there is nothing to prove, so nothing about the new root is said.
      if (oldSize > 0 || newSize === 0) assert.ok(!verifyConsistency({ ...claim, newRoot: other }))
      if (oldSize > 0 && oldSize < newSize) {
        assert.ok(!verifyConsistency({ ...claim, oldSize: newSize, newSize: oldSize }))
      }
    }
  }
})

test('proofs hold in larger trees of any size', () => {
  const leaves = numbered(1500)
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1500 }), fc.nat(), fc.nat(), (size, a, b) => {
      const index = a % size
      const oldSize = 1 + (b % size)
      const root = rootOf(leaves.slice(0, size))
      const leaf = leaves[index] ?? root
      assert.ok(verifyInclusion({ leafHash: leaf, index, size, root, proof: inclusionProof(index, size, leaves) }))
      const oldRoot = rootOf(leaves.slice(0, oldSize))
      const proof = consistencyProof(oldSize, size, leaves)
      assert.ok(verifyConsistency({ oldSize, newSize: size, oldRoot, newRoot: root, proof }))
    }),
    { numRuns: 40 },
  )
})

test('what is no place in a tree is refused', () => {
  const leaves = numbered(3)
  assert.throws(() => inclusionProof(3, 3, leaves), RangeError)
  assert.throws(() => inclusionProof(0, 4, leaves), RangeError)
  assert.throws(() => inclusionProof(0.5, 3, leaves), RangeError)
  assert.throws(() => consistencyProof(4, 3, leaves), RangeError)
  assert.throws(() => nodeHash(Buffer.alloc(31), Buffer.alloc(32)), RangeError)
  assert.throws(() => Frontier.empty().append(Buffer.alloc(33)), RangeError)
  assert.deepEqual(consistencyRanges(4, 8), [{ from: 4, to: 8 }])
})
