import assert from 'node:assert/strict'
import { test } from 'node:test'
import { nameFiles, saySize } from './delivery-words.ts'

const namesOf = (...paths: string[]) =>
  nameFiles(paths.map((path) => ({ path, file: { name: path } as unknown as File }))).map(({ name }) => name)

test('the folder in which all files lie is no part of their names', () => {
  assert.deepEqual(namesOf('November/Staff.csv', 'November/HR/Left.csv'), ['Staff.csv', 'HR/Left.csv'])
  assert.deepEqual(namesOf('/November/Staff.csv', './November/Left.csv'), ['Staff.csv', 'Left.csv'])
})

test('files that share no folder keep their paths', () => {
  assert.deepEqual(namesOf('HR/Staff.csv', 'IT/Accounts.csv'), ['HR/Staff.csv', 'IT/Accounts.csv'])
  assert.deepEqual(namesOf('Staff.csv'), ['Staff.csv'])
  assert.deepEqual(namesOf('./Staff.csv', './Staff.csv.old'), ['Staff.csv', 'Staff.csv.old'])
  assert.deepEqual(namesOf('a/Staff.csv', 'ab/Staff.csv'), ['a/Staff.csv', 'ab/Staff.csv'])
})

test('sizes are said in the unit that people use', () => {
  assert.deepEqual([67, 2_400, 2_400_000, 3_200_000_000].map(saySize), ['67 bytes', '2 kB', '2.4 MB', '3.2 GB'])
})
