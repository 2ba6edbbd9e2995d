/** Kills the process that has the store open, at any moment, and looks at what is left. Started with a folder it is the victim. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openKeyFile } from '#platform/keys.ts'
import { answerOf, type PlainAccess, readAll, toColumns } from '../../../test/support/accesses.ts'
import { openCodes } from './codes.ts'
import { openEmbeddedStore } from './embedded.ts'
import type { Codes } from './store.ts'

const zone = 'America/New_York'
const batch = 700
const most = 60 * batch
const patients = 40

/** What stands at a place of the log: every third place is no access. */
function accessAt(seq: number, codes: Codes): PlainAccess | undefined {
  if (seq % 3 === 2) return undefined
  const mixed = Math.imul(seq + 1, 0x9e3779b1) >>> 0
  return {
    seq,
    at: Date.UTC(2026, 9, 25) + (mixed % 1_000_000) * 3_600,
    action: mixed % 12,
    outcome: mixed % 3,
    flags: mixed % 16,
    codes: {
      patient: codes.codeOf('patient', `p${mixed % patients}`),
      user: codes.codeOf('user', `u${mixed % 7}/${seq >> 9}`),
      onBehalfOf: 0,
      purpose: codes.codeOf('purpose', `${mixed % 5}`),
      object: 0,
      workstation: codes.codeOf('workstation', `w${mixed % 3}`),
      application: 0,
      department: 0,
      reason: 0,
      source: 1,
    },
  }
}

function stretchOf(from: number, to: number, codes: Codes): PlainAccess[] {
  const places = Array.from({ length: to - from }, (_, at) => accessAt(from + at, codes))
  return places.filter((access) => access !== undefined)
}

const knownAt = (seq: number) => ({
  relation: [
    { key: 1 + (seq % 9), kind: 1, patient: 1, usr: 1, department: 0, from_day: seq, to_day: null, is_void: false },
  ],
  worker: [],
  patient: [],
})

async function openBoth(folder: string) {
  const codes = await openCodes(folder, { keys: await openKeyFile(folder), organisation: 'one' })
  return { codes, store: await openEmbeddedStore(folder, { zone, codes }) }
}

/** Takes in stretch after stretch, with a compaction beside most of them, until it is killed. */
async function serveVictim(folder: string): Promise<never> {
  const { codes, store } = await openBoth(folder)
  process.stdout.write('open\n')
  let compaction = Promise.resolve()
  for (let to = await store.appliedTo(), turn = 0; ; turn += 1) {
    if (to < most) {
      await store.apply(toColumns(stretchOf(to, to + batch, codes)), knownAt(to), to + batch)
      to += batch
    }
    if (turn % 3 === 0) compaction = compaction.then(() => store.compact())
    if (turn % 5 === 0 || to >= most) await compaction
  }
}

async function killAfter(folder: string, ms: number): Promise<void> {
  // Else it would take itself for a test.
  const { NODE_TEST_CONTEXT: _, ...own } = process.env
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: own,
  })
  await once(child.stdout, 'data')
  await new Promise((resolve) => setTimeout(resolve, ms))
  child.kill('SIGKILL')
  const [code] = await once(child, 'close')
  assert.equal(code, null)
}

/** A store is at one place of the log in all of its tables, and has nothing twice. */
async function check(folder: string): Promise<number> {
  const { codes, store } = await openBoth(folder)
  try {
    const to = await store.appliedTo()
    assert.equal(to % batch, 0)
    const texts = codes.texts
    const rows = stretchOf(0, to, codes)
    // A replay gave every text the code that it had.
    await codes.save(to)
    assert.equal(codes.texts, texts)
    const everybody = { by: 'patient', codes: Array.from({ length: patients }, (_, at) => at + 1) } as const
    assert.deepEqual(await readAll(store.accesses.read(everybody)), answerOf(rows, everybody))
    assert.equal((await store.accesses.counts()).accesses, rows.length)
    const [pairs] = await store.desk.ask<{ n: number; at: number }>(
      'select coalesce(sum(n), 0)::bigint as n, coalesce(max(last_at), 0) as at from pair',
    )
    assert.deepEqual(pairs, { n: rows.length, at: Math.max(0, ...rows.map(({ at }) => at)) })
    const known = await store.desk.ask('select key, from_day from relation order by key')
    const newest = new Map<number, number>()
    for (let seq = 0; seq < to; seq += batch) newest.set(1 + (seq % 9), seq)
    assert.deepEqual(
      known,
      [...newest].map(([key, from_day]) => ({ key, from_day })).sort((one, other) => one.key - other.key),
    )
    return to
  } finally {
    await store.close()
    await codes.close()
  }
}

const [, , victimFolder] = process.argv
if (victimFolder) await serveVictim(victimFolder)

test('killed in the middle of anything, the store is at one place of the log, whole, and goes on from there', async () => {
  const kills = process.env['VIGIL_LONG'] ? 60 : 4
  const folder = await mkdtemp(join(tmpdir(), 'vigil-kill-'))
  try {
    let reached = 0
    let highest = 0
    for (let kill = 0; kill < kills; kill += 1) {
      // Spread over the time that a compaction of this size and some stretches take, the same in every run.
      await killAfter(folder, 20 + ((kill * 193) % 480))
      const to = await check(folder)
      assert.ok(to >= reached)
      reached = to
      highest = Math.max(highest, to)
      if (reached >= most) {
        await rm(folder, { recursive: true })
        reached = 0
      }
    }
    assert.ok(highest > 0)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
