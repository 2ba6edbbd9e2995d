import assert from 'node:assert/strict'
import { hash, randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { hash64, hashLeaves, hashMany, hashNodes, isVectorised } from './hash.ts'
import { sipHash } from './sip.ts'

function joined(parts: readonly Uint8Array[]): { bytes: Buffer; ends: Uint32Array } {
  let end = 0
  return { bytes: Buffer.concat(parts), ends: Uint32Array.from(parts, ({ length }) => (end += length)) }
}

function expectLeaves(parts: readonly Uint8Array[]): void {
  const { bytes, ends } = joined(parts)
  const salts = randomBytes(16 * parts.length)
  const got = hashLeaves(salts, bytes, ends)
  const plain = hashMany(undefined, bytes, ends)
  for (const [i, part] of parts.entries()) {
    const salted = Buffer.concat([Buffer.of(0), salts.subarray(16 * i, 16 * i + 16), part])
    assert.deepEqual(
      got.subarray(32 * i, 32 * i + 32),
      hash('sha256', salted, 'buffer'),
      `leaf of ${part.length} bytes`,
    )
    assert.deepEqual(plain.subarray(32 * i, 32 * i + 32), hash('sha256', part, 'buffer'), `${part.length} bytes`)
  }
}

test('the fast way is in use on this machine', () => {
  assert.equal(isVectorised(), true)
})

test('hashes of every length up to 300 bytes, in any company, are those of node:crypto', () => {
  const byLength = Array.from({ length: 301 }, (_, length) => randomBytes(length))
  expectLeaves(byLength)
  expectLeaves(byLength.toReversed())
  for (const part of byLength) expectLeaves([part])
})

test('hashes of messages of any lengths are those of node:crypto', () => {
  const part = fc.oneof(fc.uint8Array({ maxLength: 200 }), fc.uint8Array({ minLength: 200, maxLength: 3000 }))
  fc.assert(fc.property(fc.array(part, { maxLength: 60 }), expectLeaves), { numRuns: 100 })
})

test('messages that are longer, or more, than the module holds are hashed as well', () => {
  expectLeaves([
    randomBytes(3),
    randomBytes(2_000_000),
    randomBytes(1_048_576),
    randomBytes(1_048_577),
    Buffer.alloc(0),
  ])
  expectLeaves(Array.from({ length: 40_000 }, (_, i) => Buffer.from(String(i))))
})

test('nodes are hashed as RFC 6962 says', () => {
  const pairs = randomBytes(64 * 1000)
  const got = hashNodes(pairs)
  for (let i = 0; i < 1000; i += 1) {
    const pair = Buffer.concat([Buffer.of(1), pairs.subarray(64 * i, 64 * i + 64)])
    assert.deepEqual(got.subarray(32 * i, 32 * i + 32), hash('sha256', pair, 'buffer'))
  }
  assert.equal(hashNodes(Buffer.alloc(0)).length, 0)
  assert.throws(() => hashNodes(Buffer.alloc(63)), RangeError)
})

test('the keyed hash is SipHash-2-4 as published, fast and slow', () => {
  const secret = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex')
  const message = Buffer.from('000102030405060708090a0b0c0d0e', 'hex')
  assert.equal(sipHash(secret, message), 0xa129ca6149be45e5n)
  const parts = Array.from({ length: 301 }, (_, length) => randomBytes(length))
  const { bytes, ends } = joined([message, ...parts, randomBytes(1_500_000), Buffer.of(7)])
  const got = hash64(secret, bytes, ends)
  assert.equal(got[0], 0xa129ca6149be45e5n)
  for (const [i, end] of ends.entries()) assert.equal(got[i], sipHash(secret, bytes.subarray(ends[i - 1] ?? 0, end)))
})

test('ends that do not fit their messages are refused', () => {
  assert.throws(() => hashMany(0, Buffer.alloc(10), Uint32Array.of(5, 11)), RangeError)
  assert.throws(() => hashLeaves(Buffer.alloc(16), Buffer.alloc(10), Uint32Array.of(5, 10)), RangeError)
})
