import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { addDays } from '#platform/days.ts'
import { deviceCookieDays, makeDeviceCookie, readDeviceCookie } from './device-cookie.ts'

const key = randomBytes(32)
const today = '2026-11-22'

test('a browser that has signed in is known again, and apart from the other browsers of the same person', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (identityId) => {
      const first = readDeviceCookie(key, makeDeviceCookie(key, identityId, today), today)
      const second = readDeviceCookie(key, makeDeviceCookie(key, identityId, today), today)
      assert.equal(first?.identityId, identityId)
      assert.equal(second?.identityId, identityId)
      assert.notEqual(first?.nonce, second?.nonce)
    }),
  )
})

test('a forged cookie is none: changed anywhere, it is nobody’s', () => {
  const cookie = makeDeviceCookie(key, 17, today)
  fc.assert(
    fc.property(fc.nat(cookie.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, letter) => {
      fc.pre(cookie[at] !== letter)
      assert.equal(readDeviceCookie(key, cookie.slice(0, at) + letter + cookie.slice(at + 1), today), undefined)
    }),
    { numRuns: 500 },
  )
})

test('a cookie put in another identity’s name is none', () => {
  const [version, , ...rest] = makeDeviceCookie(key, 17, today).split('.')
  assert.equal(readDeviceCookie(key, [version, '18', ...rest].join('.'), today), undefined)
  assert.equal(readDeviceCookie(key, [version, '017', ...rest].join('.'), today), undefined)
})

test('a cookie signed with another key is none', () => {
  assert.equal(readDeviceCookie(randomBytes(32), makeDeviceCookie(key, 17, today), today), undefined)
})

test('a cookie made younger than it is is none', () => {
  const parts = makeDeviceCookie(key, 17, '2024-01-01').split('.')
  parts[2] = today
  assert.equal(readDeviceCookie(key, parts.join('.'), today), undefined)
})

test('a cookie holds as long as browsers keep it, and one from the future never', () => {
  const cookie = makeDeviceCookie(key, 17, today)
  assert.equal(readDeviceCookie(key, cookie, addDays(today, deviceCookieDays))?.identityId, 17)
  assert.equal(readDeviceCookie(key, cookie, addDays(today, deviceCookieDays + 1)), undefined)
  assert.equal(readDeviceCookie(key, cookie, addDays(today, -1))?.identityId, 17)
  assert.equal(readDeviceCookie(key, cookie, addDays(today, -2)), undefined)
})

test('no text at all makes it fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(readDeviceCookie(key, text, today), undefined)
    }),
  )
  assert.equal(readDeviceCookie(key, '1'.repeat(1_000_000), today), undefined)
})

test('a key too short to sign with is a mistake of ours', () => {
  assert.throws(() => makeDeviceCookie(randomBytes(16), 17, today), RangeError)
})
