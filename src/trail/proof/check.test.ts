import assert from 'node:assert/strict'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { OpenTrail } from '../engine.ts'
import { deriveSecrets } from '../intake/beside.ts'
import type { TrailLog } from '../log/log.ts'
import { madeUp } from '../log/testing.ts'
import { openTrailLog } from '../log/trail-log.ts'
import { openTestTrails } from '../testing.ts'
import type { Apart } from './apart.ts'
import { checkTrail } from './check.ts'
import { type CoveringLine, isManifest, manifestLinesOf, type Range, writeManifestLine } from './manifest.ts'

let now = new Date('2020-01-15T12:00:00Z')
const { folder, keys, open: openTrail } = await openTestTrails(() => now)
const { origin, manifests: secret } = await deriveSecrets(keys, 1)
const directoryOf = (name: string) => join(folder, name, 'log')
const openLog = (name: string) => openTrailLog(directoryOf(name), { keys, origin: `vigil/trail/1/${origin}` })

/** In this thread, in one other, and in three that have many pieces to do. */
const ways: readonly Apart[] = [{}, { from: 0, threads: 1 }, { from: 0, threads: 3, fewest: 500 }]

/** Accesses of 97 patients, each of another second. */
async function look(trail: OpenTrail, times: number, salt: number): Promise<void> {
  const rows = Array.from({ length: times }, (_, at) => {
    const when = new Date(now.getTime() - 86_400_000 + at * 1000).toISOString().slice(0, 19).replace('T', ' ')
    return `${when},user${at % 31},P${(at * 7919 + salt) % 97},${'Chart Review '.repeat(20).trim()}`
  })
  async function* bytes() {
    yield Buffer.from(['ACCESS_TIME,USER_ID,PAT_ID,METRIC_NAME', ...rows, ''].join('\n'))
  }
  await trail.import(bytes(), { source: `EHR ${salt}` })
}

/** A trail of three months, the first destroyed, with manifests that were made into one and others that were not. */
async function makeTrail(name: string): Promise<void> {
  const trail = await openTrail(name)
  for (const [month, at] of ['2020-01-15', '2020-02-15', '2020-03-15'].entries()) {
    now = new Date(`${at}T12:00:00Z`)
    for (let part = 0; part < 3; part += 1) {
      await look(trail, 2_000 + 301 * part, 10 * month + part)
      await (await trail.who({ by: 'patient', id: 'P1' })).proof()
    }
    if (month !== 1) await trail.compact()
  }
  await trail.destroy('2020-01')
  await look(trail, 1_500, 99)
  await (await trail.who({ by: 'patient', id: 'P1' })).proof()
  await trail.close()
}

async function rangesIn(log: TrailLog): Promise<readonly Range[]> {
  const found: CoveringLine[] = []
  for await (const block of log.read(0)) found.push(...[...manifestLinesOf(block)].map(({ line }) => line))
  // Of those that cover the same lines the one that was made last, of others.
  const lasting: Range[] = []
  for (const line of found.filter(isManifest).reverse()) {
    if (!lasting.some(({ from, to }) => from < line.to && line.from < to)) lasting.push(line)
  }
  return lasting
}

await makeTrail('whole')

test('a log and its manifests are found sound by one thread and by several, from one reading', async () => {
  const log = await openLog('whole')
  const known = await rangesIn(log)
  assert.ok(known.length >= 4)
  let again = 0
  const counted = {
    size: log.size,
    months: () => log.months(),
    read: (from: number, to = log.size) => {
      again += to - from
      return log.read(from, to)
    },
  }
  for (const apart of ways) {
    const seen: number[] = []
    const progress = (done: number) => seen.push(done)
    const found = await checkTrail(counted, directoryOf('whole'), { keys, secret, known, progress, apart })
    assert.deepEqual(found, { isIntact: true, size: log.size, problem: undefined })
    assert.equal(seen.at(-1), log.size)
    assert.deepEqual(
      seen,
      seen.toSorted((a, b) => a - b),
    )
  }
  // What was made into another stands in the lines of it, but for that of the last line of a month, which came in the next.
  assert.ok(again <= ways.length, `${again} lines were read again`)
  await log.close()
})

test('whatever is thought to be known of manifests, what the log says of them is looked at', async () => {
  const log = await openLog('whole')
  const { size } = log
  for (const known of [
    [],
    [{ from: 0, to: size }],
    [{ from: size - 1_000, to: size + 5_000 }],
    [
      { from: 17, to: 6_000 },
      { from: 5_000, to: 9_000 },
      { from: 9_001, to: 9_001 },
    ],
  ]) {
    for (const apart of ways) {
      const found = await checkTrail(log, directoryOf('whole'), { keys, secret, known, apart })
      assert.deepEqual(found, { isIntact: true, size, problem: undefined })
    }
  }
  // Under another secret the log is as sound, but none of its manifests is true.
  const known = await rangesIn(log)
  const problems = new Set<string | undefined>()
  for (const [each, apart] of [known, []].flatMap((one) => ways.map((way) => [one, way] as const))) {
    const options = { keys, secret: Buffer.alloc(32), known: each, apart }
    problems.add((await checkTrail(log, directoryOf('whole'), options)).problem)
  }
  assert.equal(problems.size, 1)
  assert.match([...problems][0] ?? '', /^the manifest in line \d+ of the log is not what lines \d+ to \d+ give\.$/)
  await log.close()
})

test('a manifest that leaves accesses out is named by several threads as by one', async () => {
  const name = 'lies'
  await makeTrail(name)
  const log = await openLog(name)
  const known = await rangesIn(log)
  const { from, to } = known[0] ?? { from: 0, to: 0 }
  const nobody = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
  const lines = Buffer.from(writeManifestLine({ from: from + 10, to: to - 10, patients: 0, accesses: 0, root: nobody }))
  const none = { raw: Buffer.alloc(0), rawEnds: Uint32Array.of(0), rawOf: Uint32Array.of(0) }
  const lie = { count: 1, lines, lineEnds: Uint32Array.of(lines.length), ...none }
  const { first } = await log.append(lie, now.getTime())
  const problem = `the manifest in line ${first} of the log is not what lines ${from + 10} to ${to - 11} give.`
  for (const apart of ways) {
    const found = await checkTrail(log, directoryOf(name), { keys, secret, known, apart })
    assert.deepEqual(found, { isIntact: false, size: first + 1, problem })
  }
  await log.close()
})

test('of two bad places the first is named, whichever thread comes to its own first', async () => {
  const log = await openLog('whole')
  const known = await rangesIn(log)
  const blocks = join(directoryOf('whole'), 'blocks')
  const names = (await readdir(blocks)).filter((each) => each.endsWith('.blocks'))
  const file = await open(join(blocks, names[0] ?? ''), 'r+')
  const { size } = await file.stat()
  // In the last block, and then in the first, behind the record that begins the file.
  for (const at of [size - 200, 400]) {
    const byte = Buffer.alloc(1)
    await file.read(byte, 0, 1, at)
    await file.write(Buffer.of((byte[0] ?? 0) ^ 1), 0, 1, at)
    const [one, ...others] = await Promise.all(
      ways.map((apart) => checkTrail(log, directoryOf('whole'), { keys, secret, known, apart })),
    )
    assert.equal(one?.isIntact, false)
    assert.match(one?.problem ?? '', new RegExp(`^blocks/${names[0]}, the record at byte \\d+`))
    for (const other of others) assert.deepEqual(other, one)
  }
  await file.close()
  await log.close()
})

test('where a thread cannot work or ends too early, nothing is said to be sound', async () => {
  const log = await openLog('lies')
  for (const [program, message] of [
    ['process.exit(0)', /ended before its work did/],
    ['throw new Error("out of order")', /out of order/],
  ] as const) {
    const apart = { from: 0, threads: 2, program: new URL(`data:text/javascript,${encodeURIComponent(program)}`) }
    await assert.rejects(checkTrail(log, directoryOf('lies'), { keys, secret, known: [], apart }), message)
  }
  await log.close()
})

test('lines that come in while it is verified are in the way of nothing', async () => {
  const name = 'busy'
  await makeTrail(name)
  const log = await openLog(name)
  const known = await rangesIn(log)
  for (const apart of ways) {
    const atLeast = await log.checkpoint()
    const writing = (async () => {
      for (let at = 0; at < 60; at += 1) await log.append(madeUp(`while ${at}`, 200, 300), now.getTime())
    })()
    const found = await checkTrail(log, directoryOf(name), { keys, secret, known, atLeast, apart })
    await writing
    assert.equal(found.problem, undefined)
    assert.ok(found.size >= Number(atLeast.split('\n')[1]))
  }
  await log.close()
})
