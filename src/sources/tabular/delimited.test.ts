import assert from 'node:assert/strict'
import { createReadStream } from 'node:fs'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Item, Reading } from '#core/intake/facts.ts'
import { readFile, SourceError, type SourceFile } from '../file.ts'
import { detectDialect, readRows } from './delimited.ts'
import { decode, detectEncoding } from './text.ts'

const quote = (cell: string) => `"${cell.replaceAll('"', '""')}"`

/** The bytes in pieces of any size, as a disk or a network may cut them. */
function cut(bytes: Buffer, sizes: readonly number[]): Readable {
  const pieces: Buffer[] = []
  let from = 0
  for (let at = 0; from < bytes.length; at += 1) {
    const size = sizes[at % sizes.length] ?? 1
    pieces.push(bytes.subarray(from, from + size))
    from += size
  }
  return Readable.from(pieces)
}

async function rowsOf(
  bytes: Buffer,
  sizes: readonly number[],
  delimiter: string,
): Promise<{ line: number; cells: readonly string[] }[]> {
  const rows = []
  const dialect = { delimiter, recordDelimiters: ['\r\n', '\n'] }
  for await (const batch of readRows(decode(cut(bytes, sizes), detectEncoding(bytes) ?? 'utf-8'), dialect))
    rows.push(...batch)
  return rows
}

// Lone halves of a character pair and NULs cannot be written in a text file.
const cell = fc.string({ unit: 'grapheme' }).map((text) =>
  text
    .replaceAll('\0', '')
    .replace(/^\uFEFF/, '')
    .toWellFormed(),
)
const sizes = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1, maxLength: 5 })

test('any strings come back as they were, with the line that each row begins on', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(cell, { minLength: 2, maxLength: 5 }), { minLength: 1 }),
      fc.constantFrom(',', ';', '\t', '|'),
      sizes,
      async (table, delimiter, pieces) => {
        const text = table.map((row) => row.map(quote).join(delimiter)).join('\r\n')
        const rows = await rowsOf(Buffer.from(text), pieces, delimiter)
        assert.deepEqual(
          rows.map((row) => row.cells),
          table,
        )
        let line = 1
        for (const [index, row] of table.entries()) {
          assert.equal(rows[index]?.line, line)
          line += 1 + row.join('').split(/\r\n|\r|\n/).length - 1 - joints(row)
        }
      },
    ),
    { numRuns: 60 },
  )
})

/** A carriage return that ends a cell and a line feed that begins the next are two line ends, not one. */
function joints(row: readonly string[]): number {
  let count = 0
  for (let at = 1; at < row.length; at += 1) if (row[at - 1]?.endsWith('\r') && row[at]?.startsWith('\n')) count -= 1
  return count
}

test('the delimiter is told under title lines and over ragged ones', () => {
  assert.equal(detectDialect('Staff, as of today\n\nName;Title;Date\nA, B;C;D\nE, F;G;H\n').delimiter, ';')
  assert.equal(detectDialect('Name\tTitle\nA, B\tC\nD, E\tF\n').delimiter, '\t')
  assert.equal(detectDialect('"a;b","c"\n"d;e","f"\n').delimiter, ',')
  assert.equal(detectDialect('sep=|\nName|Title\n').delimiter, '|')
})

test('quotation marks inside an unquoted cell are kept', async () => {
  const rows = await rowsOf(Buffer.from('Name,Screen\nA 24" monitor,5\'4"\n'), [7], ',')
  assert.deepEqual(rows[1]?.cells, ['A 24" monitor', '5\'4"'])
})

const fileOf = (name: string, bytes: Buffer): SourceFile => ({
  path: '/nonexistent/file',
  name,
  size: bytes.length,
  modifiedAt: new Date(),
  open: () => Readable.from([bytes]),
})

async function exhaust(bytes: Buffer): Promise<void> {
  for await (const found of readFile(fileOf('any.csv', bytes), { asOf: new Date('2026-11-21') })) {
    if (found.format === 'unrecognised') continue
    try {
      for await (const item of (found as Reading).items as AsyncIterable<Item>) assert.ok(item.line > 0)
    } catch (error) {
      assert.ok(error instanceof SourceError)
    }
  }
}

test('no bytes make the reading fail', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 600 }), (bytes) => exhaust(Buffer.from(bytes))),
    { numRuns: 200 },
  )
})

test('no cells under a header that is known make the reading fail', async () => {
  const headers = [
    'Employee ID,Name,Hire date,Termination date,Status,Department',
    'Username,Display name,Last login,Enabled,Groups,Account expires',
    'Device name,Serial number,Encrypted,OS version,Last check-in,Status',
    'Vendor,Service,PHI,BAA,BAA date,BAA expiration',
    'System,Type,RPO (min),RTO,ePHI,Hosting',
  ]
  const value = fc.oneof(
    cell,
    fc.constantFrom(
      'Total',
      '=1+1',
      '1/2/2026',
      '31/31/2026',
      'Never',
      '-',
      '0',
      '9999999999999999999',
      '"',
      'Yes',
      '134381883060000000',
    ),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...headers), fc.array(fc.array(value, { maxLength: 8 })), (header, rows) =>
      exhaust(Buffer.from([header, ...rows.map((row) => row.join(','))].join('\n'))),
    ),
    { numRuns: 200 },
  )
})

test('a table of very many columns is refused at once', async () => {
  const found = []
  const bytes = Buffer.from(`${Array.from({ length: 150_000 }, () => 'Name').join(',')}\n`)
  for await (const one of readFile(fileOf('wide.csv', bytes), { asOf: new Date('2026-11-21') })) found.push(one)
  assert.match((found[0] as { reason: string }).reason, /more than 2000 columns/)
})

test('a file that cannot be opened is refused', async () => {
  const found = []
  const file: SourceFile = {
    ...fileOf('gone.csv', Buffer.alloc(0)),
    open: () => createReadStream('/nonexistent/gone.csv'),
  }
  for await (const one of readFile(file, { asOf: new Date('2026-11-21') })) found.push(one)
  assert.match((found[0] as { reason: string }).reason, /cannot be opened \(ENOENT\)/)
})
