import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readAddress, readRanges, walkBack } from './forwarded.ts'
import { answersTo } from './hosts.ts'

const ranges = readRanges(['10.0.0.0/8', 'fd00::/8', '192.0.2.1'])
const walk = (peer: string, words: string) => {
  const address = readAddress(peer)
  assert.ok(address)
  return walkBack(address, words, ranges).toString()
}

test('the walk back ends at the first address that nobody trusted vouches for', () => {
  assert.equal(walk('10.0.0.1', '203.0.113.9'), '203.0.113.9')
  assert.equal(walk('10.0.0.1', '1.1.1.1, 203.0.113.9, 10.0.0.2'), '203.0.113.9')
  assert.equal(walk('192.0.2.1', '203.0.113.9'), '203.0.113.9')
  assert.equal(walk('192.0.2.2', '203.0.113.9'), '192.0.2.2')
  assert.equal(walk('::ffff:10.0.0.1', '2001:db8::1'), '2001:db8::1')
  assert.equal(walk('fd00::1', '10.0.0.9'), '10.0.0.9')
})

test('a word that is no address ends the walk at the last one known', () => {
  for (const word of ['', 'unknown', '0x7f.1', '10.1', '2130706433', '203.0.113.9:80', '_hidden', '010.0.0.1x']) {
    assert.equal(walk('10.0.0.1', `203.0.113.9, ${word}`), '10.0.0.1', word)
  }
})

test('whatever a stranger writes, the address is that of the stranger', () => {
  fc.assert(fc.property(fc.string(), (words) => assert.equal(walk('203.0.113.9', words), '203.0.113.9')))
})

test('a range that is none is refused when Vigil starts', () => {
  for (const range of ['', 'all', '10.0.0.0/33', '10.0/8', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/129']) {
    assert.throws(() => readRanges([range]), { code: 'proxy-bad-range' }, range)
  }
})

test('Vigil answers to what it listens on, to this machine by name, and to its public name', () => {
  const isOurs = answersTo({ host: '127.0.0.1', publicUrl: 'https://Vigil.clinic.example:8443/' })
  for (const name of ['localhost', 'LOCALHOST:1', '127.0.0.1:7420', '[::1]:7420', 'vigil.clinic.example']) {
    assert.ok(isOurs(name), name)
  }
  for (const name of [
    '',
    'clinic.example',
    'x.localhost',
    'localhost.x',
    '10.0.0.1',
    '[::2]',
    'a b',
    'localhost:',
    '[::1',
  ]) {
    assert.ok(!isOurs(name), name)
  }
})

test('where Vigil listens on all addresses it answers to every IP address, and to no other name', () => {
  for (const host of ['0.0.0.0', '::', '[::]']) {
    const isOurs = answersTo({ host })
    assert.ok(isOurs('10.0.0.1:7420') && isOurs('[2001:db8::1]:7420'))
    for (const name of ['clinic.example', '10.1', '0x7f.1', '2130706433', '10.0.0.1.nip.example'])
      assert.ok(!isOurs(name))
  }
})
