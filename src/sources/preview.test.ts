import assert from 'node:assert/strict'
import { createReadStream, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { after, test } from 'node:test'
import { sourceName } from '#core/intake/model.ts'
import { writeSample } from '../sample/index.ts'
import { localFile, readFile, type SourceFile, tooLongToShow } from './file.ts'
import { type Preview, previewFile } from './preview.ts'

const folder = mkdtempSync(join(tmpdir(), 'vigil-preview-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const asOf = new Date('2026-11-02T12:00:00Z')

function write(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

/** A file that counts the bytes that are read of it. */
async function counted(path: string): Promise<SourceFile & { readonly read: () => number }> {
  let read = 0
  const file = await localFile(path)
  return {
    ...file,
    read: () => read,
    open: () =>
      createReadStream(path, { highWaterMark: 256 * 1024 }).on('data', (chunk) => {
        read += chunk.length
      }),
  }
}

async function preview(path: string): Promise<Preview & { readonly read: number }> {
  const file = await counted(path)
  const shown = await previewFile(file, { name: basename(path), mapping: undefined, asOf })
  return { ...shown, read: file.read() }
}

const header = 'Employee Number,Name,Work Email,Job Title,Department,Employment Status,Hire Date\n'
const person = (at: number) => `${1000 + at},Person ${at},p${at}@clinic.example,Nurse,Nursing,Active,2019-04-01\n`
const people = (count: number) => header + Array.from({ length: count }, (_, at) => person(at)).join('')

test('of a file of any length only the beginning is read', async () => {
  const path = write('staff.csv', people(100_000))
  truncateSync(path, 10 * 1024 ** 3)
  const { parts, read } = await preview(path)
  assert.equal(parts[0]?.format, 'staff-list')
  assert.equal(parts[0]?.rows.length, 20)
  assert.ok(read < 4 * 1024 * 1024, `${read} bytes were read`)
})

test('each sheet of a workbook is shown as a part of its own', async () => {
  const directory = join(folder, 'clinic')
  const { files } = await writeSample({ size: 'clinic', seed: 3, directory })
  const binder = files.find((name) => name.endsWith('.xlsx'))
  assert.ok(binder)
  const { parts, state } = await preview(join(directory, binder))
  assert.equal(state, 'recognised')
  assert.ok(parts.length > 1)
  for (const part of parts) {
    assert.equal(part.source, `${sourceName(binder, undefined)} / ${part.part}`)
    for (const row of part.rows) assert.ok(row.cells && row.cells.length > 0)
  }
})

test('zip bomb: a workbook that takes long is given up, and says that only its import can tell', async () => {
  const directory = join(folder, 'slow')
  const { files } = await writeSample({ size: 'clinic', seed: 3, directory })
  const file = await localFile(join(directory, files.find((name) => name.endsWith('.xlsx')) ?? ''))
  const reasons: string[] = []
  for await (const reading of readFile(file, { asOf, signal: AbortSignal.abort() })) {
    assert.ok('reason' in reading)
    reasons.push(reading.reason)
  }
  assert.deepEqual(reasons, [tooLongToShow])
})

test('a directory’s export shows what its entries say, without cells', async () => {
  const entry = (at: number) =>
    `dn: uid=p${at},dc=clinic\nobjectClass: inetOrgPerson\nuid: p${at}\ncn: P ${at}\nsn: P\n\n`
  const { parts } = await preview(write('clinic.ldif', `version: 1\n\n${entry(1)}${entry(2)}`))
  assert.equal(parts[0]?.format, 'ldif')
  assert.equal(parts[0]?.rows[0]?.cells, null)
  assert.equal(parts[0]?.rows[0]?.understood?.['username'], 'p1')
})

test('a directory’s export that is very long is shown by its first entries', async () => {
  const entry = (at: number) =>
    `dn: uid=p${at},dc=clinic\nobjectClass: inetOrgPerson\nuid: p${at}\ncn: P ${at}\nsn: P\ndescription: ${'x'.repeat(500)}\n\n`
  const path = write('long.ldif', Array.from({ length: 40_000 }, (_, at) => entry(at)).join(''))
  const { parts, read } = await preview(path)
  assert.equal(parts[0]?.rows.length, 20)
  assert.equal(parts[0]?.rows[0]?.reason, null)
  assert.ok(read <= 17.5 * 1024 * 1024, `${read} bytes were read`)
})

test('an inventory that is very long says that it is shown only once it is imported', async () => {
  const component = { type: 'library', name: 'openssl', version: '3.0.2', description: 'x'.repeat(1_000) }
  const components = Array.from({ length: 10_000 }, (_, at) => ({ ...component, version: `3.0.${at}` }))
  const path = write('host.cdx.json', JSON.stringify({ bomFormat: 'CycloneDX', specVersion: '1.5', components }))
  const { state, parts } = await preview(path)
  assert.equal(state, 'too-long')
  assert.match(parts[0]?.reason ?? '', /import it to read all of it/)
})

test('long texts and wide tables are cut, so that an answer stays small', async () => {
  const wide = Array.from({ length: 1_500 }, (_, at) => `Column ${at}`).join(',')
  const values = Array.from({ length: 1_500 }, () => 'x').join(',')
  const long = `😀${'y'.repeat(197)}😀${'z'.repeat(50_000)}`
  const path = write(
    'wide.csv',
    `Employee Number,Name,Hire Date,Job Title,Department,${wide}\n1,${long},2020-01-01,a,b,${values}\n`,
  )
  const { parts } = await preview(path)
  const row = parts[0]?.rows[0]
  assert.equal(parts[0]?.columns.length, 300)
  assert.equal(row?.cells?.length, 300)
  assert.equal(row?.cells?.[1]?.length, 200)
  assert.ok(row?.cells?.[1]?.isWellFormed())
  const texts = Array.from({ length: 1_500 }, () => 'x'.repeat(500)).join(',')
  const rows = Array.from({ length: 40 }, (_, at) => `${at},Ann ${at},2020-01-01,a,b,${texts}\n`).join('')
  const large = await preview(
    write('large.csv', `Employee Number,Name,Hire Date,Job Title,Department,${wide}\n${rows}`),
  )
  assert.ok(large.parts[0]?.rows.length)
  assert.ok(JSON.stringify(large.parts).length < 200_000)
})

test('a file that is nothing of ours says why, and what to do', async () => {
  const cases: readonly (readonly [content: string | Uint8Array, reason: RegExp])[] = [
    ['', /./],
    ['%PDF-1.7\n', /PDF/],
    [Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 0]), /./],
    ['{"a": 1}', /./],
    ['"never closed\n'.repeat(3), /./],
  ]
  for (const [at, [content, reason]] of cases.entries()) {
    const { state, parts } = await preview(write(`odd-${at}`, content))
    assert.equal(state, 'unrecognised', `case ${at}`)
    assert.match(parts[0]?.reason ?? '', reason, `case ${at}`)
  }
})

test('a file that went away is said to be gone, and is no defect', async () => {
  const path = write('gone.csv', people(2))
  const file = await localFile(path)
  rmSync(path)
  const { state, parts } = await previewFile(file, { name: 'gone.csv', mapping: undefined, asOf })
  assert.equal(state, 'unrecognised')
  assert.match(parts[0]?.reason ?? '', /cannot be opened/)
})

test('a file that is to be ignored is not read', async () => {
  const file = await counted(write('ignored.csv', people(2)))
  const shown = await previewFile(file, { name: 'ignored.csv', mapping: { ignore: true }, asOf })
  assert.deepEqual(shown, { state: 'ignored', parts: [], hasMore: false })
  assert.equal(file.read(), 0)
})
