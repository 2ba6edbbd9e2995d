/**
 * `kill -9` of the process that holds a trail, at any instant of opening, taking in, compacting, judging, proving and rebuilding:
 * what was acknowledged is answered for, once, and everything made from the log is as if nothing had happened.
 */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import type { OpenTrail } from '#trail/engine.ts'
import type { Story } from '#trail/model/story.ts'
import { clickHouseProgram, startClickHouse } from '../support/clickhouse.ts'
import { batchAccesses } from './trail-kill-child.ts'
import {
  accessesOf,
  ask,
  openKeys,
  openWorld,
  type PlainAccess,
  patientCount,
  patientOf,
  plain,
  randomFrom,
  storeOn,
  take,
  writeCsv,
  writeKnown,
} from './trail-world.ts'
import { isLong, makeFolder } from './vigil.ts'

const kills = isLong ? 200 : 8
/** Kills after which a new trail is begun, so that looking at all of it stays quick. */
const killsOfATrail = isLong ? 10 : 4
const seed = Number(process.env['VIGIL_SEED'] ?? '20261122')
const folder = makeFolder('vigil-trail-kill-')
const keys = await openKeys(folder)
after(() => rmSync(folder, { recursive: true, force: true }))

/** What the parent knows of a trail: batches that were begun, and those that were acknowledged. */
interface Model {
  readonly directory: string
  readonly shards: readonly string[]
  readonly begun: Set<number>
  readonly acknowledged: Set<number>
  /** Of relations, where a later one replaces an earlier one: one that was not acknowledged is sent again before the next. */
  readonly knownBegun: Set<number>
  readonly knownAcknowledged: Set<number>
}

const next = (numbers: ReadonlySet<number>) => Math.max(-1, ...numbers) + 1

/** Runs the child, and kills it so long after it has begun. */
async function runAndKill(model: Model, round: number, afterMs: number): Promise<void> {
  // Else it would take itself for a test.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  const words = [
    folder,
    model.directory,
    `${seed + round}`,
    `${next(model.begun)}`,
    `${next(model.knownAcknowledged)}`,
    ...model.shards,
  ]
  const child = spawn(process.execPath, [join(import.meta.dirname, 'trail-kill-child.ts'), ...words], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: own,
  })
  let errors = ''
  child.stderr.on('data', (bytes: Buffer) => {
    errors += bytes.toString()
  })
  for await (const line of createInterface({ input: child.stdout })) {
    const [what = '', number = ''] = line.split(' ')
    // Half of the kills may meet the opening; the others come once it is done, however busy the machine is.
    if (what === (round % 2 === 0 ? 'open' : 'begun')) setTimeout(() => child.kill('SIGKILL'), afterMs)
    if (what === 'accesses-begun') model.begun.add(Number(number))
    if (what === 'known-begun') model.knownBegun.add(Number(number))
    if (what === 'accesses') model.acknowledged.add(Number(number))
    if (what === 'known') model.knownAcknowledged.add(Number(number))
  }
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  assert.equal(child.signalCode, 'SIGKILL', errors)
  assert.equal(errors, '')
}

const keyOf = (access: PlainAccess) => JSON.stringify(access)

async function readAll(trail: OpenTrail): Promise<PlainAccess[]> {
  const found: PlainAccess[] = []
  for (let patient = 0; patient < patientCount; patient += 1) {
    const { accesses, total } = await ask(trail, { by: 'patient', id: patientOf(patient) })
    assert.equal(accesses.length, total)
    found.push(...accesses.map(plain))
  }
  return found
}

/** What sources were said to have sent, where that was wrong. */
const miscounts: string[] = []

/** Looks at what a kill has left; brings in again what was not acknowledged, as a source does. */
async function check(model: Model): Promise<void> {
  const trail = await openWorld(model.directory, keys, storeOn(model.shards))
  try {
    const found = await readAll(trail)
    const keysFound = new Set(found.map(keyOf))
    assert.equal(keysFound.size, found.length, 'an access is told twice')
    for (const batch of model.acknowledged) {
      for (const access of accessesOf(batch * batchAccesses, batchAccesses)) {
        assert.ok(keysFound.has(keyOf(access)), `an access of batch ${batch} is lost`)
      }
    }
    const begun = new Set(
      [...model.begun].flatMap((batch) => accessesOf(batch * batchAccesses, batchAccesses)).map(keyOf),
    )
    for (const key of keysFound) assert.ok(begun.has(key), 'an access that was never sent')
    const { problem, isIntact } = await trail.verify()
    assert.ok(isIntact, problem)
    assert.equal((await trail.state()).accesses, found.length)
    // A source that was never answered sends again; nothing of it is taken twice.
    const lost = begun.size - found.length
    let accepted = 0
    for (const batch of model.begun) {
      const again = await take(trail, writeCsv(accessesOf(batch * batchAccesses, batchAccesses)))
      assert.equal(again.accepted + again.duplicates, batchAccesses)
      if (model.acknowledged.has(batch)) assert.equal(again.accepted, 0, `batch ${batch} is not known again`)
      accepted += again.accepted
      model.acknowledged.add(batch)
    }
    assert.equal(accepted, lost)
    for (const number of model.knownBegun) {
      if (!model.knownAcknowledged.has(number)) await take(trail, writeKnown(number), 'scheduling')
      model.knownAcknowledged.add(number)
    }
    const ehr = (await trail.sources()).find(({ source }) => source === 'EHR')
    if ((ehr?.accepted ?? 0) !== begun.size) miscounts.push(`${ehr?.accepted} for ${begun.size}`)
  } finally {
    await trail.close()
  }
}

/** Open stories, without what counts attempts. One that is explained tells of what was open when nothing explained it yet. */
const tell = (stories: readonly Story[]) =>
  stories
    .filter(({ state }) => state === 'open')
    .map(({ version: _, ...story }) => story)
    .sort((one, other) => one.id.localeCompare(other.id))

/** A trail to which nothing ever happened judges the same. */
async function checkStories(model: Model, fresh: string): Promise<number> {
  const calm = await openWorld(fresh, keys)
  const killed = await openWorld(model.directory, keys, storeOn(model.shards))
  try {
    const batches = [...model.begun].sort((one, other) => one - other)
    for (const batch of batches) await take(calm, writeCsv(accessesOf(batch * batchAccesses, batchAccesses)))
    for (const number of [...model.knownBegun].sort((one, other) => one - other))
      await take(calm, writeKnown(number), 'scheduling')
    await Promise.all([calm.judge(), killed.judge()])
    const wanted = tell(await calm.stories(0, 1_000))
    assert.deepEqual(tell(await killed.stories(0, 1_000)), wanted)
    assert.deepEqual((await readAll(killed)).map(keyOf).sort(), (await readAll(calm)).map(keyOf).sort())
    return wanted.length
  } finally {
    await calm.close()
    await killed.close()
  }
}

/** Kills a holder of trails again and again, and looks at what each kill has left. */
async function killOften(kills: number, shards: readonly string[]): Promise<string> {
  const random = randomFrom(seed)
  let [accesses, stories] = [0, 0]
  for (let life = 0; life * killsOfATrail < kills; life += 1) {
    const model: Model = {
      directory: join(folder, `life-${life}`),
      shards,
      begun: new Set(),
      acknowledged: new Set(),
      knownBegun: new Set(),
      knownAcknowledged: new Set(),
    }
    for (let kill = 0; kill < killsOfATrail; kill += 1) {
      const round = life * killsOfATrail + kill
      await runAndKill(model, round, random() * 1_500)
      // Every third time the next child finds what the kill has left.
      if (round % 3 !== 2 || kill === killsOfATrail - 1) await check(model)
    }
    accesses += model.begun.size * batchAccesses
    stories += await checkStories(model, join(folder, `calm-${life}`))
    rmSync(model.directory, { recursive: true, force: true })
    rmSync(join(folder, `calm-${life}`), { recursive: true, force: true })
  }
  assert.ok(accesses > 0)
  // Few kills leave too little for a story.
  if (isLong) assert.ok(stories > 0, 'the rules found nothing to judge')
  return `${kills} kills, ${accesses} accesses, ${stories} stories`
}

test(
  `after each of ${kills} kills at any instant every acknowledged access is told, once, and judged the same`,
  {
    timeout: 3_600_000,
  },
  async (t) => t.diagnostic(await killOften(kills, [])),
)

test('so it is where two servers keep the accesses', {
  skip: clickHouseProgram.skip,
  timeout: 3_600_000,
}, async (t) => {
  const servers = await Promise.all([startClickHouse(), startClickHouse()])
  try {
    t.diagnostic(
      await killOften(
        isLong ? 60 : 4,
        servers.map(({ url }) => url),
      ),
    )
  } finally {
    for (const server of servers) await server[Symbol.asyncDispose]()
  }
})

test('after these kills the sources are said to have sent what they sent', () => {
  assert.deepEqual(miscounts, [])
})

test('a query store that is lost is made anew, and its sources are counted once', async () => {
  const directory = join(folder, 'lost')
  const trail = await openWorld(directory, keys)
  await take(trail, writeCsv(accessesOf(0, 100)))
  await trail.close()
  rmSync(join(directory, 'store'), { recursive: true })
  const opened = await openWorld(directory, keys)
  try {
    assert.equal((await opened.state()).accesses, 100)
    assert.equal((await opened.sources())[0]?.accepted, 100)
  } finally {
    await opened.close()
  }
})

test('a stop in the middle of forgetting what has come makes nothing come twice', async () => {
  const directory = join(folder, 'forgetting')
  const trail = await openWorld(directory, keys)
  await take(trail, writeCsv(accessesOf(0, 100)))
  await trail.close()
  // In whatever order the files of a folder go, the mark may be the last.
  const seen = join(directory, 'seen')
  for (const name of readdirSync(seen)) if (name.endsWith('.seen')) rmSync(join(seen, name))
  const opened = await openWorld(directory, keys)
  try {
    assert.equal((await take(opened, writeCsv(accessesOf(0, 100)))).duplicates, 100)
  } finally {
    await opened.close()
  }
})
