import assert from 'node:assert/strict'
import { hash, randomBytes } from 'node:crypto'
import { readdir, readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Refusal } from '#platform/refusal.ts'
import { verifyCheckpoint } from '#platform/transparency/checkpoint.ts'
import { leafHash, rootOf, verifyConsistency, verifyInclusion } from '#platform/transparency/merkle.ts'
import type { Records, TrailLog } from './log.ts'
import { linesOf, madeUp, makeDirectory, origin, readAll, recordsOf } from './testing.ts'
import { openTrailLog } from './trail-log.ts'
import { verifyLog } from './verify.ts'

const november = Date.UTC(2026, 10, 22, 8)
const december = Date.UTC(2026, 11, 1)
const day = 86_400_000

async function rootIn(log: TrailLog): Promise<Buffer> {
  const read = verifyCheckpoint(await log.checkpoint(), log.vkey)
  assert.ok(read.ok && read.value.size === log.size)
  return read.value.root
}

/** The leaves as whoever has the lines and their salts works them out. */
async function leavesFrom(log: TrailLog): Promise<Buffer[]> {
  const leaves: Buffer[] = []
  for await (const { salts, lines, lineEnds, first } of log.read(0)) {
    assert.equal(first, leaves.length)
    for (const [i, end] of lineEnds.entries()) {
      const line = lines.subarray(lineEnds[i - 1] ?? 0, end)
      leaves.push(leafHash(Buffer.concat([salts.subarray(16 * i, 16 * i + 16), line])))
    }
  }
  return leaves
}

/** Lines of 600 bytes that were all read from one message. */
function madeOfOne(raw: Buffer, count: number): Records {
  const lines = Array.from({ length: count }, (_, i) => Buffer.from(`patient ${i}`.padEnd(600)))
  return recordsOf(lines, [raw], Array(count).fill(0))
}

const bytes = fc.uint8Array({ maxLength: 40 })
const records: fc.Arbitrary<Records> = fc
  .tuple(fc.array(bytes, { minLength: 1, maxLength: 30 }), fc.array(bytes, { minLength: 1, maxLength: 12 }))
  .chain(([lines, messages]) =>
    fc
      .array(fc.nat(messages.length - 1), { minLength: lines.length, maxLength: lines.length })
      .chain((rawOf) =>
        fc.constantFrom(
          rawOf,
          rawOf.toSorted((a, b) => a - b),
        ),
      )
      .map((rawOf) => recordsOf(lines, messages, rawOf)),
  )

test('what is appended is read back as it was, in its order, before and after it is opened again', async (t) => {
  const scene = fc.array(fc.tuple(records, fc.nat(40 * 24)), { minLength: 1, maxLength: 12 })
  const run = async (appends: [Records, number][], scale: number) => {
    const { directory, keys } = await makeDirectory(t)
    let log = await openTrailLog(directory, { keys, origin })
    const expected: { line: string; raw: string }[] = []
    for (const [i, [each, hours]] of appends.entries()) {
      // Some of them large enough for a block of their own.
      const grown = i % 3 === 2 ? repeat(each, scale) : each
      const { first } = await log.append(grown, november + hours * 3_600_000)
      assert.equal(first, expected.length)
      expected.push(...linesOf(grown))
      if (i % 4 === 3) {
        await log.close()
        log = await openTrailLog(directory, { keys, origin })
      }
    }
    const got = await readAll(log)
    assert.deepEqual(
      got.map(({ line, raw }) => ({ line, raw })),
      expected,
    )
    assert.deepEqual(
      got.map(({ receivedAt }) => receivedAt),
      got.map(({ receivedAt }) => receivedAt).toSorted((a, b) => a - b),
    )
    assert.deepEqual(await rootIn(log), rootOf(await leavesFrom(log)))
    await log.close()
    assert.deepEqual(await verifyLog(directory, { keys }), {
      isIntact: true,
      size: expected.length,
      problem: undefined,
    })
  }
  await fc.assert(fc.asyncProperty(scene, fc.constantFrom(1, 1500), run), { numRuns: 10, endOnFailure: true })
})

function repeat(each: Records, times: number): Records {
  const lines = linesOf(each).map(({ line }) => Buffer.from(line, 'latin1'))
  const many = Array.from({ length: times }, () => lines).flat()
  const messages = [...each.rawEnds].map((end, i) => each.raw.subarray(each.rawEnds[i - 1] ?? 0, end))
  return recordsOf(
    many,
    messages,
    many.map((_, i) => each.rawOf[i % each.count] ?? 0),
  )
}

test('lines that are appended at once share a write, and each is told its place', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  const places = await Promise.all(
    Array.from({ length: 3000 }, async (_, i) => (await log.append(madeUp(`line ${i}`, 1), november)).first),
  )
  assert.deepEqual(
    places,
    places.map((_, i) => i),
  )
  const read = await readAll(log)
  for (const [i, { line }] of read.entries()) assert.ok(line.startsWith(`line ${i} 0 `))
  assert.equal(read.length, 3000)
  await log.close()
})

test('ten thousand lines at once, empty lines, lines without a message and lines of 2 MB are kept', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  const large = randomBytes(2_000_000)
  const all = [
    madeUp('many', 10_000, 150),
    recordsOf([Buffer.alloc(0), Buffer.from('a')], [Buffer.alloc(0)], [0, 0]),
    recordsOf([large, large], [large], [0, 0]),
    // One message of many patients, too long for one block.
    madeOfOne(large.subarray(0, 20_000), 10_000),
  ]
  for (const each of all) await log.append(each, november)
  const expected = all.flatMap(linesOf)
  const read = await readAll(log)
  assert.equal(read.length, expected.length)
  assert.ok(read.every(({ line, raw }, i) => line === expected[i]?.line && raw === expected[i]?.raw))
  await assert.rejects(log.append(recordsOf([Buffer.alloc(17_000_000)], [Buffer.alloc(0)], [0]), november), {
    code: 'trail-log-line-too-long',
  })
  await assert.rejects(async () => log.append({ ...madeUp('x', 2), count: 3 }, november), RangeError)
  assert.deepEqual(await log.append(recordsOf([], [], []), november), { first: log.size })
  await log.close()
  assert.equal((await verifyLog(directory, { keys })).isIntact, true)
})

test('a message of many patients that is larger than a block is kept a few times, not once a patient', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  const raw = randomBytes(5_000_000)
  const records = madeOfOne(raw, 20_000)
  await log.append(records, november)
  const lines: string[] = []
  let kept = 0
  for await (const block of log.read(0)) {
    assert.ok(block.raw.equals(raw))
    kept += block.raw.length
    lines.push(...linesOf(block).map(({ line }) => line))
  }
  await log.close()
  assert.deepEqual(
    lines,
    linesOf(records).map(({ line }) => line),
  )
  // Of lines there are 12 MB.
  assert.ok(kept <= 3 * raw.length, String(kept))
})

test('every line is proved to be in the log, and every older log to be its beginning', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  const roots = new Map<number, Buffer>()
  for (const count of [1, 254, 1, 1, 300, 70_000, 65_536, 3]) {
    await log.append(madeUp('line', count), november)
    roots.set(log.size, await rootIn(log))
  }
  const sizes = [...roots.keys()]
  for (const index of [0, 255, 256, 600, 65_535, 65_536, 131_072, log.size - 1]) {
    for (const size of sizes.filter((each) => each > index)) {
      const [proof, leaf] = [await log.inclusion(index, size), await log.leafHashes(index, index + 1)]
      const root = roots.get(size) ?? Buffer.alloc(0)
      assert.ok(verifyInclusion({ leafHash: leaf, index, size, root, proof }), `${index} in ${size}`)
    }
  }
  for (const oldSize of sizes) {
    const [oldRoot, newRoot] = [roots.get(oldSize) ?? Buffer.alloc(0), await rootIn(log)]
    const proof = await log.consistency(oldSize, log.size)
    assert.ok(verifyConsistency({ oldSize, newSize: log.size, oldRoot, newRoot, proof }), `from ${oldSize}`)
  }
  assert.throws(() => log.inclusion(0, log.size + 1), RangeError)
  await log.close()
})

test('a clock that steps back changes neither the order of the months nor that of the times', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  for (const at of [november, december, november, december - 1, december + day])
    await log.append(madeUp(String(at), 3), at)
  assert.deepEqual(log.months(), [
    { month: '2026-11', from: 0, to: 3, state: 'kept' },
    { month: '2026-12', from: 3, to: 15, state: 'kept' },
  ])
  const times = (await readAll(log)).map(({ receivedAt }) => receivedAt)
  assert.deepEqual(
    times,
    [november, december, december, december, december + day].flatMap((each) => [each, each, each]),
  )
  await log.close()
})

test('of holds and a destruction at once each is kept, or refused', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const log = await openTrailLog(directory, { keys, origin })
  await log.append(madeUp('old', 40), november)
  await log.append(madeUp('new', 10), december)
  await Promise.all([log.hold('2026-11', true), log.hold('2026-12', true)])
  const states = () => log.months().map(({ month, state }) => `${month} ${state}`)
  assert.deepEqual(states(), ['2026-11 held', '2026-12 held'])
  await log.hold('2026-11', false)
  const [held, destroyed] = await Promise.allSettled([log.hold('2026-11', true), log.destroy('2026-11')])
  assert.equal(held.status, 'fulfilled')
  assert.ok(destroyed.status === 'rejected' && (destroyed.reason as Refusal).code === 'trail-log-month-held')
  assert.deepEqual(states(), ['2026-11 held', '2026-12 held'])
  await log.close()
})

test('a destroyed month can be read by nobody, and all else is proved as before', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  let log = await openTrailLog(directory, { keys, origin })
  await log.append(madeUp('old', 20_000, 150), november)
  await log.append(madeUp('old too', 40), november)
  await assert.rejects(log.destroy('2026-11'), { code: 'trail-log-month-running' })
  await log.append(madeUp('new', 10), december)
  const [root, hashes] = [await rootIn(log), await log.leafHashes(0, log.size)]
  await log.hold('2026-11', true)
  await assert.rejects(log.destroy('2026-11'), { code: 'trail-log-month-held' })
  await assert.rejects(log.destroy('2026-10'), { code: 'trail-log-month-unknown' })
  await log.hold('2026-11', false)
  await log.destroy('2026-11')
  await assert.rejects(log.destroy('2026-11'), { code: 'trail-log-month-destroyed' })
  for (const isReopened of [false, true]) {
    if (isReopened) {
      await log.close()
      log = await openTrailLog(directory, { keys, origin })
    }
    assert.deepEqual(
      (await readAll(log)).map(({ line }) => line.slice(0, 5)),
      Array(10)
        .fill('new 0')
        .map((_, i) => `new ${i}`),
    )
    assert.deepEqual(await log.leafHashes(0, log.size), hashes)
    assert.deepEqual(await rootIn(log), root)
    const proof = await log.inclusion(20_045, log.size)
    const leaf = hashes.subarray(20_045 * 32, 20_046 * 32)
    assert.ok(verifyInclusion({ leafHash: leaf, index: 20_045, size: log.size, root, proof }))
    assert.deepEqual(
      log.months().map(({ state }) => state),
      ['destroyed', 'kept'],
    )
  }
  await log.append(madeUp('newer', 3), december)
  await log.close()
  assert.equal((await verifyLog(directory, { keys })).isIntact, true)
  assert.deepEqual(await readdir(join(directory, 'keys')), ['2026-12.key'])
  assert.ok(!(await readdir(join(directory, 'blocks'))).includes('00000001.blocks'))
})

test('a checkpoint is signed within a second of an append, and copied to the witness', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const witness = join(directory, '..', 'witness')
  const log = await openTrailLog(directory, { keys, origin, witness })
  await log.append(madeUp('line', 5), november)
  const name = `${hash('sha256', origin, 'hex').slice(0, 16)}.checkpoint`
  const copy = async () => (await readFile(join(witness, name), 'utf8')).split('\n')[1]
  const until = Date.now() + 5000
  while ((await copy()) !== '5' && Date.now() < until) await new Promise((resolve) => setTimeout(resolve, 50))
  assert.equal(await copy(), '5')
  await log.close()
  // The whole log is put back to what it was before anything came.
  await rm(directory, { recursive: true })
  await assert.rejects(openTrailLog(directory, { keys, origin, witness }), { code: 'trail-log-short' })
})

test('a log is opened only with its own key and under its own name', async (t) => {
  const [{ directory, keys }, other] = [await makeDirectory(t), await makeDirectory(t)]
  const log = await openTrailLog(directory, { keys, origin })
  await log.append(madeUp('line', 5), november)
  const checkpoint = await log.checkpoint()
  await log.close()
  await assert.rejects(openTrailLog(directory, { keys: other.keys, origin }), { code: 'trail-log-damaged' })
  await assert.rejects(openTrailLog(directory, { keys, origin: 'vigil.test/other' }), { code: 'trail-log-damaged' })
  await assert.rejects(log.append(madeUp('late', 1), november), { code: 'trail-log-closed' })
  assert.equal((await verifyLog(directory, { keys, atLeast: checkpoint })).isIntact, true)
  await rm(directory, { recursive: true })
  const verified = await verifyLog(directory, { keys, atLeast: checkpoint })
  assert.deepEqual(verified, { isIntact: false, size: 0, problem: 'there is no log.' })
})

test('after the key was rotated and the log opened, the earlier version of the key can go', async (t) => {
  const { directory, keys } = await makeDirectory(t)
  let log = await openTrailLog(directory, { keys, origin })
  await log.append(madeUp('line', 5), november)
  await log.append(madeUp('line', 5), december)
  await log.close()
  await keys.rotate()
  log = await openTrailLog(directory, { keys, origin })
  await log.close()
  await keys.discard(1)
  log = await openTrailLog(directory, { keys, origin })
  assert.equal((await readAll(log)).length, 10)
  await log.close()
  await rm(join(directory, 'keys', '2026-11.key'))
  await assert.rejects(openTrailLog(directory, { keys, origin }), { code: 'trail-log-key', message: /2026-11/ })
})
