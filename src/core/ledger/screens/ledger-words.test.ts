import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  actionChoices,
  dayAfter,
  isWord,
  openPayload,
  placeOfSubject,
  sayAction,
  saySubject,
  startOfDay,
} from './ledger-words.ts'

test('a day begins at midnight of the organisation’s zone, also when the clocks change', () => {
  assert.equal(startOfDay('2026-07-01', 'America/Chicago'), '2026-07-01T05:00:00.000Z')
  assert.equal(startOfDay('2026-12-01', 'America/Chicago'), '2026-12-01T06:00:00.000Z')
  assert.equal(startOfDay('2026-03-08', 'America/Chicago'), '2026-03-08T06:00:00.000Z')
  assert.equal(startOfDay('2026-03-09', 'America/Chicago'), '2026-03-09T05:00:00.000Z')
  assert.equal(startOfDay('2026-11-01', 'America/Chicago'), '2026-11-01T05:00:00.000Z')
  assert.equal(startOfDay('2026-06-15', 'Pacific/Auckland'), '2026-06-14T12:00:00.000Z')
  assert.equal(dayAfter('2026-02-28'), '2026-03-01')
})

test('what was said is opened as labels and texts, without what is empty', () => {
  assert.deepEqual(
    openPayload('{"rowsRead":1204,"part":null,"complete":true,"roles":["staff","manager"],"in":{"a":1}}'),
    [
      ['Rows read', '1,204'],
      ['Complete', 'yes'],
      ['Roles', 'staff, manager'],
      ['In', '{"a":1}'],
    ],
  )
})

test('an action without words of its own is shown by its name', () => {
  assert.equal(sayAction('evidence.shred'), 'Evidence was destroyed')
  assert.equal(sayAction('later.thing'), 'later.thing')
  assert.equal(saySubject('finding:12'), 'finding 12')
})

test('what an entry is about leads to where it is shown, and can be asked for', () => {
  assert.equal(placeOfSubject('finding:12'), '/findings?finding=12')
  assert.equal(placeOfSubject('evidence:019a'), '/evidence?evidence=019a')
  assert.equal(placeOfSubject('session:3'), undefined)
  assert.equal(saySubject('requirement:164.316(a)'), '45 CFR 164.316(a)')
  assert.ok(isWord('requirement:164.316(a)'))
  for (const text of [undefined, '', 'two words', 'a"b', 'a\\b', 'ü', 'x'.repeat(201)])
    assert.equal(isWord(text), false)
})

test('what is asked for is a slice or one of its actions, each once', () => {
  const values = actionChoices.flatMap(({ items }) => items.map(({ value }) => value))
  assert.equal(new Set(values).size, values.length)
  assert.ok(values.includes('evidence.') && values.includes('evidence.link'))
})
