import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { maxFieldLength } from './access.ts'
import { cleanField, reduceIdentifier } from './identifier.ts'

test('the same patient is the same text, whatever the format says besides', () => {
  for (const text of [
    '00123',
    ' 00123\0',
    '00123^^^HOSP&1.2.3&ISO',
    '00123^^^HOSP^MR',
    'Patient/00123',
    'Patient/00123/_history/4',
    'https://ehr.example/fhir/Patient/00123',
    'urn:oid:1.2.3|00123',
    'http://hospital.example/mrn|00123',
    'Patient?identifier=http://hospital.example/mrn|00123',
    'urn:uuid:00123',
    '\ufeff00123',
  ])
    assert.equal(reduceIdentifier(text), '00123', text)
})

test('what belongs to a name stays', () => {
  for (const text of [
    'DOM\\ann',
    'ann@hospital.example',
    'O\'Neil "Bob"',
    '12/345',
    'Müller',
    '',
    '|',
    '^',
    'a b',
    '640823/1234',
  ])
    assert.equal(reduceIdentifier(text), text)
})

test('reducing twice changes nothing, and nothing comes out that a field cannot hold', () => {
  const piece = fc.constantFrom(
    'Patient/',
    '|',
    '^',
    '~',
    '/',
    'urn:uuid:',
    '?identifier=',
    '1',
    'x',
    ' ',
    '\0',
    '\t',
    '\ud800',
    'é',
    '_history/',
  )
  const text = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(piece, { maxLength: 12 }).map((all) => all.join('')),
    fc.constant('ü'.repeat(900)),
  )
  fc.assert(
    fc.property(text, (given) => {
      const found = reduceIdentifier(given)
      assert.equal(reduceIdentifier(found), found)
      assert.equal(cleanField(found), found)
      assert.ok(found.length <= maxFieldLength && found.isWellFormed() && !/[\0\t\n\r]/.test(found))
    }),
    { numRuns: 1000 },
  )
})
