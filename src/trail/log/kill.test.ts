import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { makeDirectory, origin, readAll } from './testing.ts'
import { openTrailLog } from './trail-log.ts'
import { verifyLog } from './verify.ts'

const rounds = process.env['VIGIL_LONG'] ? 200 : 20
const begin = Date.UTC(2026, 0, 1)
const day = 86_400_000

interface Acknowledged {
  readonly first: number
  readonly count: number
  readonly tag: string
}

/** Runs the child, and kills it so long after it has begun to write. */
async function runAndKill(directory: string, round: number, afterMs: number): Promise<Acknowledged[]> {
  const time = String(begin + round * 10 * day)
  const args = [join(import.meta.dirname, 'kill-child.ts'), dirname(directory), directory, String(round), time]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  const acknowledged: Acknowledged[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === 'ready') setTimeout(() => child.kill('SIGKILL'), afterMs)
    else {
      const [first, count, tag] = line.split(' ')
      // The last line may have been cut short.
      if (tag !== undefined && /^\d+\.\d+$/.test(tag))
        acknowledged.push({ first: Number(first), count: Number(count), tag })
    }
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL')
  return acknowledged
}

test(`after each of ${rounds} kills at any instant, every acknowledged line is there, once`, async (t) => {
  const { directory, keys } = await makeDirectory(t)
  let seed = 20261122
  const random = () => {
    seed = (Math.imul(seed, 1664525) + 1013904223) >>> 0
    return seed / 2 ** 32
  }
  let sizeBefore = 0
  let all = 0
  let acknowledged: Acknowledged[] = []
  for (let round = 0; round < rounds; round += 1) {
    acknowledged.push(...(await runAndKill(directory, round, random() ** 2 * 200)))
    // Every other time the next child finds the log as the kill has left it.
    if (round % 2 === 0) continue
    if (round % 4 === 1) {
      const { problem = '' } = await verifyLog(directory, { keys })
      // What a destruction that was cut short has left is reported until the log is opened again.
      assert.match(problem, /^$|of a destroyed month.* is still there/, `round ${round}`)
    }
    const log = await openTrailLog(directory, { keys, origin })
    const last = acknowledged.reduce((end, { first, count }) => Math.max(end, first + count), 0)
    assert.ok(log.size >= last && log.size >= sizeBefore)
    const lines = await readAll(log, sizeBefore)
    const start = log.size - lines.length
    const seen = new Set(lines.map(({ line }) => line.split(' ', 2).join(' ')))
    assert.equal(seen.size, lines.length)
    for (const { first, count, tag } of acknowledged) {
      for (let i = 0; i < count; i += 1) assert.ok(lines[first + i - start]?.line.startsWith(`${tag} ${i} `), tag)
    }
    all += acknowledged.length
    acknowledged = []
    sizeBefore = log.size
    await log.close()
  }
  assert.ok(all > rounds)
  assert.equal((await verifyLog(directory, { keys })).problem, undefined)
})
