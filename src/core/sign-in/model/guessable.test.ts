import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { fold } from './fold.ts'
import { countMadeUp, wordsOf } from './guessable.ts'

const common = new Set(['password', 'dragon', 'monkey', 'letmein'])
const count = (text: string, context: readonly string[] = []) =>
  countMadeUp(fold(text), { common, context: wordsOf(context) })

test('what is known counts little however long it is', () => {
  const table: readonly (readonly [text: string, made: number])[] = [
    ['', 0],
    ['x', 1],
    ['aaaaaaaaaaaaaaa', 2],
    ['abababababababa', 3],
    ['123456789012345', 2],
    ['987654321', 2],
    ['qwertyuiopasdfg', 2],
    ['zyxwvu', 2],
    ['1qaz2wsx3edc', 2],
    ['password', 3],
    ['P@55w0rd', 3],
    ['passwordpasswordpassword', 4],
    ['Dragon123!', 6],
    ['dragonmonkey', 6],
    ['xk#9', 4],
    ['2024', 2],
    ['p4ssw0rd2024', 5],
  ]
  for (const [text, made] of table) assert.equal(count(text), made, text)
})

test('words of the context count nothing, through case, marks, width and look-alike signs', () => {
  const context = ['Klinik Nordstraße', 'zoë.müller@nordstrasse.example']
  for (const text of [
    'nordstrasse',
    'NORDSTRASSE',
    'Müller',
    'muller',
    'ｍｕｌｌｅｒ',
    'klinik',
    'mu11er',
    'n0rd5tra55e',
  ]) {
    assert.equal(count(text, context), 0, text)
  }
  assert.equal(count('muller!x', context), 2)
  // Three letters are too little to be a word of anybody.
  assert.equal(count('zoe', context), 3)
})

test('no text counts more than it has characters, and more knowledge never makes it count more', () => {
  const text = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc
      .array(fc.constantFrom('a', 'ab', '123', 'password', 'dragon', 'anna', '2024', '!', 'ß', '😀', 'é'), {
        maxLength: 12,
      })
      .map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(text, (one) => {
      const folded = fold(one)
      const bare = countMadeUp(folded, {})
      const withContext = countMadeUp(folded, { context: wordsOf(['Anna Example']) })
      const withAll = countMadeUp(folded, { context: wordsOf(['Anna Example']), common })
      assert.ok(bare <= folded.length)
      assert.ok(withContext <= bare && withAll <= withContext)
    }),
  )
})

test('a repetition counts one more than what is repeated', () => {
  fc.assert(
    fc.property(fc.string({ minLength: 2, maxLength: 12 }), fc.integer({ min: 2, max: 8 }), (unit, times) => {
      assert.ok(count(unit.repeat(times)) <= count(unit) + 1)
    }),
  )
})

test('folding twice is folding once', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(fold(fold(text)), fold(text))))
})
