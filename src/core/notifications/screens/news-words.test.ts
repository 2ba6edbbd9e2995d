import assert from 'node:assert/strict'
import test from 'node:test'
import { newsKinds } from '../model.ts'
import { addressOf, kindWords, sayNews } from './news-words.ts'

test('every kind of news has its sentence, for one and for several', () => {
  for (const kind of newsKinds) {
    const one = sayNews({ kind, words: { name: 'staff.csv', day: '2026-11-16' } })
    assert.doesNotMatch(one.title, /[{}#]|undefined/, kind)
    assert.equal(one.detail, 'staff.csv')
    const bare = sayNews({ kind, words: {} })
    assert.doesNotMatch(bare.title, /[{}#]|undefined/, kind)
    assert.equal(bare.detail, undefined)
    const several = sayNews({ kind, words: { count: 1_234 } })
    assert.match(several.title, /1,234/, kind)
    assert.notEqual(kindWords[kind], '')
  }
  assert.equal(
    sayNews({ kind: 'evidence-ends', words: { day: '2026-11-16' } }).title,
    'Evidence is valid until 16 November 2026',
  )
})

test('news leads to the thing that it is about', () => {
  assert.equal(addressOf('finding:12'), '/findings?finding=12')
  assert.equal(addressOf('source:3'), '/sources/3')
  assert.equal(addressOf('all:jobs'), '/sources/jobs')
  assert.equal(addressOf('evidence:0197-a&b'), '/evidence?evidence=0197-a%26b')
  assert.equal(addressOf('story:1'), '/notifications')
})
