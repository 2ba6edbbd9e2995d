import assert from 'node:assert/strict'
import test from 'node:test'
import { practices } from '#practices/index.ts'
import { practiceNames, sayCounts, sayEvent, titleOf } from './finding-words.ts'

const none = { critical: 0, high: 0, medium: 0, low: 0 }

test('counts are said in words: what is open by severity, what is excepted and stays failed', () => {
  const cases = [
    [{ open: { ...none, critical: 33, low: 2 }, excepted: none, closed: none }, '35 are open: 33 critical, 2 low.'],
    [{ open: { ...none, high: 1 }, excepted: none, closed: none }, 'One is open, high.'],
    [
      { open: { ...none, high: 2 }, excepted: { ...none, low: 1 }, closed: none },
      '2 are open, all of them high. One is excepted and stays failed.',
    ],
    [{ open: none, excepted: none, closed: { ...none, low: 7 } }, '7 are closed.'],
    [{ open: none, excepted: none, closed: none }, 'None.'],
  ] as const
  for (const [given, said] of cases) assert.equal(sayCounts(given), said)
})

test('a history says who took, gave and gave back', () => {
  assert.equal(sayEvent({ kind: 'owned', body: 'Dana' }, 'Dana'), 'Dana took it over.')
  assert.equal(sayEvent({ kind: 'owned', body: 'Tom' }, 'Dana'), 'Dana gave it to Tom.')
  assert.equal(sayEvent({ kind: 'owned', body: null }, 'Dana'), 'Dana gave it back: nobody owns it.')
  assert.equal(sayEvent({ kind: 'reopened', body: null }, 'Vigil'), 'The check found it again.')
})

test('the practices of the filter are those that there are, by their names', () => {
  assert.deepEqual(
    practices.map(({ name, title }) => [name, title]),
    practiceNames.map((name) => [name, titleOf(name)]),
  )
})
