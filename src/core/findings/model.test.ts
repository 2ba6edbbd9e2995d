import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import { csvCell } from './model.ts'

test('a cell never begins as a formula, and says all that it was given', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom('=', '+', '-', '@', '\t', '\r', '\n', '"', ',', "'", 'a', ' ', 'é', '1') }),
      (text) => {
        const rows: string[][] = parse(`x,${csvCell(text)},y\r\n`, { record_delimiter: '\r\n' })
        const [, read = ''] = rows[0] ?? []
        assert.equal(rows.length, 1)
        assert.doesNotMatch(read, /^[=+\-@\t\r]/)
        assert.equal(/^[=+\-@\t\r]/.test(text) ? read.slice(1) : read, text)
      },
    ),
  )
})

test('numbers stay numbers, and what is not known is an empty cell', () => {
  assert.equal(csvCell(-12), '-12')
  assert.equal(csvCell(undefined), '')
})
