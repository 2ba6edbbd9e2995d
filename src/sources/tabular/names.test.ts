import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readName } from './names.ts'

const cases: [string, string, string | null, string | null][] = [
  ['Reyes, Marisol', 'Marisol Reyes', 'Marisol', 'Reyes'],
  ['Marisol Reyes', 'Marisol Reyes', 'Marisol', 'Reyes'],
  ['  Marisol   Reyes ', 'Marisol Reyes', 'Marisol', 'Reyes'],
  ['Reyes, Marisol A.', 'Marisol A. Reyes', 'Marisol', 'Reyes'],
  ['Marisol A. Reyes', 'Marisol A. Reyes', 'Marisol', 'Reyes'],
  ["O'Brien, Sean Patrick Jr.", "Sean Patrick O'Brien Jr.", 'Sean Patrick', "O'Brien"],
  ['Smith, Jr., John', 'John Smith Jr.', 'John', 'Smith'],
  ['Smith Jr., John', 'John Smith Jr.', 'John', 'Smith'],
  ['van der Berg, Anna', 'Anna van der Berg', 'Anna', 'van der Berg'],
  ['Anna van der Berg', 'Anna van der Berg', 'Anna', 'van der Berg'],
  ['Marisol Reyes, MD', 'Marisol Reyes', 'Marisol', 'Reyes'],
  ['Marisol Reyes, RN, BSN', 'Marisol Reyes', 'Marisol', 'Reyes'],
  ['Reyes, Marisol, MD', 'Marisol Reyes', 'Marisol', 'Reyes'],
  ['Marisol Reyes RN', 'Marisol Reyes', 'Marisol', 'Reyes'],
  ['Dr. Daniel Okafor', 'Daniel Okafor', 'Daniel', 'Okafor'],
  ['Tran, Do', 'Do Tran', 'Do', 'Tran'],
  ['Ana María López García', 'Ana María López García', null, null],
  ['Madonna', 'Madonna', null, null],
  ['Scanner, 2nd floor', 'Scanner, 2nd floor', null, null],
  ['svc-backup', 'svc-backup', null, null],
  ['=HYPERLINK("x","y")', '=HYPERLINK("x","y")', null, null],
]

for (const [written, display, given, family] of cases) {
  test(`"${written}" is ${display}`, () => {
    assert.deepEqual(readName(written), { displayName: display, givenName: given, familyName: family })
  })
}

test('a name in either order is the same person', () => {
  const word = fc.constantFrom('Ana', 'Lee', 'Okafor', 'Núñez', 'Smith-Jones', "O'Neil", 'Wu', 'Marisol')
  fc.assert(
    fc.property(word, word, (given, family) => {
      assert.deepEqual(readName(`${family}, ${given}`), readName(`${given} ${family}`))
    }),
  )
})

test('no text makes the reading fail or loses everything', () => {
  fc.assert(fc.property(fc.string(), (text) => text.trim() === '' || readName(text).displayName.length > 0))
})
