import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashRecoveryCode, makeRecoveryCodes, normaliseRecoveryCode } from './recovery-codes.ts'

test('ten codes of 80 bits in four groups, none with a letter that looks like another', () => {
  const codes = makeRecoveryCodes()
  assert.equal(codes.length, 10)
  for (const code of codes) assert.match(code, /^[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}$/)
})

test('no code comes twice, and every character comes as often as the others', () => {
  const codes = Array.from({ length: 400 }, makeRecoveryCodes).flat()
  assert.equal(new Set(codes).size, codes.length)
  const counts = new Map<string, number>()
  for (const letter of codes.join('').replaceAll('-', '')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  assert.equal(counts.size, 32)
  // 2,000 of each are expected; one in a thousand million runs would stray by seven deviations.
  for (const count of counts.values()) assert.ok(Math.abs(count - 2_000) < 7 * Math.sqrt(2_000), String(count))
})

test('a code is understood however it is typed', () => {
  const misread = fc.constantFrom<(code: string) => string>(
    (code) => code,
    (code) => code.toLowerCase(),
    (code) => code.replaceAll('-', ''),
    (code) => code.replaceAll('-', ' '),
    (code) => code.replaceAll('-', '\u2013'),
    (code) => ` ${code}\n`,
    (code) => code.replaceAll('0', 'o').replaceAll('1', 'l'),
    (code) => code.replaceAll('0', 'O').replaceAll('1', 'I'),
    (code) => code.replace(/[0-9A-Z]/g, (letter) => String.fromCharCode(letter.charCodeAt(0) + 0xfee0)),
  )
  fc.assert(
    fc.property(fc.nat(9), fc.array(misread, { maxLength: 3 }), fc.nat(1_000_000), (which, ways, identityId) => {
      const code = makeRecoveryCodes()[which] ?? ''
      const typed = ways.reduce((text, way) => way(text), code)
      assert.equal(normaliseRecoveryCode(typed), code.replaceAll('-', ''))
      assert.deepEqual(hashRecoveryCode(typed, identityId), hashRecoveryCode(code, identityId))
    }),
  )
})

test('normalising what is normalised changes nothing, and gives a code or nothing', () => {
  const nearly = fc.string({ unit: fc.constantFrom(...'0189AILOUZabiloz- \u00df\u017f'), maxLength: 24 })
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string({ unit: 'binary' })), (typed) => {
      const code = normaliseRecoveryCode(typed)
      if (code === undefined) return
      assert.match(code, /^[0-9A-HJKMNP-TV-Z]{16}$/)
      assert.equal(normaliseRecoveryCode(code), code)
    }),
  )
})

test('a code of another identity is not this one: its hash is over both', () => {
  const [code = ''] = makeRecoveryCodes()
  assert.notDeepEqual(hashRecoveryCode(code, 1), hashRecoveryCode(code, 2))
  assert.notDeepEqual(hashRecoveryCode(code, 1), hashRecoveryCode(code, 11))
})

test('what cannot be a code has no hash', () => {
  const [code = ''] = makeRecoveryCodes()
  for (const wrong of ['', '123456', code.slice(1), `${code}0`, `U${code.slice(1)}`, '-'.repeat(100_000) + code]) {
    assert.equal(hashRecoveryCode(wrong, 1), undefined)
  }
})
