/** A disk that is full while a trail takes in: refused in plain words, and nothing that was acknowledged is lost or comes twice. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { closeSync, mkdirSync, openSync, rmSync, statfsSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import type { OpenTrail } from '#trail/engine.ts'
import {
  accessesOf,
  ask,
  bytesOf,
  everythingOf,
  now,
  openKeys,
  openWorld,
  patientCount,
  patientOf,
  plain,
  take,
  writeAtna,
  writeCsv,
} from './trail-world.ts'
import { isLong, makeFolder } from './vigil.ts'

const folder = makeFolder('vigil-trail-full-')
const keys = await openKeys(folder)
const mounts: string[] = []
after(() => {
  for (const path of mounts) spawnSync('umount', ['-l', path])
  rmSync(folder, { recursive: true, force: true })
})

/** A disk of its own, of so many megabytes; undefined where this user may not make one. */
function mountDisk(name: string, megabytes: number): string | undefined {
  const path = join(folder, name)
  mkdirSync(path)
  if (spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m,mode=0700`, 'tmpfs', path]).status !== 0)
    return undefined
  mounts.push(path)
  return path
}

const probe = mountDisk('probe', 1)
const skip = probe === undefined && 'this user may not mount a small disk'

/** Fills a disk but for so many bytes. */
function fill(disk: string, leave: number): void {
  const { bavail, bsize } = statfsSync(disk)
  const file = openSync(join(disk, 'ballast'), 'w')
  try {
    const piece = Buffer.alloc(64 * 1024, 1)
    for (let left = bavail * bsize - leave; left > 0; left -= piece.length)
      writeSync(file, piece, 0, Math.min(left, piece.length))
  } finally {
    closeSync(file)
  }
}

const giveRoom = (disk: string) => rmSync(join(disk, 'ballast'))

const isFull = (error: unknown) => /^trail-(log|store)-full$/.test((error as { code?: string }).code ?? '')

/** A refusal that says in plain words that the disk is full, and of nobody. */
function assertFull(error: unknown): true {
  assert.ok(isFull(error), everythingOf(error))
  assert.equal((error as { kind?: string }).kind, 'unavailable')
  assert.match((error as Error).message, /room|disk/)
  assert.ok(!everythingOf(error).includes('MRN-'))
  return true
}

async function readAll(trail: OpenTrail): Promise<Set<string>> {
  const found = new Set<string>()
  for (let number = 0; number < patientCount; number += 1) {
    const { accesses } = await ask(trail, { by: 'patient', id: patientOf(number) })
    for (const access of accesses) {
      const key = JSON.stringify(plain(access))
      assert.ok(!found.has(key), 'an access is told twice')
      found.add(key)
    }
  }
  return found
}

const batch = 400

/** Takes batches in until one is refused; hands back how many were acknowledged and why the next was not. */
async function takeUntilFull(
  trail: OpenTrail,
  from: number,
  most: number,
): Promise<{ readonly taken: number; readonly error: unknown }> {
  for (let taken = 0; taken < most; taken += 1) {
    try {
      await take(trail, writeCsv(accessesOf((from + taken) * batch, batch)))
    } catch (error) {
      return { taken, error }
    }
  }
  return { taken: most, error: undefined }
}

test('what was acknowledged before the disk was full is told after there is room, and the rest can be brought again', {
  skip,
  timeout: 120_000,
}, async () => {
  for (const leave of isLong ? [0, 50_000, 200_000, 1_000_000, 3_000_000] : [300_000]) {
    const disk = mountDisk(`disk-${leave}`, 48)
    assert.ok(disk)
    const directory = join(disk, 'trail')
    const trail = await openWorld(directory, keys)
    const before = await takeUntilFull(trail, 0, 2)
    assert.equal(before.error, undefined)
    fill(disk, leave)
    const { taken, error } = await takeUntilFull(trail, 2, 300)
    assertFull(error)
    // A stream of any length ends the same way, instead of waiting for ever.
    await assert.rejects(
      trail.import(bytesOf(writeCsv(accessesOf(130 * batch, 20_000)), 64 * 1024), { source: 'EHR' }),
      assertFull,
    )
    giveRoom(disk)
    await trail.close()
    const opened = await openWorld(directory, keys)
    try {
      const found = await readAll(opened)
      for (const access of accessesOf(0, (2 + taken) * batch))
        assert.ok(found.has(JSON.stringify(access)), 'an access is lost')
      assert.deepEqual((await opened.verify()).problem, undefined)
      const again = await take(opened, writeCsv(accessesOf(0, (3 + taken) * batch)))
      assert.ok(again.accepted <= batch)
      assert.equal(again.accepted + again.duplicates, (3 + taken) * batch)
      await readAll(opened)
    } finally {
      await opened.close()
    }
  }
})

test('a trail that is open while the disk is full lives on, and goes on by itself once there is room', {
  skip,
  timeout: 60_000,
}, async () => {
  const disk = mountDisk('alive', 48)
  assert.ok(disk)
  const directory = join(disk, 'trail')
  const trail = await openWorld(directory, keys)
  await takeUntilFull(trail, 0, 2)
  fill(disk, 0)
  const { error } = await takeUntilFull(trail, 2, 20)
  assertFull(error)
  // Longer than what is made from the log waits to be saved: a save that fails must not take what it left for done.
  await pause(6_000)
  assert.equal((await ask(trail, { by: 'patient', id: patientOf(1) })).total > 0, true)
  giveRoom(disk)
  const after = await takeUntilFull(trail, 2, 3)
  assert.equal(after.error, undefined)
  await trail.close()
  const opened = await openWorld(directory, keys)
  try {
    const again = await take(opened, writeCsv(accessesOf(0, 5 * batch)))
    assert.deepEqual([again.accepted, again.duplicates], [0, 5 * batch])
    assert.equal((await readAll(opened)).size, 5 * batch)
  } finally {
    await opened.close()
  }
})

test('a message is not said to have come already while the first of it is not durable', {
  skip,
  timeout: 60_000,
}, async () => {
  const disk = mountDisk('beside', 48)
  assert.ok(disk)
  const trail = await openWorld(join(disk, 'trail'), keys)
  try {
    await takeUntilFull(trail, 0, 1)
    fill(disk, 0)
    // Incompressible, so that there is no room for it in what the log has set aside.
    const long = (number: number) =>
      Array.from({ length: 40 }, (_, at) => ({
        bytes: writeAtna({
          ...accessesOf(number, 1)[0],
          at: now.getTime() - at,
          user: `${number}`,
          patient: `P-${at}-${Math.sin(at)}`,
        }),
        receivedAt: now.getTime(),
      }))
    const [first, second] = [long(1), long(2)]
    const outcomes = await Promise.allSettled([first, second, second].map((messages) => trail.accept(messages, 'PACS')))
    const durable = (await trail.state()).logSize - batch
    const accepted = outcomes.filter(({ status }) => status === 'fulfilled').length
    assert.ok(durable >= (accepted > 0 ? 40 : 0), `${accepted} of 3 were acknowledged, ${durable} lines are durable`)
    for (const outcome of outcomes) if (outcome.status === 'rejected') assertFull(outcome.reason)
  } finally {
    giveRoom(disk)
    await trail.close()
  }
})

test('a trail that is closed while the disk is full lets go of its folder, and is whole when there is room', {
  skip,
  timeout: 60_000,
}, async () => {
  const disk = mountDisk('closed', 48)
  assert.ok(disk)
  const directory = join(disk, 'trail')
  const trail = await openWorld(directory, keys)
  assert.equal((await takeUntilFull(trail, 0, 3)).error, undefined)
  fill(disk, 0)
  await trail.close().catch(assertFull)
  giveRoom(disk)
  const opened = await openWorld(directory, keys)
  try {
    assert.equal((await take(opened, writeCsv(accessesOf(0, 3 * batch)))).duplicates, 3 * batch)
    assert.equal((await readAll(opened)).size, 3 * batch)
  } finally {
    await opened.close()
  }
})
