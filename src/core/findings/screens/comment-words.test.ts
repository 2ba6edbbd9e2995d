import assert from 'node:assert/strict'
import test from 'node:test'
import { mentionsIn, partsOf } from '../model/comment.ts'
import { mentionBefore, startsIn, withMentions } from './comment-words.ts'

test('a mention begins with an at sign at the start of a word, and ends with the next one or the line', () => {
  const cases = [
    ['@', { from: 0, words: '' }],
    ['ask @Da', { from: 4, words: 'Da' }],
    ['(@Dana Wh', { from: 1, words: 'Dana Wh' }],
    ['dana@clinic.example', undefined],
    ['@Dana\nand', undefined],
    ['nothing', undefined],
    ['@ Dana', undefined],
  ] as const
  for (const [text, expected] of cases) assert.deepEqual(mentionBefore(text, text.length), expected, text)
  // What stands behind the cursor is no part of it.
  assert.deepEqual(mentionBefore('@Da and more', 3), { from: 0, words: 'Da' })
})

test('a member is found by the beginning of any of their names', () => {
  assert.ok(startsIn('Dana Whitfield', 'whit'))
  assert.ok(startsIn('Dana Whitfield', ''))
  assert.ok(!startsIn('Dana Whitfield', 'field'))
})

test('those who were chosen become members when the comment is sent, and nobody else does', () => {
  const named = new Map([
    ['Dana', 1],
    ['Dana Whitfield', 12],
  ])
  const kept = withMentions('@Dana Whitfield, see @Dana and @Tom', named)
  assert.equal(kept, '@[member:12], see @[member:1] and @Tom')
  assert.deepEqual(mentionsIn(kept), [12, 1])
  assert.deepEqual(partsOf(kept), [{ memberId: 12, at: 1 }, ', see ', { memberId: 1, at: 3 }, ' and @Tom'])
})

test('what only looks like a mention is a text', () => {
  for (const text of ['@[member:0]', '@[member:01]', '@[member:-1]', '@[member:1', '[member:1]', '@[member:1e3]']) {
    assert.deepEqual(partsOf(text), [text])
    assert.deepEqual(mentionsIn(text), [])
  }
})
