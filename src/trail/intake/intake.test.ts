import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { openKeyFile } from '#platform/keys.ts'
import type { TrailLog } from '../log/log.ts'
import { openTrailLog } from '../log/trail-log.ts'
import { noAccess } from '../model/access.ts'
import { Batch, type Gathered } from './batch.ts'
import { type Durable, Intake } from './intake.ts'
import { Seen } from './seen.ts'

const seed = Buffer.alloc(16, 7)
const now = Date.UTC(2026, 10, 20)
const cannotLimit = spawnSync('prlimit', ['--version']).status !== 0 && 'no prlimit on this machine'

async function begin(t: TestContext) {
  const folder = await mkdtemp(join(tmpdir(), 'vigil-intake-'))
  const keys = await openKeyFile(folder)
  const log = await openTrailLog(join(folder, 'log'), { keys, origin: 'vigil.test/intake' })
  t.after(async () => {
    await log.close()
    await rm(folder, { recursive: true, force: true })
  })
  const followed: Durable[] = []
  const intake = new Intake(log, await Seen.open(join(folder, 'seen')), (durable) => followed.push(durable))
  return { log, intake, followed }
}

/** A batch of accesses with these identifiers, of a day each. */
function batchOf(events: readonly string[], source = 'EHR', raw = ''): Gathered {
  const batch = new Batch(source, seed)
  for (const event of events) {
    const at = now - (event.length % 3) * 86_400_000
    batch.takeAccesses(Buffer.from(`${event} ${raw}`), [{ ...noAccess, at, user: 'ahansen', patient: 'P-1', event }])
  }
  return batch.done()
}

async function linesIn(log: TrailLog): Promise<string[]> {
  const lines: string[] = []
  for await (const { lines: bytes, lineEnds, count } of log.read(0)) {
    for (let at = 0; at < count; at += 1) lines.push(bytes.toString('utf8', lineEnds[at - 1] ?? 0, lineEnds[at]))
  }
  return lines.map((line) => `${line.split('\t')[16]} ${line.split('\t')[14]}`)
}

test('what comes twice is taken once: in one batch, in batches that are written together, and later', async (t) => {
  const { log, intake, followed } = await begin(t)
  const together = await Promise.all([
    intake.commit(batchOf(['a', 'b', 'a']), now),
    intake.commit(batchOf(['b', 'cc']), now),
    intake.commit(batchOf(['a', 'cc']), now),
  ])
  assert.deepEqual(together, [
    { accepted: 2, duplicates: 1 },
    { accepted: 1, duplicates: 1 },
    { accepted: 0, duplicates: 2 },
  ])
  assert.deepEqual(await intake.commit(batchOf(['cc', 'ddd', 'a']), now), { accepted: 1, duplicates: 2 })
  assert.deepEqual(await linesIn(log), ['EHR a', 'EHR b', 'EHR cc', 'EHR ddd'])
  // Whoever follows is told of each line once, and of where it stands.
  const told = followed.flatMap(({ first, told }) =>
    Array.from({ length: told.rows }, (_, row) => first + (told.line[row] ?? 0)),
  )
  assert.deepEqual(
    told.toSorted((a, b) => a - b),
    [0, 1, 2, 3],
  )
})

test('sources that send at the same time keep their own messages, each once', async (t) => {
  const { log, intake } = await begin(t)
  const names = ['EHR', 'PACS', 'LAB']
  const batches = Array.from({ length: 30 }, (_, at) => ({
    source: names[at % 3] ?? '',
    events: Array.from(
      { length: 20 },
      (_, event) => `e${(Math.floor(at / 3) * 15 + event).toString().padStart(3, '0')}`,
    ),
  }))
  const accepted = await Promise.all(batches.map(({ source, events }) => intake.commit(batchOf(events, source), now)))
  const lines = await linesIn(log)
  const expected = new Set(batches.flatMap(({ source, events }) => events.map((event) => `${source} ${event}`)))
  assert.equal(lines.length, expected.size)
  assert.deepEqual(new Set(lines), expected)
  assert.equal(
    accepted.reduce((sum, each) => sum + each.accepted, 0),
    expected.size,
  )
  assert.equal(
    accepted.reduce((sum, each) => sum + each.accepted + each.duplicates, 0),
    600,
  )
})

test('what could not be written is refused, with what repeats it, and is no duplicate when it comes again', {
  skip: cannotLimit,
}, async (t) => {
  const limit = (bytes: number | 'unlimited') =>
    execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
  const ignore = () => undefined
  process.on('SIGXFSZ', ignore)
  t.after(() => {
    limit('unlimited')
    process.off('SIGXFSZ', ignore)
  })
  const { log, intake, followed } = await begin(t)
  await intake.commit(batchOf(['a']), now)
  limit(4_096)
  const large = randomBytes(40_000).toString('base64')
  const both = await Promise.allSettled([
    intake.commit(batchOf(['b'], 'EHR', large), now),
    intake.commit(batchOf(['b']), now),
    intake.commit(batchOf(['a']), now),
  ])
  assert.deepEqual(
    both.map(({ status }) => status),
    ['rejected', 'rejected', 'fulfilled'],
  )
  limit('unlimited')
  assert.deepEqual(await intake.commit(batchOf(['b', 'a']), now), { accepted: 1, duplicates: 1 })
  assert.deepEqual(await linesIn(log), ['EHR a', 'EHR b'])
  assert.equal(
    followed.reduce((sum, { told }) => sum + told.lines, 0),
    2,
  )
})
