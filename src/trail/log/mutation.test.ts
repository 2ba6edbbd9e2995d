import assert from 'node:assert/strict'
import { open, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import type { KeyFile } from '#platform/keys.ts'
import { checkHashing } from '../proof/apart.ts'
import { walk } from './files.ts'
import { type Files, madeUp, makeDirectory, origin, readFiles, recordsOf, writeFiles } from './testing.ts'
import { openTrailLog } from './trail-log.ts'
import { verifyLog } from './verify.ts'

/** Of so many changes one is looked for in several threads too, which take a while to start. */
const apartEvery = 8
const mutations = process.env['VIGIL_LONG'] ? 10_000 : 250
const day = 86_400_000
const begin = Date.UTC(2026, 8, 10)

/** Makes a log of four months, one of them destroyed, and keeps what its files were on the way. */
async function makeLog(directory: string, keys: KeyFile): Promise<Files[]> {
  const stages: Files[] = []
  for (let step = 0; step < 12; step += 1) {
    const log = await openTrailLog(directory, { keys, origin })
    const at = begin + step * 9 * day
    await log.append(madeUp(`step ${step}`, 30 + 100 * (step % 3)), at)
    // So long that there are several blocks, of which little is left on the disk.
    if (step % 4 === 1) {
      const lines = Array.from({ length: 600 }, (_, i) => Buffer.from(`long ${step} ${i}`))
      await log.append(
        recordsOf(
          lines,
          lines.map(() => Buffer.alloc(4000, step)),
          lines.map((_, i) => i),
        ),
        at,
      )
    }
    if (step === 8) await log.destroy('2026-10')
    await log.append(madeUp(`end of step ${step}`, 2), at)
    await log.close()
    stages.push(await readFiles(directory))
  }
  return stages
}

class Chance {
  #seed = 8_191_2026

  below(limit: number): number {
    this.#seed = (Math.imul(this.#seed, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#seed / 2 ** 32) * limit)
  }

  of<T>(list: readonly T[]): T {
    const chosen = list[this.below(list.length)]
    if (chosen === undefined) throw new RangeError('There is nothing to choose from.')
    return chosen
  }
}

/** Where records begin and end, of each file that has any. */
async function recordsIn(directory: string, files: Files): Promise<Map<string, { from: number; to: number }[]>> {
  const found = new Map<string, { from: number; to: number }[]>()
  for (const name of files.keys()) {
    if (!name.startsWith('blocks') && name !== 'tail') continue
    const file = await open(join(directory, name), 'r')
    const { records } = await walk(file, name.endsWith('.hashes'))
    await file.close()
    found.set(
      name,
      records.map(({ at, length }) => ({ from: at, to: at + length })),
    )
  }
  return found
}

interface Scene {
  readonly files: Files
  readonly older: readonly Files[]
  readonly records: ReadonlyMap<string, readonly { from: number; to: number }[]>
  readonly chance: Chance
}

/** Each gives the files that it changes: without bytes, a file is removed. */
const ways: Record<string, (scene: Scene) => Map<string, Buffer | undefined>> = {
  'a flipped bit': ({ files, chance }) => {
    const [name, bytes] = chance.of([...files])
    const changed = Buffer.from(bytes)
    const at = chance.below(bytes.length)
    changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8))
    return new Map([[name, changed]])
  },
  'a flipped bit of a head': ({ files, records, chance }) => {
    const [name, places] = chance.of([...records])
    const changed = Buffer.from(files.get(name) ?? '')
    const at = chance.of(places).from + chance.below(160)
    changed[at] = (changed[at] ?? 0) ^ (1 << chance.below(8))
    return new Map([[name, changed]])
  },
  'zeros in the place of bytes': ({ files, chance }) => {
    const [name, bytes] = chance.of([...files])
    const from = chance.below(bytes.length)
    return new Map([
      [name, Buffer.from(bytes).fill(0, from, Math.min(bytes.length, from + 1 + chance.below(bytes.length)))],
    ])
  },
  'a file cut short': ({ files, chance }) => {
    const [name, bytes] = chance.of([...files])
    return new Map([[name, bytes.subarray(0, chance.below(bytes.length))]])
  },
  'a file cut short after a record': ({ files, records, chance }) => {
    const [name, places] = chance.of([...records])
    return new Map([[name, files.get(name)?.subarray(0, chance.of(places).from)]])
  },
  'a file dropped': ({ files, chance }) => new Map([[chance.of([...files.keys()]), undefined]]),
  'bytes dropped': ({ files, chance }) => {
    const [name, bytes] = chance.of([...files])
    const from = chance.below(bytes.length)
    return new Map([[name, Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + 1 + chance.below(100))])]])
  },
  'a record dropped': ({ files, records, chance }) => {
    const [name, places] = chance.of([...records])
    const { from, to } = chance.of(places)
    const bytes = files.get(name) ?? Buffer.alloc(0)
    return new Map([[name, Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)])]])
  },
  'a record put in the place of another': ({ files, records, chance }) => {
    const [[name, places], [otherName, others]] = [chance.of([...records]), chance.of([...records])]
    const [{ from, to }, other] = [chance.of(places), chance.of(others)]
    const bytes = files.get(name) ?? Buffer.alloc(0)
    const taken = (files.get(otherName) ?? Buffer.alloc(0)).subarray(other.from, other.to)
    return new Map([[name, Buffer.concat([bytes.subarray(0, from), taken, bytes.subarray(to)])]])
  },
  'two records of a file swapped': ({ files, records, chance }) => {
    const [name, places] = chance.of([...records])
    const [a, b] = [chance.below(places.length), chance.below(places.length)].toSorted((x, y) => x - y)
    const [first, second] = [places[a ?? 0], places[b ?? 0]]
    const bytes = files.get(name) ?? Buffer.alloc(0)
    if (!first || !second || first === second) return new Map([[name, bytes]])
    const part = (from: number, to?: number) => bytes.subarray(from, to)
    const swapped = [part(0, first.from), part(second.from, second.to), part(first.to, second.from)]
    return new Map([[name, Buffer.concat([...swapped, part(first.from, first.to), part(second.to)])]])
  },
  'two files swapped': ({ files, chance }) => {
    const [[name, bytes], [otherName, other]] = [chance.of([...files]), chance.of([...files])]
    return new Map([
      [name, other],
      [otherName, bytes],
    ])
  },
  'an older copy of a file put back': ({ older, chance }) => {
    const [name, bytes] = chance.of([...chance.of(older)])
    return new Map([[name, bytes]])
  },
}

function isSame(files: Files, changed: ReadonlyMap<string, Buffer | undefined>): boolean {
  return [...changed].every(([name, bytes]) => bytes !== undefined && files.get(name)?.equals(bytes))
}

test(`each of ${mutations} changes of what is stored is found, and its place named`, async (t) => {
  const { directory, keys } = await makeDirectory(t)
  const stages = await makeLog(directory, keys)
  const files = stages.at(-1) ?? new Map<string, Buffer>()
  const intact = await verifyLog(directory, { keys, origin })
  assert.equal(intact.problem, undefined)
  const scene = { files, older: stages.slice(0, -1), records: await recordsIn(directory, files), chance: new Chance() }
  const counts = new Map<string, number>()
  for (let made = 0; made < mutations; ) {
    const way = scene.chance.of(Object.keys(ways))
    const changed = ways[way]?.(scene) ?? new Map()
    if (isSame(files, changed)) continue
    made += 1
    for (const [name, bytes] of changed) {
      if (bytes) await writeFile(join(directory, name), bytes)
      else await rm(join(directory, name))
    }
    const names = [...changed.keys()]
    const verified = await verifyLog(directory, { keys, origin })
    if (made % apartEvery === 0) {
      const checking = { secret: Buffer.alloc(32), lines: intact.size, known: [], tell: () => undefined }
      const hashing = checkHashing(checking, { from: 0, threads: 2, fewest: 100 })
      assert.deepEqual(await verifyLog(directory, { keys, origin, hashing }), verified)
    }
    const what = `${way} in ${names}, mutation ${made}`
    if (verified.isIntact) {
      // What verifying does not mind, opening must: else it went unseen.
      const opened = await openTrailLog(directory, { keys, origin }).catch((error: unknown) => error)
      assert.ok(opened instanceof Error, `${what}: unseen`)
    } else assert.match(verified.problem ?? '', /head|tail|nodes|blocks|key|checkpoint/, what)
    counts.set(way, (counts.get(way) ?? 0) + 1)
    await Promise.all([...changed.keys()].map((name) => rm(join(directory, name), { force: true })))
    for (const name of names) {
      const bytes = files.get(name)
      if (bytes) await writeFile(join(directory, name), bytes)
    }
  }
  await writeFiles(directory, files)
  assert.equal((await verifyLog(directory, { keys, origin })).size, intact.size)
  assert.equal(counts.size, Object.keys(ways).length)
})
