import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import fc from 'fast-check'
import { hashToken, makeToken, tokenKinds } from './tokens.ts'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'

test('a token says its kind to scanners of source code, and its hash finds it again', () => {
  for (const kind of tokenKinds) {
    const { text, hash } = makeToken(kind)
    assert.match(text, new RegExp(`^vigil_${kind}_[A-Za-z0-9_-]{43}$`))
    assert.deepEqual(hash, createHash('sha256').update(text).digest())
    assert.deepEqual(hashToken(text), hash)
    assert.deepEqual(hashToken(text, kind), hash)
  }
})

test('a token of one kind is none of another', () => {
  for (const kind of tokenKinds) {
    for (const other of tokenKinds) {
      if (other !== kind) assert.equal(hashToken(makeToken(kind).text, other), undefined)
    }
  }
})

test('no two tokens are alike', () => {
  const made = Array.from({ length: 2_000 }, () => makeToken('session').text)
  assert.equal(new Set(made).size, made.length)
})

test('what cannot be a token asks no database', () => {
  const { text } = makeToken('session')
  const body = text.slice('vigil_session_'.length)
  const wrong = [
    '',
    body,
    text.slice(0, -1),
    `${text}A`,
    ` ${text}`,
    `${text}\n`,
    `${text}\0`,
    text.toUpperCase(),
    `vigil_admin_${body}`,
    `vigil_session_${'='.repeat(43)}`,
    `vigil_session_${"' or 1=1 --".padEnd(43, 'A')}`,
    `vigil_session_${'A'.repeat(1_000_000)}`,
  ]
  for (const one of wrong) assert.equal(hashToken(one), undefined, JSON.stringify(one.slice(0, 60)))
})

test('a token has one text: another ending that decodes to the same bytes is not it', () => {
  const { text } = makeToken('token')
  const bytes = Buffer.from(text.slice(-43), 'base64url')
  const twins = [...alphabet]
    .map((last) => text.slice(0, -1) + last)
    .filter((other) => other !== text && Buffer.from(other.slice(-43), 'base64url').equals(bytes))
  assert.equal(twins.length, 3)
  for (const twin of twins) assert.equal(hashToken(twin), undefined)
})

test('a token with one character changed has another hash or none', () => {
  const { text, hash } = makeToken('invite')
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom(...alphabet), (at, letter) => {
      fc.pre(text[at] !== letter)
      const found = hashToken(text.slice(0, at) + letter + text.slice(at + 1))
      assert.ok(found === undefined || !found.equals(hash))
    }),
  )
})

test('no text at all makes it fail', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.equal(hashToken(text), undefined)
    }),
  )
})
