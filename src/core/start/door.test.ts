import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { callOf, openServices, runBound } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { start } from './index.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-start-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

interface Shown {
  answers: Record<string, string> | null
  files: { kind: string; arrived: { name: string; collectedAt: string } | null }[]
}
const ask = async (organisation: number, name: string, input = {}, now = new Date('2026-11-02T12:00:00Z')) =>
  callOf(
    services,
    organisation,
    async (call) => {
      const { output, recorded } = await runBound(start, name, call, input)
      return { shown: output as Shown, recorded }
    },
    { now },
  )

const answers = { size: 'under-10', ehr: 'openemr', directory: 'google', it: 'company' }

test('the answers are kept, may be given anew, and are on the ledger', async () => {
  const organisation = await newOrganisation()
  assert.deepEqual((await ask(organisation, 'start.show')).shown, { answers: null, files: [] })
  const first = await ask(organisation, 'start.answer', answers)
  assert.deepEqual(first.recorded, { subjects: [], payload: answers })
  assert.deepEqual(
    first.shown.files.map(({ kind, arrived }) => [kind, arrived]),
    [
      ['person', null],
      ['account', null],
      ['device', null],
    ],
  )
  const other = { ...answers, directory: 'none', it: 'nobody' }
  await ask(organisation, 'start.answer', other)
  const { shown } = await ask(organisation, 'start.show')
  assert.deepEqual(shown.answers, other)
  assert.equal(shown.files[2]?.kind, 'vendor')
  // Nobody else's.
  assert.equal((await ask(await newOrganisation(), 'start.show')).shown.answers, null)
})

test('what is not among the answers is refused', async () => {
  const organisation = await newOrganisation()
  await assert.rejects(ask(organisation, 'start.answer', { ...answers, ehr: 'paper' }))
  await assert.rejects(ask(organisation, 'start.answer', { ...answers, more: 'x' }))
})

test('a file has arrived as long as some source speaks of its kind', async () => {
  const organisation = await newOrganisation()
  await ask(organisation, 'start.answer', answers)
  await asTester(database, organisation, ({ db }) =>
    sql`insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id) values
      ('Payroll', 'file', 'people', '{person}', 'stated', '30 days', '2026-11-01T08:00:00Z', true, 1),
      ('Older payroll', 'file', 'people', '{person}', 'stated', '90 days', '2026-10-01T08:00:00Z', true, 2)`.execute(
      db,
    ),
  )
  const { shown } = await ask(organisation, 'start.show')
  assert.deepEqual(
    shown.files.map(({ arrived }) => arrived),
    [{ name: 'Payroll', collectedAt: '2026-11-01T08:00:00.000Z' }, null, null],
  )
  const lapsed = await ask(organisation, 'start.show', {}, new Date('2027-03-01T12:00:00Z'))
  assert.equal(lapsed.shown.files[0]?.arrived, null)
})
