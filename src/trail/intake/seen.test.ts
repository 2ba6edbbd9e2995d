import assert from 'node:assert/strict'
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import fc from 'fast-check'
import { readEntries } from './pieces.ts'
import { HashSet, noDay, Seen } from './seen.ts'

const folder = await mkdtemp(join(tmpdir(), 'vigil-seen-'))
after(() => rm(folder, { recursive: true, force: true }))
let directories = 0
const next = () => join(folder, `s${++directories}`)

const word = fc.integer({ min: 0, max: 0xffff_ffff })
/** Few of them, so that they meet, and zero among them. */
const hash = fc.tuple(fc.constantFrom(0, 1, 0xffff_ffff), fc.oneof(fc.integer({ min: 0, max: 50 }), word))

test('a set of hashes knows what was added to it, and nothing else, however it grows', () => {
  fc.assert(
    fc.property(fc.array(hash, { maxLength: 3_000 }), fc.array(hash, { maxLength: 50 }), (added, others) => {
      const set = new HashSet(0)
      const model = new Set<string>()
      for (const [high, low] of added) {
        assert.equal(set.add(high, low), !model.has(`${high} ${low}`))
        model.add(`${high} ${low}`)
      }
      assert.equal(set.size, model.size)
      for (const [high, low] of [...added, ...others]) assert.equal(set.has(high, low), model.has(`${high} ${low}`))
    }),
    { numRuns: 40 },
  )
})

test('what came is known again after a stop, on its own day only', async () => {
  const directory = next()
  const seen = await Seen.open(directory)
  await seen.prepare([20_000, 20_001, noDay])
  assert.equal(seen.add(20_000, 1, 2), true)
  assert.equal(seen.add(20_000, 1, 2), false)
  assert.equal(seen.add(20_001, 3, 4), true)
  assert.equal(seen.add(noDay, 5, 6), true)
  await seen.save(17)
  const again = await Seen.open(directory)
  assert.equal(again.upTo, 17)
  await again.prepare([20_000, 20_001, noDay])
  assert.deepEqual([again.has(20_000, 1, 2), again.has(20_001, 3, 4), again.has(noDay, 5, 6)], [true, true, true])
  assert.equal(again.has(20_001, 1, 2), false)
  // What is added later stands behind it.
  again.add(20_000, 7, 8)
  await again.save(18)
  const third = await Seen.open(directory)
  await third.prepare([20_000])
  assert.deepEqual([third.has(20_000, 1, 2), third.has(20_000, 7, 8)], [true, true])
})

test('a hash that was half written is written over, and those before it are kept', async () => {
  const directory = next()
  const seen = await Seen.open(directory)
  await seen.prepare([1])
  seen.add(1, 10, 11)
  seen.add(1, 12, 13)
  await seen.save(2)
  const path = join(directory, '1.seen')
  await writeFile(path, (await readFile(path)).subarray(0, 13))
  const torn = await Seen.open(directory)
  await torn.prepare([1])
  assert.deepEqual([torn.has(1, 10, 11), torn.has(1, 12, 13)], [true, false])
  torn.add(1, 12, 13)
  torn.add(1, 14, 15)
  await torn.save(3)
  const again = await Seen.open(directory)
  await again.prepare([1])
  assert.deepEqual([again.has(1, 10, 11), again.has(1, 12, 13), again.has(1, 14, 15)], [true, true, true])
})

test('days that were not touched for long are put away, and come back when they are asked for', async () => {
  const directory = next()
  const seen = await Seen.open(directory, 1_000)
  for (let day = 0; day < 10; day += 1) {
    await seen.prepare([day])
    for (let low = 0; low < 300; low += 1) seen.add(day, day + 1, low)
  }
  assert.ok(seen.held <= 1_300)
  for (let day = 0; day < 10; day += 1) {
    await seen.prepare([day])
    for (let low = 0; low < 300; low += 1) assert.equal(seen.has(day, day + 1, low), true)
    assert.equal(seen.has(day, day + 1, 300), false)
  }
  await seen.save(3_000)
  const again = await Seen.open(directory)
  await again.prepare([0, 9])
  assert.deepEqual([again.has(0, 1, 299), again.has(9, 10, 299)], [true, true])
})

test('of messages without a day the last ones are known, also after a stop, and memory has an end', async () => {
  const directory = next()
  const open = () => Seen.open(directory, 1_000, 100)
  let seen = await open()
  for (let low = 0; low < 1_050; low += 1) {
    if (low % 10 === 0) await seen.prepare([noDay])
    seen.add(noDay, 1, low)
    if (low % 330 === 329) {
      await seen.save(low)
      seen = await open()
      await seen.prepare([noDay])
    }
    assert.ok(seen.held <= 220)
  }
  await seen.save(1_050)
  seen = await open()
  await seen.prepare([noDay])
  const known = Array.from({ length: 1_050 }, (_, low) => low).filter((low) => seen.has(noDay, 1, low))
  assert.deepEqual([known[0], known.length, seen.upTo], [900, 150, 1_050])
  assert.deepEqual((await readdir(directory)).sort(), ['-1.seen', '-2.seen', 'said', 'upto'])
})

test('a file of any size is read in pieces, but for an entry that was half written', async () => {
  const path = join(folder, 'entries')
  await writeFile(path, Buffer.from(Array.from({ length: 83 }, (_, at) => at)))
  const pieces: Buffer[] = []
  for await (const piece of readEntries(path, 8, 32)) pieces.push(Buffer.from(piece))
  assert.ok(pieces.every(({ length }) => length <= 32))
  assert.deepEqual(
    [...Buffer.concat(pieces)],
    Array.from({ length: 80 }, (_, at) => at),
  )
})

test('a day that cannot be read is a refusal, after which all is read from the log again', async () => {
  const directory = next()
  const seen = await Seen.open(directory)
  await seen.prepare([7])
  seen.add(7, 1, 2)
  await seen.save(5)
  await rm(join(directory, '7.seen'))
  await mkdir(join(directory, '7.seen'))
  const again = await Seen.open(directory)
  await assert.rejects(again.prepare([7]), { code: 'trail-seen-damaged' })
  await again.save(6)
  assert.equal((await Seen.open(directory)).upTo, 0)
})
