import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { inclusionProof } from '#platform/transparency/merkle.ts'
import { Ledger } from './service.ts'
import { type StoredLogs, verifyStoredLogs } from './store.ts'

const { database, newOrganisation } = await openTestDatabase()
const folder = mkdtempSync(join(tmpdir(), 'vigil-stored-log-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const ledger = new Ledger(await openKeyFile(folder))

const entry = { action: 'test.happen', outcome: 'done', subjects: ['thing:1'], payload: { said: 'something' } } as const
for (const entries of [1, 7]) {
  const organisation = await newOrganisation()
  for (let at = 0; at < entries; at += 1) {
    await asTester(database, organisation, (context) => ledger.append(context, [entry]))
  }
}

const many = await newOrganisation('Many')
const sizes = [1, 254, 1, 1, 300, 700, 1, 90]
for (const number of sizes) {
  await asTester(database, many, (context) =>
    ledger.append(
      context,
      Array.from({ length: number }, () => entry),
    ),
  )
}
const manyEntries = sizes.reduce((sum, number) => sum + number, 0)

/** Verifies after a change that only the database's owner can make, and takes the change back. */
async function verifyAfter(...statements: readonly string[]): Promise<StoredLogs> {
  return database.asOwner(async (client) => {
    await client.query('begin; set local row_security = off; set local session_replication_role = replica')
    for (const statement of statements) await client.query(statement)
    const verified = await verifyStoredLogs(client)
    await client.query('rollback')
    return verified
  })
}

test('logs as they were appended hold together', async () => {
  assert.deepEqual(await verifyAfter(), { logs: 3, entries: 8 + manyEntries, broken: undefined })
})

test('whatever somebody changes of a stored log is found', async () => {
  for (const [what, statement, says] of [
    ['a line', `update ledger_entry set line = replace(line, 'done', 'refused') where seq = 3`, /^entry 3 is not what/],
    [
      'a line with its leaf hash',
      `update ledger_entry set line = 'x', leaf_hash = sha256('\\x0078') where seq = 3`,
      /^its entries are not those/,
    ],
    ['an entry cut out', 'delete from ledger_entry where seq = 2', /^entry 2 is missing/],
    ['the last entry cut off', 'delete from ledger_entry where seq = 6', /^it has 6 entries and should have 7/],
    [
      'the newest checkpoint cut off',
      'delete from ledger_checkpoint where size = 7',
      /^its newest checkpoint was signed/,
    ],
    ['all checkpoints', 'delete from ledger_checkpoint', /^no checkpoint/],
    [
      'a checkpoint rewritten',
      `update ledger_checkpoint set note = 'x' where size = 7`,
      /^its newest checkpoint cannot/,
    ],
    [
      'the hash kept over some entries',
      `update ledger_subtree set hash = sha256(hash) where place = 2`,
      /^the hash kept over the entries 512 to 767 is not theirs/,
    ],
    ['the log itself', 'delete from ledger_log', /^there are entries without a log/],
  ] as const) {
    const { broken } = await verifyAfter(statement)
    assert.match(broken ?? 'nothing', says, what)
  }
})

test('a log that was cut back with its size and checkpoint is not the one that its tree was grown from', async () => {
  const { broken } = await verifyAfter(
    'delete from ledger_entry where seq = 6',
    'delete from ledger_checkpoint where size = 7',
    'update ledger_log set size = 6 where size = 7',
  )
  assert.match(broken ?? 'nothing', /^its entries are not those/)
})

/** The path of an entry, from all leaf hashes. */
async function pathFromLeaves(seq: number, size: number): Promise<readonly string[]> {
  const leaves = await database.asOwner(async (client) => {
    const { rows } = await client.query<{ hash: Buffer }>(
      'select leaf_hash as hash from ledger_entry where organisation_id = $1 order by seq',
      [many],
    )
    return rows.map(({ hash }) => hash)
  })
  return inclusionProof(seq, size, leaves).map((hash) => hash.toString('base64'))
}

const pathShown = (seq: number) =>
  asTester(database, many, async (context) => (await ledger.show(context, { seq })).proof.path)
const someEntries = [0, 1, 254, 255, 256, 257, 511, 512, 1_023, 1_024, manyEntries - 1]

test('an entry is proved from the hashes that are kept as from all its log', async () => {
  const kept = await database.asOwner((client) =>
    client.query('select level, place from ledger_subtree where organisation_id = $1 order by 1, 2', [many]),
  )
  assert.deepEqual(
    kept.rows,
    Array.from({ length: Math.floor(manyEntries / 256) }, (_, place) => ({ level: 1, place })),
  )
  for (const seq of someEntries)
    assert.deepEqual(await pathShown(seq), await pathFromLeaves(seq, manyEntries), `${seq}`)
})

test('a hash that was changed or lost leads nobody astray, also when more is appended to it', async () => {
  const alter = (statement: string) => database.asOwner((client) => client.query(statement))
  await alter(`update ledger_subtree set hash = sha256(hash) where place = 1`)
  for (const seq of someEntries)
    assert.deepEqual(await pathShown(seq), await pathFromLeaves(seq, manyEntries), `${seq}`)
  await alter(`delete from ledger_subtree`)
  for (const seq of someEntries)
    assert.deepEqual(await pathShown(seq), await pathFromLeaves(seq, manyEntries), `${seq}`)
  await asTester(database, many, (context) =>
    ledger.append(
      context,
      Array.from({ length: 500 }, () => entry),
    ),
  )
  const size = manyEntries + 500
  for (const seq of [...someEntries, size - 1]) assert.deepEqual(await pathShown(seq), await pathFromLeaves(seq, size))
  assert.equal((await verifyAfter()).broken, undefined)
})

test('logs of before are given the hashes by the migration, the same ones', async () => {
  const migration = readFileSync(join(import.meta.dirname, '../../../migrations/0011-evidence.sql'), 'utf8')
  const filling = /create function root_of_hashes.*?\nend \$\$;\n.*?end \$\$;/s.exec(migration)?.[0]
  assert.ok(filling)
  await asTester(database, many, (context) =>
    ledger.append(
      context,
      Array.from({ length: 66_000 }, () => entry),
    ),
  )
  const read = async () =>
    database.asOwner(async (client) => {
      const { rows } = await client.query('select * from ledger_subtree order by organisation_id, level, place')
      return rows
    })
  await database.asOwner((client) => client.query(`delete from ledger_subtree`))
  await database.asOwner((client) => client.query(filling))
  const filled = await read()
  assert.equal(filled.filter(({ level }) => level === 2).length, 1)
  assert.equal((await verifyAfter()).broken, undefined)
  for (const seq of [0, 65_535, 65_536, 66_500]) {
    assert.deepEqual(await pathShown(seq), await pathFromLeaves(seq, manyEntries + 500 + 66_000), `${seq}`)
  }
})
