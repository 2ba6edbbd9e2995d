import assert from 'node:assert/strict'
import test from 'node:test'
import { t } from './t.ts'

test('plain words are said as they stand', () => {
  assert.equal(t('Vigil’s findings'), 'Vigil’s findings')
})

test('a number is said in its sentence, with its plural', () => {
  const message = '{count, plural, =0 {Nothing is} one {One thing is} other {# things are}} open.'
  assert.equal(t(message, { count: 0 }), 'Nothing is open.')
  assert.equal(t(message, { count: 1 }), 'One thing is open.')
  assert.equal(t(message, { count: 12_345 }), '12,345 things are open.')
})

test('a name stays as it is, whatever stands in it', () => {
  assert.equal(
    t('Given to {name}.', { name: '{count, plural} <b>O’Hara</b>' }),
    'Given to {count, plural} <b>O’Hara</b>.',
  )
})
