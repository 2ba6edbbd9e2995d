import assert from 'node:assert/strict'
import { test } from 'node:test'
import { fold, rankOf, wordsOf } from './model.ts'

test('what is typed is compared without case, accents and letters that a keyboard may not have', () => {
  for (const [typed, folded] of [
    ['Marisol REYES', 'marisol reyes'],
    ['Zoë Müller-Østergård', 'zoe muller-ostergard'],
    ['Weiß', 'weiss'],
    ['Łukasz O’Brien', "lukasz o'brien"],
    ['ΑΘΗΝΑ', 'αθηνα'],
  ] as const)
    assert.equal(fold(typed), folded)
})

test('a typed line is at most five words, each once, without those that stand in another', () => {
  assert.deepEqual(wordsOf('  Reyes, Marisol  reyes '), ['reyes', 'marisol'])
  assert.deepEqual(wordsOf('re reyes'), ['reyes'])
  assert.equal(wordsOf('a1 b2 c3 d4 e5 f6 g7').length, 5)
  assert.deepEqual(wordsOf(' ,; '), [])
})

test('what begins a text comes before what begins its words, and that before what stands within them', () => {
  assert.equal(rankOf('marisol reyes', ['mar']), 0)
  assert.equal(rankOf('marisol reyes', ['rey', 'mar']), 1)
  assert.equal(rankOf('marisol reyes', ['sol']), 2)
  assert.equal(rankOf('marisol reyes', ['mar', 'ruiz']), undefined)
})
