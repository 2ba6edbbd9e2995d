import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { refusalRegister } from '#platform/refusal.ts'
import { refusalsPage, writeRefusalsPage } from '../../tools/refusals-page.ts'

test('the page of refusals says what the code refuses; node tools/refusals-page.ts writes it anew', async () => {
  assert.equal(readFileSync(refusalsPage, 'utf8'), await writeRefusalsPage())
  assert.ok(refusalRegister.size > 80, `${refusalRegister.size} refusals were found`)
})

test('every refusal is a sentence under a stable code', () => {
  for (const [code, { sentence }] of refusalRegister) {
    assert.match(code, /^[a-z]+(-[a-z]+)+$/)
    // A reason may end the sentence, with the full stop that it brings along.
    assert.match(sentence, /^[A-Z{].*[.}]$/, code)
  }
})
