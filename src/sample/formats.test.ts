import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parse } from 'csv-parse/sync'
import fc from 'fast-check'
import yauzl from 'yauzl'
import { writeCalendarTime, writeFileTime, writeGeneralizedTime, writeInstant } from './calendar.ts'
import { nameKey, variantOf } from './names.ts'
import { loginBook } from './people.ts'
import { dealer, seededRandom } from './random.ts'
import { plainDialect, tableText } from './table.ts'
import { workbook, zip } from './workbook.ts'

test('a table reads back as it was written, whatever its cells hold', () => {
  const cell = fc.string().map((text) => text.replaceAll('\r', ''))
  fc.assert(
    fc.property(fc.array(fc.tuple(cell, cell, cell), { minLength: 1 }), (rows) => {
      const table = { header: ['a', 'b', 'c'], rows: rows.map((cells) => ({ cells })) }
      const text = [...tableText(table, { ...plainDialect, quoteAll: true }, () => {})].join('')
      assert.deepEqual(parse(text), [['a', 'b', 'c'], ...rows])
    }),
  )
})

test('the line of a bad row counts title rows and lines within cells', () => {
  const lines: number[] = []
  const rows = [{ cells: ['two\nlines', '1'] }, { cells: ['', ''], reject: true }]
  const text = [
    ...tableText({ preamble: ['Title', ''], header: ['a', 'b'], rows }, plainDialect, (line) => lines.push(line)),
  ]
  assert.deepEqual(lines, [6])
  assert.equal(text.join('').split('\n')[5], ',')
})

test('an archive can be opened by an independent reader', async () => {
  const entries = [
    { name: 'ä.txt', content: 'one' },
    { name: 'b/c.xml', content: 'two'.repeat(1000) },
  ]
  const names: string[] = []
  const archive = await new Promise<yauzl.ZipFile>((resolve, reject) => {
    yauzl.fromBuffer(zip(entries), { lazyEntries: true }, (error, file) => (error ? reject(error) : resolve(file)))
  })
  await new Promise<void>((resolve, reject) => {
    archive.on('entry', (entry: yauzl.Entry) => {
      names.push(`${entry.fileName} ${entry.uncompressedSize}`)
      archive.readEntry()
    })
    archive.on('end', resolve)
    archive.on('error', reject)
    archive.readEntry()
  })
  assert.deepEqual(names, ['ä.txt 3', 'b/c.xml 3000'])
})

test('a workbook tells the row of a bad row as the sheet numbers it', () => {
  const rows: number[] = []
  const table = { preamble: ['Title'], header: ['a'], rows: [{ cells: ['x'] }, { cells: [''], reject: true }] }
  workbook([{ name: 'One', table }], (row) => rows.push(row))
  assert.deepEqual(rows, [4])
})

test('times are written as each product writes them', () => {
  const at = Date.UTC(2026, 10, 2, 15, 4, 5)
  assert.equal(writeInstant(at, 'us-time', 'us'), '11/2/2026 3:04:05 PM')
  assert.equal(writeInstant(at, 'slashed', 'us'), '2026/11/02 15:04:05')
  assert.equal(writeInstant(at, 'day-only', 'dashed'), '02-Nov-2026')
  assert.equal(writeInstant(at, 'iso-z', 'iso'), '2026-11-02T15:04:05Z')
  assert.equal(writeGeneralizedTime(at), '20261102150405.0Z')
  assert.equal(writeCalendarTime(at), 'Mon Nov  2 15:04:05 2026 UTC')
  assert.equal(writeFileTime(0), '116444736000000000')
})

test('a dealer says yes to its share, and an eager one to the first', () => {
  fc.assert(
    fc.property(fc.integer(), fc.double({ min: 0.01, max: 0.5, noNaN: true }), (seed, rate) => {
      const deal = dealer(rate, seededRandom(seed), true)
      assert.equal(deal(), true)
      const hits = Array.from({ length: 2000 }, deal).filter(Boolean).length
      assert.ok(Math.abs(hits - 2000 * rate) < 60)
    }),
  )
})

test('no user name is given twice', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('reyes', 'reyes2', 'reyes3', 'reyes22')), (bases) => {
      const book = loginBook()
      const given = bases.map((base) => book.claim(base))
      assert.equal(new Set(given).size, given.length)
    }),
  )
})

test('a variant of a name is still a name of the same person', () => {
  const name = { given: 'José', middle: 'Ana', family: 'Peña-Lopez', nickname: 'Joe', maiden: 'Diaz' }
  for (let seed = 0; seed < 200; seed++) {
    const { given, family } = variantOf(name, seededRandom(seed))
    assert.match(nameKey(given, family), /^(jose|joe|j|joseana|josea) (penalopez|diaz)$/)
  }
})
