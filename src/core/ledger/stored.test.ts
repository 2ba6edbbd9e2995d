import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
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
  assert.deepEqual(await verifyAfter(), { logs: 2, entries: 8, broken: undefined })
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
