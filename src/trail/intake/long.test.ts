import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { type OpenTrail, openTrail } from '../engine.ts'
import { recordsOf } from '../log/testing.ts'
import { openTrailLog } from '../log/trail-log.ts'
import { maxFieldLength, noAccess, writeAccess } from '../model/access.ts'
import { unknownWorker, writeKnown } from '../model/relation.ts'
import { deriveSecrets } from './beside.ts'

const at = Date.UTC(2026, 10, 19, 10)
const long = 'x'.repeat(1_100_000)

async function makeTrail(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-long-'))
  t.after(() => rm(folder, { recursive: true, force: true }))
  const keys = await openKeyFile(folder)
  const directory = join(folder, 'trail')
  const options = { directory, keys, organisationId: 1, zone: 'UTC', clock: () => new Date('2026-11-20T12:00:00Z') }
  return { keys, directory, open: () => openTrail(options) }
}

async function* bytesOf(value: object) {
  yield Buffer.from(JSON.stringify(value))
}

async function departmentsOf(trail: OpenTrail): Promise<number[]> {
  const lengths: number[] = []
  const { accesses } = await trail.who({ by: 'patient', id: 'P-1' })
  for await (const { department } of accesses) lengths.push(department.length)
  return lengths
}

const eventOf = (id: string, display: string) => ({
  resourceType: 'AuditEvent',
  id,
  action: 'R',
  recorded: '2026-11-19T10:00:00Z',
  agent: [{ who: { identifier: { value: 'ahansen' } }, requestor: true, location: { display } }],
  entity: [{ what: { reference: 'Patient/P-1' }, role: { code: '1' } }],
})

test('a text of a megabyte in one field harms neither what comes after it nor the trail that is opened again', async (t) => {
  const { open } = await makeTrail(t)
  const trail = await open()
  await trail.import(bytesOf(eventOf('e1', long)), { source: 'EHR' })
  const patient = { resourceType: 'Patient', id: 'P-1', identifier: [{ value: long }], name: [{ text: long }] }
  await trail.import(bytesOf(patient), { source: 'patients' })
  await trail.import(bytesOf(eventOf('e2', 'Ward 4')), { source: 'EHR' })
  assert.deepEqual(await departmentsOf(trail), [6, maxFieldLength])
  // The same message is known again, and a replay comes to the same.
  assert.equal((await trail.import(bytesOf(eventOf('e1', long)), { source: 'EHR' })).duplicates, 1)
  await trail.rebuild()
  assert.deepEqual(await departmentsOf(trail), [6, maxFieldLength])
  await trail.close()
  const again = await open()
  assert.deepEqual(await departmentsOf(again), [6, maxFieldLength])
  await again.close()
})

test('a log that holds a line with such a text already is opened, and answers', async (t) => {
  const { open, directory, keys } = await makeTrail(t)
  const lines = [
    writeAccess({ ...noAccess, at, user: 'ahansen', patient: 'P-1', department: long }, 'EHR'),
    writeKnown({ ...unknownWorker, record: 'worker', login: 'ahansen', person: 'ahansen', name: long }),
  ].map((line) => Buffer.from(line))
  const origin = `vigil/trail/1/${(await deriveSecrets(keys, 1)).origin}`
  const log = await openTrailLog(join(directory, 'log'), { keys, origin })
  await log.append(recordsOf(lines, lines, [0, 1]), at)
  await log.close()
  const trail = await open()
  assert.deepEqual(await departmentsOf(trail), [maxFieldLength])
  await trail.close()
})
