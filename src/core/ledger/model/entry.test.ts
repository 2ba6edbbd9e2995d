import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { leafHash } from '#platform/transparency/merkle.ts'
import { canonicalJson, type Json, makeEntry, newSalt, parseEntry, payloadDigest, readOutline } from './entry.ts'

const digest = payloadDigest(Buffer.alloc(16), Buffer.from('{}'))
const input = {
  seq: 0,
  at: new Date('2026-02-28T23:59:59.999Z'),
  actor: 'operator:root',
  action: 'intake.import',
  outcome: 'done',
  subjects: ['source:0190c2f4', 'complete'],
  digest,
} as const

test('an entry is one line with a fixed order of keys, and its bytes are the leaf', () => {
  const { line, leafHash: leaf } = makeEntry(input)
  assert.equal(
    line,
    `{"seq":0,"at":"2026-02-28T23:59:59.999Z","actor":"operator:root","action":"intake.import","outcome":"done",` +
      `"subjects":["source:0190c2f4","complete"],"digest":"${digest}"}`,
  )
  assert.deepEqual(leaf, leafHash(Buffer.from(line)))
  assert.deepEqual(parseEntry(line), { ...input, at: '2026-02-28T23:59:59.999Z' })
  assert.deepEqual(readOutline(line), { seq: 0, digest })
})

test('every entry that can be made is read back, and written as JSON writes it', () => {
  const word = fc
    .string({ minLength: 1, maxLength: 200 })
    .filter((text) => /^[!-~]+$/.test(text) && !/["\\]/.test(text))
  const entries = fc.record({
    seq: fc.maxSafeNat(),
    at: fc.date({
      min: new Date('0001-01-01T00:00:00Z'),
      max: new Date('9999-12-31T23:59:59.999Z'),
      noInvalidDate: true,
    }),
    actor: word,
    action: fc.constantFrom('intake.import', 'systems.addDevice', 'ledger.export'),
    outcome: fc.constantFrom('done' as const, 'refused' as const),
    subjects: fc.array(word, { maxLength: 5 }),
    digest: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes).toString('base64')),
  })
  fc.assert(
    fc.property(entries, (entry) => {
      const { line } = makeEntry(entry)
      assert.deepEqual(parseEntry(line), { ...entry, at: entry.at.toISOString() })
      assert.equal(JSON.stringify(JSON.parse(line)), line)
    }),
  )
})

test('a line that would be written otherwise is no entry', () => {
  const { line } = makeEntry(input)
  const others = [
    ` ${line}`,
    `${line}\n`,
    `${line} `,
    line.replace('{"seq":0', '{"seq": 0'),
    line.replace('"seq":0', '"seq":00'),
    line.replace('"seq":0', '"seq":-0'),
    line.replace('"seq":0', '"seq":1e3'),
    line.replace('"seq":0', '"seq":9007199254740993'),
    line.replace('2026-02-28', '2026-02-29'),
    line.replace('2026-02-28', '2026-02-30'),
    line.replace('T23:', 'T24:'),
    line.replace('.999Z', 'Z'),
    line.replace('.999Z', '.999+00:00'),
    line.replace('operator:root', 'operator:\\u0072oot'),
    line.replace('operator:root', 'operator root'),
    line.replace('operator:root', 'operätor'),
    line.replace('"done"', '"maybe"'),
    line.replace('["source:0190c2f4","complete"]', '["source:0190c2f4",]'),
    line.replace('"complete"', '""'),
    line.replace('=', ''),
    line.replace('"digest"', '"more":1,"digest"'),
    line.replace(/[A-Za-z0-9+/]="\}$/, (end) => `${end.startsWith('B') ? 'C' : 'B'}${end.slice(1)}`),
    line.replace('"complete"', `"${'x'.repeat(201)}"`),
    'x'.repeat(100_000),
    '',
  ]
  for (const other of others) {
    assert.equal(parseEntry(other), undefined, other.slice(0, 120))
    assert.equal(readOutline(other), undefined, other.slice(0, 120))
  }
})

test('names and texts of people do not get onto the log', () => {
  for (const wrong of [
    { subjects: ['Jane Roe'] },
    { subjects: ['a"b'] },
    { subjects: ['x'.repeat(201)] },
    { actor: '' },
    { action: 'two words' },
    { seq: -1 },
    { seq: 0.5 },
    { digest: 'short' },
    { subjects: Array.from({ length: 5000 }, () => 'subject:123456') },
  ]) {
    assert.throws(() => makeEntry({ ...input, ...wrong }), RangeError, JSON.stringify(wrong).slice(0, 100))
  }
  assert.throws(() => makeEntry({ ...input, at: new Date(Number.NaN) }), RangeError)
  assert.throws(() => makeEntry({ ...input, at: new Date('+012345-01-01T00:00:00.000Z') }), RangeError)
})

test('a payload has another digest with another salt', () => {
  const payload = Buffer.from(canonicalJson({ b: 1, a: ['x', null] }))
  const salt = newSalt()
  assert.equal(salt.length, 16)
  assert.equal(payloadDigest(salt, payload), createHash('sha256').update(salt).update(payload).digest('base64'))
  assert.notEqual(payloadDigest(salt, payload), payloadDigest(newSalt(), payload))
  assert.throws(() => payloadDigest(Buffer.alloc(15), payload), RangeError)
})

test('a value has one canonical text, on one line, whatever the order of its keys', () => {
  assert.equal(
    canonicalJson({ b: [1, -0, 1e21, 0.1], a: { z: 'ü\n"', y: undefined }, '€': true }),
    '{"a":{"z":"ü\\n\\""},"b":[1,0,1e+21,0.1],"€":true}',
  )
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      const text = canonicalJson(value as Json)
      const again = JSON.parse(text) as Json
      assert.equal(canonicalJson(again), text)
      assert.ok(!text.includes('\n'))
      assert.deepEqual(again, JSON.parse(JSON.stringify(value)))
    }),
  )
  for (const wrong of [Number.NaN, Number.POSITIVE_INFINITY, new Date(0), new Map(), 1n, undefined, () => 1]) {
    assert.throws(() => canonicalJson(wrong as Json), TypeError)
  }
})
