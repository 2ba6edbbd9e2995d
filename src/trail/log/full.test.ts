import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { test } from 'node:test'
import { linesOf, makeDirectory, origin, readAll, recordsOf } from './testing.ts'
import { openTrailLog } from './trail-log.ts'
import { verifyLog } from './verify.ts'

const cannotLimit = spawnSync('prlimit', ['--version']).status !== 0 && 'no prlimit on this machine'
const now = Date.UTC(2026, 10, 22)

/** No file of this process may grow beyond so many bytes: writing fails as on a full disk. */
function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`])
}

test('a full disk refuses what it has no room for, keeps what it acknowledged, and goes on when there is room', {
  skip: cannotLimit,
}, async (t) => {
  // Its own signal would end the process.
  const ignore = () => undefined
  process.on('SIGXFSZ', ignore)
  t.after(() => {
    limitFiles('unlimited')
    process.off('SIGXFSZ', ignore)
  })
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  const expected: string[] = []
  for (const limit of [200_000, 700_000, 1_500_000, 2_600_000, 5_000_000]) {
    limitFiles(limit)
    let refused = 0
    for (let i = 0; i < 60; i += 1) {
      // What does not compress, in amounts for the tail and for blocks.
      const size = i % 5 === 0 ? 300_000 : 30_000
      const records = recordsOf([randomBytes(size), randomBytes(10)], [randomBytes(20)], [0, 0])
      const outcomes = await Promise.allSettled([log.append(records, now), log.append(records, now)])
      for (const outcome of outcomes) {
        if (outcome.status === 'fulfilled') {
          assert.equal(outcome.value.first, expected.length)
          expected.push(...linesOf(records).map(({ line }) => line))
        } else {
          refused += 1
          assert.equal((outcome.reason as { code?: string }).code, 'trail-log-full')
          assert.equal((outcome.reason as { kind?: string }).kind, 'unavailable')
        }
      }
    }
    assert.ok(refused > 0, `limit ${limit}`)
    assert.equal(log.size, expected.length)
  }
  limitFiles('unlimited')
  await log.append(recordsOf([Buffer.from('last')], [Buffer.alloc(0)], [0]), now)
  const lines = (await readAll(log)).map(({ line }) => line)
  assert.ok(lines.length === expected.length + 1 && expected.every((line, i) => line === lines[i]))
  await log.close()
  assert.deepEqual(await verifyLog(directory, { keys }), { isIntact: true, size: lines.length, problem: undefined })
})
