import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { test } from 'node:test'
import { sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import type { FactKind, FactRow, Item, Reading } from './facts.ts'
import { factKinds } from './facts.ts'
import { sourceName } from './model.ts'
import { type IntakeResult, takeIn } from './service.ts'
import { factColumns } from './store.ts'

const place = await openTestDatabase()

interface Drop {
  name?: string
  complete?: boolean
  content?: string
  modifiedAt?: Date
  now?: Date
  collectedAt?: Date
}

/** Takes rows in as one file would bring them. */
async function drop<K extends FactKind>(
  organisation: number,
  kind: K,
  rows: readonly (FactRow<K> | { reject: string })[],
  { name = 'list.csv', complete = true, content, modifiedAt, now, collectedAt }: Drop = {},
): Promise<IntakeResult> {
  const items = async function* (): AsyncGenerator<Item> {
    let line = 1
    for (const row of rows) {
      line += 1
      if ('reject' in row) yield { kind: 'reject', line, reason: String(row.reject) }
      else yield { kind, line, row } as Item
    }
  }
  const reading: Reading = {
    format: 'test-list',
    kinds: [kind],
    basis: 'stated',
    complete,
    columns: [],
    items: items(),
    ...(collectedAt ? { collectedAt } : {}),
  }
  const digest = createHash('sha256')
    .update(content ?? JSON.stringify(rows))
    .digest()
  const at = now ?? new Date('2026-11-02T12:00:00Z')
  return asTester(
    place.database,
    organisation,
    (context) => takeIn(context, { name, channel: 'file', digest, modifiedAt: modifiedAt ?? at }, reading),
    at,
  )
}

async function listPeople(organisation: number): Promise<readonly string[]> {
  return asTester(place.database, organisation, async ({ db }) => {
    const { rows } = await sql<{ name: string }>`
      select display_name as name from person_fact where absent_from is null order by 1`.execute(db)
    return rows.map(({ name }) => name)
  })
}

const ann = { employeeNumber: '1', displayName: 'Ann Archer' }
const bob = { employeeNumber: '2', displayName: 'Bob Baker' }

test('reading the same file again changes nothing', async () => {
  const clinic = await place.newOrganisation()
  assert.equal((await drop(clinic, 'person', [ann, bob])).added, 2)
  const again = await drop(clinic, 'person', [ann, bob])
  assert.equal(again.state, 'unchanged')
  assert.deepEqual(await listPeople(clinic), ['Ann Archer', 'Bob Baker'])
})

test('a row missing from a complete list ends, one missing from a partial list does not', async () => {
  const clinic = await place.newOrganisation()
  await drop(clinic, 'person', [ann, bob])
  assert.equal((await drop(clinic, 'person', [ann], { complete: false })).ended, 0)
  assert.deepEqual(await listPeople(clinic), ['Ann Archer', 'Bob Baker'])
  assert.equal((await drop(clinic, 'person', [ann], { content: 'the next month' })).ended, 1)
  assert.deepEqual(await listPeople(clinic), ['Ann Archer'])
})

test('a list with a row that could not be read ends nothing: it may be the one that is missing', async () => {
  const clinic = await place.newOrganisation()
  await drop(clinic, 'person', [ann, bob])
  const result = await drop(clinic, 'person', [ann, { reject: 'the hire date is not a date' }])
  assert.equal(result.rejectCount, 1)
  assert.equal(result.ended, 0)
  assert.deepEqual(result.rejects, [{ line: 3, reason: 'the hire date is not a date' }])
})

test('an older file does not overwrite what a newer one said', async () => {
  const clinic = await place.newOrganisation()
  await drop(clinic, 'person', [ann], { modifiedAt: new Date('2026-11-01T00:00:00Z') })
  const older = await drop(clinic, 'person', [bob], { modifiedAt: new Date('2026-10-01T00:00:00Z') })
  assert.equal(older.state, 'superseded')
  assert.deepEqual(await listPeople(clinic), ['Ann Archer'])
})

test('the date inside a file wins over its own time, and none is later than the moment judged as of', async () => {
  const clinic = await place.newOrganisation()
  const inside = new Date('2026-10-20T00:00:00Z')
  assert.deepEqual((await drop(clinic, 'person', [ann], { collectedAt: inside })).collectedAt, inside)
  const now = new Date('2026-11-02T12:00:00Z')
  const future = await drop(clinic, 'person', [bob], { name: 'other.csv', modifiedAt: new Date('2027-01-01'), now })
  assert.deepEqual(future.collectedAt, now)
})

test('a row that repeats another is a reject that names the first, and of two rows about a person who is here, that one wins', async () => {
  const clinic = await place.newOrganisation()
  const left = { ...ann, displayName: 'Ann (left)', leftOn: '2024-05-01', hiredOn: '2020-01-01' }
  const back = { ...ann, displayName: 'Ann (back)', hiredOn: '2025-05-01' }
  const result = await drop(clinic, 'person', [left, back, bob])
  assert.deepEqual(result.rejects, [{ line: 2, reason: 'repeats what line 3 is told by (employee number)' }])
  assert.deepEqual(await listPeople(clinic), ['Ann (back)', 'Bob Baker'])
})

test('text that PostgreSQL or a spreadsheet would trip over is kept as it is, but for NUL', async () => {
  const clinic = await place.newOrganisation()
  const name = '=HYPERLINK("x")\t\\N {"a","b"}\n\u2028ü'
  await drop(clinic, 'person', [{ employeeNumber: '9', displayName: `${name}\0` }])
  assert.deepEqual(await listPeople(clinic), [name])
})

test('a row that nothing tells from others, and a day that is none, are rejects with their reason', async () => {
  const clinic = await place.newOrganisation()
  const result = await drop(clinic, 'person', [{ title: 'Nurse' }, { employeeNumber: '3', hiredOn: '2026-02-31' }, ann])
  assert.deepEqual(
    result.rejects.map(({ line }) => line),
    [2, 3],
  )
  assert.deepEqual(await listPeople(clinic), ['Ann Archer'])
})

test('a reading that fails in the middle leaves nothing behind', async () => {
  const clinic = await place.newOrganisation()
  const broken: Reading = {
    format: 'test-list',
    kinds: ['person'],
    basis: 'stated',
    complete: true,
    columns: [],
    items: (async function* (): AsyncGenerator<Item> {
      yield { kind: 'person', line: 2, row: ann }
      throw new Error('the disk went away')
    })(),
  }
  await assert.rejects(
    asTester(place.database, clinic, (context) =>
      takeIn(context, { name: 'a.csv', channel: 'file', digest: undefined, modifiedAt: new Date() }, broken),
    ),
    /the disk went away/,
  )
  assert.deepEqual(await listPeople(clinic), [])
})

test('the fact tables have exactly the columns of the catalogue', async () => {
  const rows = await place.database.asOwner(
    async (client) =>
      (
        await client.query<{ table_name: string; column_name: string }>(
          `select table_name, column_name from information_schema.columns where table_schema = 'vigil' and is_generated = 'NEVER'`,
        )
      ).rows,
  )
  const own = new Set(
    'id organisation_id source_id key line run_id present_from absent_from person_id account_id device_id system_id vendor_id product_id'.split(
      ' ',
    ),
  )
  for (const kind of Object.keys(factKinds) as FactKind[]) {
    const found = rows.filter(({ table_name }) => table_name === `${kind}_fact`).map(({ column_name }) => column_name)
    const wanted = factColumns(kind).map(({ column }) => column)
    assert.deepEqual(found.filter((column) => !own.has(column)).sort(), [...wanted].sort(), kind)
  }
})

test('next month’s file is known as the same source by its name without the date', () => {
  for (const [path, name] of [
    ['staff-2026-11-02.csv', 'staff.csv'],
    ['HR/Staff list 11-02-2026.xlsx', 'HR/Staff list.xlsx'],
    ['export_20261102.csv', 'export.csv'],
    ['users Nov 2026.csv', 'users.csv'],
    ['users (1).csv', 'users.csv'],
    ['part 1.csv', 'part 1.csv'],
    ['2026-11-02.csv', '2026-11-02.csv'],
    ['photocopy.csv', 'photocopy.csv'],
  ] as const) {
    assert.equal(sourceName(path, undefined), name)
  }
  assert.equal(sourceName('a.xlsx', 'Devices'), 'a.xlsx / Devices')
})
