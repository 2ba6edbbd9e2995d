import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import { type OpenTrail, openTrail } from '../engine.ts'
import type { ImportProgress } from '../trail.ts'

const folder = await mkdtemp(join(tmpdir(), 'vigil-apart-'))
after(() => rm(folder, { recursive: true, force: true }))
const keys = await openKeyFile(folder)
const clock = () => new Date('2026-11-20T12:00:00Z')
const open = (name: string): Promise<OpenTrail> =>
  openTrail({ directory: join(folder, name), keys, organisationId: 1, zone: 'America/Chicago', clock })

const heading = 'ACCESS_LOG_ID,ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME,WORKSTATION_ID,DEPARTMENT_NAME'
/** Long enough that the file is a large one. */
const metric = 'Chart Review '.repeat(20).trim()
const rows = Array.from({ length: 9_000 }, (_, at) => {
  const time = new Date(Date.UTC(2026, 10, 1) + at * 20_000).toISOString().slice(0, 19).replace('T', ' ')
  return `L${String(at).padStart(10, '0')},${time},U${at % 97},P-${at % 499},${metric},WS-${at % 31},DEPT-${at % 7}`
})

async function* bytesOf(lines: readonly string[]): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(`${[heading, ...lines].join('\n')}\n`)
  for (let from = 0; from < bytes.length; from += 65_000) yield bytes.subarray(from, from + 65_000)
}

async function told(trail: OpenTrail, id: string) {
  const { accesses, total } = await trail.who({ by: 'patient', id })
  const found: unknown[] = []
  for await (const { seq, ...access } of accesses) found.push(access)
  return { total, found }
}

test('a large file that is read in a thread of its own gives what many small ones give', async () => {
  const [large, small] = [await open('large'), await open('small')]
  const seen: ImportProgress[] = []
  const broken = ['L9,no time,U1,P-1,Chart Review,WS-1,DEPT-1', rows[0] ?? '', rows[8_999] ?? '']
  const result = await large.import(bytesOf([...rows, ...broken]), { source: 'EHR' }, (so) => seen.push(so))
  assert.deepEqual([result.format, result.accepted, result.rejected, result.duplicates], ['csv', 9_000, 1, 2])
  assert.deepEqual(result.rejects, [{ where: 9_002, reason: 'The time of this row cannot be read.' }])
  assert.deepEqual(seen.at(-1), { bytes: result.bytes, accepted: 9_000 })
  const [source] = await large.sources()
  assert.deepEqual([source?.accepted, source?.rejected, source?.duplicates], [9_000, 1, 2])
  for (let from = 0; from < rows.length; from += 3_000) {
    await small.import(bytesOf(rows.slice(from, from + 3_000)), { source: 'EHR' })
  }
  for (const id of ['P-0', 'P-1', 'P-498']) assert.deepEqual(await told(large, id), await told(small, id))
  const [one, other] = [await large.state(), await small.state()]
  assert.deepEqual([one.accesses, one.patients, one.users], [other.accesses, other.patients, other.users])
  assert.equal((await large.verify()).isIntact, true)
  await large.close()
  await small.close()
})

test('what is no access log is refused also when it is large', async () => {
  const trail = await open('refused')
  async function* noLog() {
    yield Buffer.from('%PDF-1.7\n')
    for (let at = 0; at < 50; at += 1) yield Buffer.alloc(65_536, 'x')
  }
  await assert.rejects(trail.import(noLog(), { source: 'x' }), {
    code: 'trail-import-unrecognised',
    kind: 'unsupported',
  })
  async function* cutOff() {
    yield* bytesOf(rows)
    throw new Error('The line was cut.')
  }
  await assert.rejects(trail.import(cutOff(), { source: 'x' }), /The line was cut/)
  // What had come whole by then may come again, and the trail goes on.
  const { accepted, duplicates } = await trail.import(bytesOf(rows), { source: 'x' })
  assert.equal(accepted + duplicates, 9_000)
  assert.equal((await trail.state()).accesses, 9_000)
  await trail.close()
})
