import assert from 'node:assert/strict'
import { readdir, readFile, truncate } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { writeLists } from '../../../../test/support/populated.ts'
import { openTestServer } from '../../../../test/support/server.ts'
import { reachTrail } from './reach.ts'
import { type Access, must, openWard, tableOf } from './testing.ts'

const server = await openTestServer()
await writeLists(server.services.database)
const { organisationId, auditor } = await openWard(server)
const administrator = await server.member(organisationId, ['administrator'])
const folder = join(server.services.dataDirectory, 'trail-uploads')

const secret = 'P-4711-Quistorp'

/** Hands in a file of so many accesses, the first of them to a patient nobody else is to read of; gives its job. */
async function bring(rows: number): Promise<number> {
  const accesses = Array.from({ length: rows }, (_, row): Access => {
    const minute = String(row % 60).padStart(2, '0')
    return [`2026-10-${(row % 28) + 1} 08:${minute}`, `nurse.${row}`, row === 0 ? secret : `P-${row}`]
  })
  const sent = await administrator.call('POST', '/trail/files?source=Archive&format=csv', undefined, {
    raw: tableOf(accesses),
  })
  assert.equal(sent.status, 200, JSON.stringify(sent.body))
  return (sent.body as { jobId: number }).jobId
}

const endOf = (jobId: number) =>
  must<{ state: string; result: { accepted: number } | null; failure: { code: string } | null }>(
    auditor,
    'GET',
    `/jobs/${jobId}`,
  )

test('files wait sealed for their jobs; one is read whole, one that was cut off where it lay is refused, and nothing is left', async () => {
  // No job runs before it is asked for the first time.
  const cutId = await bring(4_000)
  const [cut = ''] = (await readdir(folder)).filter((one) => !one.endsWith('.said'))
  // Between two of its pieces, so that all that is left is good.
  const headerBytes = 22 + (await readFile(join(folder, cut))).readUInt16BE(20)
  await truncate(join(folder, cut), headerBytes + 65_536 + 16)
  const wholeId = await bring(70_000)
  const names = await readdir(folder)
  assert.equal(names.length, 4)
  for (const name of names) {
    const bytes = await readFile(join(folder, name))
    for (const word of [secret, 'Patient ID', 'nurse.', 'Archive']) assert.ok(!bytes.includes(word), word)
  }
  await server.runJobs(organisationId)
  const [broken, whole] = [await endOf(cutId), await endOf(wholeId)]
  assert.deepEqual([broken.state, broken.failure?.code], ['failed', 'trail-upload-damaged'])
  assert.equal(whole.state, 'done')
  const { total } = await reachTrail({ services: server.services, organisationId }).who({
    by: 'patient',
    id: 'P-69999',
  })
  assert.equal(total, 1)
  assert.deepEqual(await readdir(folder), [])
})
