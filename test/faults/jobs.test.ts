/** Jobs when processes die: `kill -9` in the middle of them, with and without another server beside. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { after, test } from 'node:test'
import { openJobs } from '#core/jobs/runner.ts'
import { queueJob } from '#core/jobs/service.ts'
import { sql } from '#platform/database.ts'
import { createLog } from '#platform/log.ts'
import { asTester, openTestDatabase, testServer } from '#platform/testing.ts'
import { makeFolder } from './vigil.ts'

const { database, newOrganisation } = await openTestDatabase()
const { database: name } = database.appConnection()
const address = JSON.stringify({ ...(await testServer()), database: name })
const script = join(import.meta.dirname, 'jobs-server.ts')
const folder = makeFolder('vigil-jobs-')
const started = new Set<ChildProcess>()
after(() => {
  for (const child of started) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

interface Server {
  /** Waits for the next line that begins so. */
  line(beginning: string): Promise<string>
  kill(): Promise<void>
}

function startServer(stands: number): Server {
  const child = spawn(process.execPath, [script, address, String(stands), folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  started.add(child)
  const lines: string[] = []
  let told = Promise.withResolvers<void>()
  createInterface(child.stdout).on('line', (text) => {
    lines.push(text)
    told.resolve()
    told = Promise.withResolvers()
  })
  return {
    async line(beginning) {
      for (;;) {
        const next = lines.shift()
        if (next?.startsWith(beginning)) return next
        if (next === undefined) await told.promise
      }
    },
    async kill() {
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
      started.delete(child)
    },
  }
}

/** A runner that runs nothing: it only watches. */
async function openWatcher(t: { after(work: () => Promise<void>): void }) {
  const runner = await openJobs(database, { log: createLog('silent', () => undefined) })
  t.after(() => runner.stop())
  return runner
}

test('a job whose server is killed is run again when a server starts, within 30 seconds', async (t) => {
  const organisationId = await newOrganisation()
  const watcher = await openWatcher(t)
  const first = startServer(3)
  await first.line('ready')
  const jobId = await asTester(database, organisationId, (context) =>
    queueJob(context, { kind: 'faults.count', input: { to: 5 } }),
  )
  await first.line(`step ${organisationId} ${jobId} 1 3`)
  await first.kill()
  const killedAt = performance.now()
  const second = startServer(0)
  await second.line(`step ${organisationId} ${jobId} 2 1`)
  const tookMs = performance.now() - killedAt
  t.diagnostic(
    `${Math.round(tookMs)} ms from the kill to the first step of the next attempt, start of a server included`,
  )
  assert.ok(tookMs < 30_000)
  for await (const job of watcher.watch(organisationId, jobId)) {
    if (job.state !== 'done') continue
    assert.equal(job.result?.['counted'], 5)
    assert.equal(job.attempts, 2)
    assert.equal(job.failure, null)
  }
  await second.kill()
})

test('a job whose server is killed is run again by a server that stands beside it', async (t) => {
  const organisationId = await newOrganisation()
  const first = startServer(1)
  await first.line('ready')
  const jobId = await asTester(database, organisationId, (context) =>
    queueJob(context, { kind: 'faults.count', input: { to: 2 } }),
  )
  await first.line(`step ${organisationId} ${jobId} 1 1`)
  const second = startServer(0)
  await second.line('ready')
  await first.kill()
  const killedAt = performance.now()
  await second.line(`step ${organisationId} ${jobId} 2 1`)
  t.diagnostic(`${Math.round(performance.now() - killedAt)} ms from the kill to the first step of the next attempt`)
  const watcher = await openWatcher(t)
  let last: string | undefined
  for await (const job of watcher.watch(organisationId, jobId)) last = `${job.state} ${job.attempts}`
  assert.equal(last, 'done 2')
  await second.kill()
})

test('servers that are killed again and again under load lose no job, and run again only what was cut short', async (t) => {
  const organisations = [await newOrganisation(), await newOrganisation(), await newOrganisation()]
  const watcher = await openWatcher(t)
  const asked: { organisationId: number; jobId: number }[] = []
  for (const organisationId of organisations) {
    await asTester(database, organisationId, async (context) => {
      for (let index = 0; index < 12; index++) {
        const jobId = await queueJob(context, { kind: 'faults.count', input: { to: 2, asks: true } })
        asked.push({ organisationId, jobId })
      }
    })
  }
  for (const stands of [1, 4, 9, 14]) {
    const server = startServer(stands)
    const beside = startServer(stands + 3)
    await Promise.race([server.line('standing'), beside.line('standing')])
    await server.kill()
    await beside.kill()
  }
  const last = startServer(0)
  for (const { organisationId, jobId } of asked) {
    let state: string | undefined
    for await (const job of watcher.watch(organisationId, jobId)) state = job.state
    assert.equal(state, 'done')
  }
  for (const organisationId of organisations) {
    const waiting = await asTester(database, organisationId, async ({ db }) => {
      const { rows } = await sql<{ id: number }>`select id from job order by id`.execute(db)
      return rows
    })
    for (const { id } of waiting) for await (const _ of watcher.watch(organisationId, id));
    const { rows } = await asTester(database, organisationId, ({ db }) =>
      sql<{ state: string; jobs: number; asked: number; cut: number }>`
        select state, count(*) as jobs, count(*) filter (where input ? 'asks') as asked, sum(attempts - 1) as cut
        from job group by state`.execute(db),
    )
    const [all, ...others] = rows
    assert.deepEqual(others, [])
    assert.equal(all?.state, 'done')
    assert.equal(all.asked, 12)
    // What a job asks for with its last step is never lost, and asked for again only by an attempt that follows a kill.
    assert.ok(all.jobs >= 24 && all.jobs <= 24 + all.cut, `${all.jobs} jobs, ${all.cut} attempts cut short`)
  }
  await last.kill()
})
