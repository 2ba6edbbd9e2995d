/**
 * The server killed under load and started again: what it acknowledged is there once, what it did not is there once when it
 * is asked again with the same key, and an import that was cut short goes on by itself. Two servers on one data directory.
 */
import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { openAsBlob, rmSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { assessFolder } from '#cli/assess.ts'
import { readConfig } from '#platform/config.ts'
import { answerKeyName, writeSample } from '#sample/index.ts'
import { isHosted } from '#trail/host.ts'
import { type Caller, type Running, setUp, startServer } from '../support/running.ts'
import { isLong, makeFolder, runVigil } from './vigil.ts'

const folder = makeFolder('vigil-served-')
const running = new Set<Running>()
after(async () => {
  for (const server of running) await server.stop()
  rmSync(folder, { recursive: true, force: true })
})

async function start(directory: string): Promise<Running> {
  const server = await startServer(directory)
  running.add(server)
  return server
}

/** Hands all files of a folder in and has them imported; the number of the job. */
async function deliver(caller: Caller, exports: string): Promise<number> {
  const { body } = await caller.call<{ id: string }>('POST', '/deliveries')
  for (const name of (await readdir(exports)).filter((one) => one !== answerKeyName)) {
    const query = new URLSearchParams({ name, modifiedAt: collectedAt.toISOString() })
    const told = await caller.call(
      'PUT',
      `/deliveries/${body.id}/files?${query}`,
      await openAsBlob(join(exports, name)),
    )
    assert.equal(told.status, 200, `${name}: ${JSON.stringify(told.body)}`)
  }
  const told = await caller.call<{ jobId: number }>('POST', `/deliveries/${body.id}/import`)
  assert.equal(told.status, 200, JSON.stringify(told.body))
  return told.body.jobId
}

/** Waits until a job has ended; the server tells when by its stream of events. */
async function ended(caller: Caller, jobId: number): Promise<{ state: string; failure: unknown }> {
  for (;;) {
    await caller.call('GET', `/jobs/${jobId}/events`)
    const { body } = await caller.call<{ state: string; failure: unknown }>('GET', `/jobs/${jobId}`)
    if (body.state === 'done' || body.state === 'failed') return body
  }
}

const today = new Date().toISOString().slice(0, 10)
const collectedAt = new Date(`${today}T06:00:00Z`)

interface Listed {
  readonly items: readonly { readonly safeguard: string; readonly subject: { readonly key: string } }[]
  readonly next: string | null
}

async function findingsOf(caller: Caller): Promise<readonly string[]> {
  const found: string[] = []
  for (let after = ''; ; ) {
    const { body } = await caller.call<Listed>(
      'GET',
      `/findings?limit=200${after && `&after=${encodeURIComponent(after)}`}`,
    )
    found.push(...body.items.map(({ safeguard, subject }) => `${safeguard} ${subject.key}`))
    if (body.next === null) return found.sort()
    after = body.next
  }
}

test('files handed in over the interface give the findings of vigil assess, through every kill', async () => {
  const exports = join(folder, 'exports')
  await writeSample({ size: 'clinic', seed: 1, directory: exports, asOf: today })
  const directory = join(folder, 'imported')
  let server = await start(directory)
  const caller = await setUp(server)
  const jobId = await deliver(caller, exports)
  for (const pauseMs of isLong ? [50, 150, 300, 500, 800, 1_200] : [150, 600]) {
    // The moment of the kill is what is tried; nothing is waited for.
    await wait(pauseMs)
    await server.kill()
    running.delete(server)
    server = await start(directory)
    caller.url = server.url
    const { body } = await caller.call<{ state: string; attempts: number }>('GET', `/jobs/${jobId}`)
    if (body.state === 'done') break
    // A job that was cut short three times asks a person; it may be told to go on.
    if (body.state === 'failed') await caller.call('POST', `/jobs/${jobId}/retry`)
  }
  assert.equal((await ended(caller, jobId)).state, 'done')
  const { posture } = await assessFolder(readConfig({}, []), exports, { now: new Date() })
  const expected = posture.findings.map(({ safeguard, subject }) => `${safeguard} ${subject.key}`).sort()
  assert.deepEqual(await findingsOf(caller), expected)
  assert.ok(expected.length > 10)
})

test('kill -9 under load loses nothing that was answered, and does nothing twice', async () => {
  const directory = join(folder, 'loaded')
  let server = await start(directory)
  const caller = await setUp(server)
  const asked = new Map<string, string>()
  const answered = new Map<string, number>()
  const invite = async (key: string) => {
    const email = asked.get(key) ?? `${key}@lakeside.example`
    asked.set(key, email)
    const told = await caller
      .call<{ invitationId: number }>(
        'POST',
        '/members/invitations',
        { name: 'Ana Ruiz', email, roles: ['security-officer'] },
        { 'idempotency-key': key },
      )
      .catch(() => undefined)
    if (told?.status !== 200) return false
    const before = answered.get(key)
    assert.ok(before === undefined || before === told.body.invitationId, 'one key, one invitation')
    answered.set(key, told.body.invitationId)
    return true
  }
  for (let round = 0; round < (isLong ? 10 : 2); round += 1) {
    const load = Array.from({ length: 8 }, async () => {
      while (await invite(randomUUID()));
    })
    await wait(300 + 130 * round)
    await server.kill()
    running.delete(server)
    await Promise.all(load)
    server = await start(directory)
    caller.url = server.url
    // Whoever lost the answer asks again with the same key.
    for (const key of asked.keys()) if (!answered.has(key)) await invite(key)
  }
  assert.equal(answered.size, asked.size)
  assert.ok(answered.size > 5, `only ${answered.size} were answered`)
  const seen = new Map<string, number>()
  for (let after = ''; ; ) {
    const { body } = await caller.call<{ items: { id: number; email: string }[]; next: string | null }>(
      'GET',
      `/members/invitations?limit=200${after && `&after=${encodeURIComponent(after)}`}`,
    )
    for (const { id, email } of body.items) {
      assert.ok(!seen.has(email), `${email} was invited twice`)
      seen.set(email, id)
    }
    if (body.next === null) break
    after = body.next
  }
  assert.deepEqual([...seen].sort(), [...answered].map(([key, id]) => [asked.get(key) ?? '', id] as const).sort())
  assert.equal(await server.stop(), 0)
  running.delete(server)
  const file = join(folder, 'ledger.txt')
  assert.equal((await runVigil(['export', file], { VIGIL_DATA: directory })).code, 0)
  const verified = await runVigil(['verify', file, '--json'], {})
  assert.equal(verified.code, 3, verified.out + verified.errors)
})

test('two servers on one data directory share sessions, and run a job once', async () => {
  const directory = join(folder, 'two')
  const first = await start(directory)
  const caller = await setUp(first)
  const second = await start(directory)
  const exports = join(folder, 'exports')
  const jobId = await deliver(caller, exports)
  caller.url = second.url
  assert.equal((await caller.call('GET', '/me')).status, 200)
  assert.equal((await ended(caller, jobId)).state, 'done')
  const { body } = await caller.call<{ attempts: number }>('GET', `/jobs/${jobId}`)
  assert.equal(body.attempts, 1)
  // Signed out at one, signed out at both.
  assert.equal((await caller.call('POST', '/sign-out')).status, 200)
  assert.equal((await caller.call('GET', '/me')).status, 401)
  caller.url = first.url
  assert.equal((await caller.call('GET', '/me')).status, 401)
  assert.equal(await first.stop(), 0)
  running.delete(first)
  // The database that the first one started lives on for the second, which takes over the access trail too.
  assert.equal((await fetch(`${second.url}/readyz`)).status, 200)
  while (!(await isHosted(directory))) await wait(100)
  assert.equal(await second.stop(), 0)
  running.delete(second)
})
