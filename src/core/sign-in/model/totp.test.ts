import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Secret, TOTP } from 'otpauth'
import { findStep, makeTotpSecret, normaliseTotpCode, stepOf, totpUri } from './totp.ts'

/** RFC 6238, appendix B, the rows for SHA-1: its eight digits, of which apps show the last six. */
const vectors: readonly (readonly [seconds: number, step: number, code: string])[] = [
  [59, 0x1, '94287082'],
  [1_111_111_109, 0x23523ec, '07081804'],
  [1_111_111_111, 0x23523ed, '14050471'],
  [1_234_567_890, 0x273ef07, '89005924'],
  [2_000_000_000, 0x3f940aa, '69279037'],
  [20_000_000_000, 0x27bc86aa, '65353130'],
]
const rfcSecret = Secret.fromLatin1('12345678901234567890').base32

const now = new Date('2026-11-22T10:00:00Z')
const secret = makeTotpSecret()
const codeAt = (at: Date, of = secret) => TOTP.generate({ secret: Secret.fromBase32(of), timestamp: at.getTime() })
const later = (seconds: number) => new Date(now.getTime() + seconds * 1_000)

test('the codes of RFC 6238 are accepted at their times', () => {
  for (const [seconds, step, code] of vectors) {
    assert.equal(findStep(rfcSecret, code.slice(-6), new Date(seconds * 1_000), undefined), step)
  }
})

test('a secret has 160 random bits', () => {
  const secrets = Array.from({ length: 100 }, makeTotpSecret)
  assert.equal(new Set(secrets).size, 100)
  for (const one of secrets) assert.equal(Secret.fromBase32(one).bytes.length, 20)
})

test('a TOTP code is not accepted twice (better-auth#10387)', () => {
  const code = codeAt(now)
  const step = findStep(secret, code, now, undefined)
  assert.equal(step, stepOf(now))
  assert.equal(findStep(secret, code, now, step), undefined)
  assert.equal(findStep(secret, code, later(29), step), undefined)
})

test('a code before the one accepted last is not accepted afterwards', () => {
  const earlier = codeAt(later(-30))
  assert.equal(findStep(secret, earlier, now, undefined), stepOf(now) - 1)
  assert.equal(findStep(secret, earlier, now, stepOf(now)), undefined)
})

test('after a code was accepted the next one still is', () => {
  assert.equal(findStep(secret, codeAt(later(30)), later(30), stepOf(now)), stepOf(now) + 1)
})

test('a code is accepted one step early or late, and no further', () => {
  for (const [seconds, accepted] of [
    [-60, false],
    [-30, true],
    [0, true],
    [30, true],
    [60, false],
  ] as const) {
    // Codes of different steps are alike once in a million: a secret with which they are not.
    const distinct = secretWithDistinctCodes([-60, -30, 0, 30, 60])
    const step = findStep(distinct, codeAt(later(seconds), distinct), now, undefined)
    assert.equal(step, accepted ? stepOf(later(seconds)) : undefined, `${seconds} s`)
  }
})

function secretWithDistinctCodes(seconds: readonly number[]): string {
  for (;;) {
    const one = makeTotpSecret()
    if (new Set(seconds.map((second) => codeAt(later(second), one))).size === seconds.length) return one
  }
}

test('whatever was accepted, the step found is later, and within the window', () => {
  fc.assert(
    fc.property(fc.integer({ min: -3, max: 3 }), fc.integer({ min: -3, max: 3 }), (offset, last) => {
      const current = stepOf(now)
      const step = findStep(secret, codeAt(later(offset * 30)), now, current + last)
      if (step === undefined) return
      assert.ok(step > current + last && Math.abs(step - current) <= 1)
    }),
  )
})

test('a code of another secret is refused', () => {
  const mine = [-30, 0, 30].map((seconds) => codeAt(later(seconds)))
  let theirs = codeAt(now, makeTotpSecret())
  // One in a million is alike.
  while (mine.includes(theirs)) theirs = codeAt(now, makeTotpSecret())
  assert.equal(findStep(secret, theirs, now, undefined), undefined)
})

test('only six ASCII digits are a code; spaces inside are how apps show it', () => {
  assert.equal(normaliseTotpCode('123 456'), '123456')
  assert.equal(normaliseTotpCode(' 12 34 56 '), '123456')
  const wrong = [
    '',
    '12345',
    '1234567',
    '12345a',
    '-12345',
    '+12345',
    '1e5000',
    '0x1234',
    '１２３４５６',
    '١٢٣٤٥٦',
    '123.456',
    '123\u0000456',
  ]
  for (const one of wrong) assert.equal(normaliseTotpCode(one), undefined, one)
  assert.equal(findStep(secret, '１２３４５６', now, undefined), undefined)
  assert.equal(normaliseTotpCode(`${' '.repeat(1_000_000)}123456`), undefined)
})

test('the address for the app names Vigil, the organisation and the person, whatever their names hold', () => {
  const uri = new URL(totpUri(secret, { organisation: 'St. Anna: Klinik & Söhne', email: 'a+b@example.org' }))
  assert.equal(uri.protocol, 'otpauth:')
  assert.equal(uri.host, 'totp')
  assert.equal(decodeURIComponent(uri.pathname), '/Vigil (St. Anna Klinik & Söhne):a+b@example.org')
  assert.equal(uri.searchParams.get('issuer'), 'Vigil (St. Anna Klinik & Söhne)')
  assert.equal(uri.searchParams.get('secret'), secret)
  assert.equal(uri.searchParams.get('digits'), '6')
  assert.equal(uri.searchParams.get('period'), '30')
  assert.equal(uri.searchParams.get('algorithm'), 'SHA1')
})
