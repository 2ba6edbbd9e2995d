import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { z } from 'zod'
import type { Bound, Occurrence } from '#core/door.ts'
import { callOf, openServices, runBound } from '#core/testing.ts'
import type { Context } from '#platform/context.ts'
import { sql } from '#platform/database.ts'
import { createLog } from '#platform/log.ts'
import { refusals } from '#platform/refusal.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { jobs as bounds } from './index.ts'
import { checksJob, defineJob, type JobContext, type JobKind } from './kinds.ts'
import { type JobRunner, openJobs, type RunnerOptions } from './runner.ts'
import { type JobWanted, listSchedules, queueJob, setSchedule, showJob } from './service.ts'
import type { Job, JsonObject } from './store.ts'

const { database, newOrganisation } = await openTestDatabase()
const folder = mkdtempSync(join(tmpdir(), 'vigil-jobs-'))
after(() => rmSync(folder, { recursive: true, force: true }))
const services = await openServices(database, folder)

const anything = z.record(z.string(), z.json())
const kindOf = (
  kind: string,
  run: (context: JobContext, input: Readonly<Record<string, unknown>>) => Promise<JsonObject>,
  more: Partial<Pick<JobKind, 'exclusiveBy' | 'retries' | 'passes'>> = {},
): JobKind => defineJob({ kind, input: anything, exclusiveBy: 'none', pauseSeconds: 0, run, ...more })

/** A server: runs these kinds until the test is over. Each test's kinds are its own, so that no server takes another's. */
async function serve(
  t: { after(work: () => Promise<void>): void },
  kinds: readonly JobKind[],
  options: Partial<RunnerOptions> = {},
): Promise<JobRunner> {
  const runner = await openJobs(database, { log: createLog('silent', () => undefined), ...options })
  t.after(() => runner.stop())
  await runner.start(kinds, { ...services, jobs: runner })
  return runner
}

const queue = (organisationId: number, wanted: JobWanted, now?: Date) =>
  asTester(database, organisationId, (context) => queueJob(context, wanted), now)

const show = (organisationId: number, jobId: number) =>
  asTester(database, organisationId, (context) => showJob(context, { jobId }))

/** Waits until a job has ended, and gives how it ended. */
async function ended(runner: JobRunner, organisationId: number, jobId: number): Promise<Job> {
  let last: Job | undefined
  for await (const job of runner.watch(organisationId, jobId)) last = job
  assert.ok(last)
  return last
}

/** A point that one side waits at until the other opens it. */
function gate<T = void>() {
  return Promise.withResolvers<T>()
}

test('a job says how far it is, in order, and how it ended', async (t) => {
  const organisationId = await newOrganisation()
  const steps = [gate(), gate(), gate()]
  const runner = await serve(t, [
    kindOf('steps.walk', async ({ progress }) => {
      for (const [index, step] of steps.entries()) {
        progress({ phase: 'walking', done: index, total: steps.length })
        await step.promise
      }
      return { walked: steps.length }
    }),
  ])
  const jobId = await queue(organisationId, { kind: 'steps.walk' })
  const seen: (number | undefined)[] = []
  let last: Job | undefined
  for await (const job of runner.watch(organisationId, jobId)) {
    last = job
    if (job.state !== 'running' || !job.progress) continue
    seen.push(job.progress.done)
    steps[job.progress.done]?.resolve()
  }
  assert.deepEqual(seen, [0, 1, 2])
  assert.equal(last?.state, 'done')
  assert.deepEqual(last.result, { walked: 3 })
  assert.deepEqual(last.progress, { phase: 'walking', done: 2, total: 3 })
  assert.equal(last.askedBy, 'operator:tester')
  assert.equal(last.attempts, 1)
})

test('of two servers one runs each job, and an organisation’s exclusive jobs go one after the other', async (t) => {
  const organisations = [await newOrganisation(), await newOrganisation()]
  const runs = new Map<number, number>()
  const atOnce = new Map<number, number>()
  let most = 0
  const kinds = [
    kindOf(
      'turns.take',
      async ({ jobId, organisationId, inOrganisation }) => {
        runs.set(jobId, (runs.get(jobId) ?? 0) + 1)
        const now = (atOnce.get(organisationId) ?? 0) + 1
        atOnce.set(organisationId, now)
        most = Math.max(most, now)
        await inOrganisation(({ db }) => sql`select count(*) from job`.execute(db))
        atOnce.set(organisationId, (atOnce.get(organisationId) ?? 0) - 1)
        return {}
      },
      { exclusiveBy: 'organisation' },
    ),
  ]
  const one = await serve(t, kinds)
  await serve(t, kinds)
  const asked = await Promise.all(
    organisations.map(async (organisationId) => {
      const ids = await asTester(database, organisationId, async (context) => {
        const made: number[] = []
        for (let index = 0; index < 15; index++) made.push(await queueJob(context, { kind: 'turns.take' }))
        return made
      })
      return ids.map((jobId) => ({ organisationId, jobId }))
    }),
  )
  const all = await Promise.all(asked.flat().map(({ organisationId, jobId }) => ended(one, organisationId, jobId)))
  assert.deepEqual(new Set(all.map(({ state, attempts }) => `${state} ${attempts}`)), new Set(['done 1']))
  assert.equal(runs.size, 30)
  assert.deepEqual(new Set(runs.values()), new Set([1]))
  assert.equal(most, 1)
})

test('a refusal fails a job at once, with its code and its sentence', async (t) => {
  const organisationId = await newOrganisation()
  const refuse = refusals('journey', { closed: ['conflict', 'The road is closed.'] })
  const runner = await serve(t, [
    kindOf('roads.drive', async () => {
      throw refuse('closed')
    }),
  ])
  const job = await ended(runner, organisationId, await queue(organisationId, { kind: 'roads.drive' }))
  assert.equal(job.state, 'failed')
  assert.deepEqual(job.failure, { code: 'journey-closed', detail: 'The road is closed.' })
  assert.equal(job.attempts, 1)
})

test('a refusal that passes is waited out, as often as a defect, and one that stays is the end', async (t) => {
  const organisationId = await newOrganisation()
  const refuse = refusals('ferry', { away: ['unavailable', 'The ferry is on the other side.'] })
  let crossings = 0
  const runner = await serve(t, [
    kindOf(
      'rivers.cross',
      async ({ attempt }, { isEver }) => {
        if (isEver && attempt > 1) return { crossings: ++crossings }
        throw refuse('away')
      },
      { passes: ({ kind }) => kind === 'unavailable' },
    ),
  ])
  const cross = async (input: JsonObject) =>
    ended(runner, organisationId, await queue(organisationId, { kind: 'rivers.cross', input }))
  const back = await cross({ isEver: true })
  assert.deepEqual([back.state, back.attempts, back.failure, crossings], ['done', 2, null, 1])
  const never = await cross({ isEver: false })
  assert.deepEqual([never.state, never.attempts, never.failure?.code], ['failed', 3, 'ferry-away'])
})

test('a defect is tried again, three times in all, and its words are shown to nobody', async (t) => {
  const organisationId = await newOrganisation()
  const causes: unknown[] = []
  let isMended = false
  const runner = await serve(
    t,
    [
      kindOf('bridges.cross', async ({ attempt }) => {
        if (isMended) return { attempt }
        throw new Error('Doe, Jane fell through the plank')
      }),
    ],
    { onDefect: (error) => causes.push(error) },
  )
  const jobId = await queue(organisationId, { kind: 'bridges.cross' })
  const job = await ended(runner, organisationId, jobId)
  assert.equal(job.state, 'failed')
  assert.equal(job.attempts, 3)
  assert.equal(job.failure?.code, 'defect')
  assert.ok(!JSON.stringify(job).includes('Doe'))
  assert.equal(causes.length, 3)

  // Tried again by somebody, it has all its attempts anew.
  isMended = true
  const retried = await callOf(services, organisationId, (call) => runBound(bounds, 'jobs.retry', call, { jobId }))
  assert.equal((retried.output as { state: string }).state, 'queued')
  assert.deepEqual(retried.recorded?.subjects, [`job:${jobId}`])
  const again = await ended(runner, organisationId, jobId)
  assert.equal(again.state, 'done')
  assert.equal(again.failure, null)
  assert.deepEqual(again.result, { attempt: 4 })
  await assert.rejects(
    callOf(services, organisationId, (call) => runBound(bounds, 'jobs.retry', call, { jobId })),
    { code: 'job-not-failed' },
  )
})

test('input that the kind does not know is refused, not run', async (t) => {
  const organisationId = await newOrganisation()
  let ran = false
  const runner = await serve(t, [
    checksJob(async () => {
      ran = true
      return {}
    }),
  ])
  const wrong = await ended(
    runner,
    organisationId,
    await queue(organisationId, { kind: 'checks.run', input: { reason: 'whim' } }),
  )
  assert.equal(wrong.failure?.code, 'job-input')
  assert.equal(ran, false)
  const right = await queue(organisationId, { kind: 'checks.run', input: { reason: 'import' } })
  assert.equal((await ended(runner, organisationId, right)).state, 'done')
  assert.equal(ran, true)
})

test('a job that was queued while no server ran is run when one starts; a change undone queues nothing', async (t) => {
  const organisationId = await newOrganisation()
  const jobId = await queue(organisationId, { kind: 'nights.sleep' })
  await assert.rejects(
    asTester(database, organisationId, async (context) => {
      await queueJob(context, { kind: 'nights.sleep', input: { undone: true } })
      throw new Error('undone')
    }),
    /undone/,
  )
  const inputs: unknown[] = []
  const runner = await serve(t, [
    kindOf('nights.sleep', async (_, input) => {
      inputs.push(input)
      return {}
    }),
  ])
  assert.equal((await ended(runner, organisationId, jobId)).state, 'done')
  assert.deepEqual(inputs, [{}])
})

test('a job whose message the queue has lost is handed over again', async (t) => {
  const organisationId = await newOrganisation()
  const runner = await serve(t, [kindOf('letters.carry', async () => ({}))])
  const jobId = await queue(organisationId, { kind: 'letters.carry', dueAt: new Date(Date.now() + 3_600_000) })
  await runner.sweep()
  const lost = await database.asOwner(async (client) => {
    const { rowCount } = await client.query(`delete from pgboss.job where (data->>'job')::bigint = $1`, [jobId])
    await client.query('update job set due_at = null where id = $1', [jobId])
    return rowCount
  })
  assert.equal(lost, 1)
  assert.equal((await show(organisationId, jobId)).state, 'queued')
  await runner.sweep()
  assert.equal((await ended(runner, organisationId, jobId)).state, 'done')
})

test('a job that nobody has begun is joined by one that asks for the same', async () => {
  const organisationId = await newOrganisation()
  const wanted = { kind: 'errands.run', input: { what: 'milk' }, joins: true }
  const first = await queue(organisationId, wanted)
  assert.equal(await queue(organisationId, wanted), first)
  assert.notEqual(await queue(organisationId, { ...wanted, input: { what: 'bread' } }), first)
  assert.notEqual(await queue(organisationId, { ...wanted, joins: false }), first)
})

test('another organisation’s jobs are missing: by number, by list, by watching, by trying again, and without a where', async (t) => {
  const [ours, theirs] = [await newOrganisation(), await newOrganisation()]
  const runner = await serve(t, [])
  const jobId = await queue(theirs, { kind: 'secrets.keep', input: { secret: 'none' } })
  for (const name of ['jobs.show', 'jobs.watch', 'jobs.retry']) {
    await assert.rejects(
      callOf({ ...services, jobs: runner }, ours, (call) => runWithoutOutput(bounds, name, call, { jobId })),
      { code: 'job-unknown' },
      name,
    )
  }
  const list = await callOf(services, ours, (call) => runBound(bounds, 'jobs.list', call))
  assert.deepEqual(list.output, { items: [], next: null })
  const rows = await asTester(database, ours, ({ db }) => sql`select from job`.execute(db))
  assert.equal(rows.rows.length, 0)
  // Whoever watches by a number of somebody else's sees nothing at all.
  assert.deepEqual(await runner.watch(ours, jobId).next(), { value: undefined, done: true })
})

test('jobs are listed newest first, in pages, by state and kind', async () => {
  const organisationId = await newOrganisation()
  const ids: number[] = []
  for (const kind of ['pages.turn', 'pages.fold', 'pages.turn', 'pages.turn', 'pages.turn']) {
    ids.push(await queue(organisationId, { kind }))
  }
  const page = async (input: Readonly<Record<string, unknown>>) =>
    (await callOf(services, organisationId, (call) => runBound(bounds, 'jobs.list', call, input))).output as {
      items: { id: number; queuedAt: string }[]
      next: string | null
    }
  const first = await page({ limit: 2, kind: 'pages.turn', state: 'queued' })
  assert.deepEqual(
    first.items.map(({ id }) => id),
    [ids[4], ids[3]],
  )
  assert.equal(first.items[0]?.queuedAt, '2026-11-02T12:00:00.000Z')
  const second = await page({ limit: 2, kind: 'pages.turn', after: first.next })
  assert.deepEqual(
    second.items.map(({ id }) => id),
    [ids[2], ids[0]],
  )
  assert.equal(second.next, null)
  assert.deepEqual((await page({ state: 'failed' })).items, [])
  await assert.rejects(page({ after: '1 or 1=1' }), { code: 'job-unknown-place' })
})

test('a watcher through the contract is sent each change as on the wire', async (t) => {
  const organisationId = await newOrganisation()
  const runner = await serve(t, [kindOf('wires.hum', async () => ({ hummed: true }))])
  const jobId = await queue(organisationId, { kind: 'wires.hum' })
  const events = await callOf({ ...services, jobs: runner }, organisationId, (call) =>
    runWithoutOutput(bounds, 'jobs.watch', call, { jobId }),
  )
  const seen: Occurrence[] = []
  for await (const event of events as AsyncIterable<Occurrence>) seen.push(event)
  assert.deepEqual(new Set(seen.map(({ event }) => event)), new Set(['job']))
  const last = seen.at(-1)?.data as { state: string; finishedAt: string; result: unknown }
  assert.equal(last.state, 'done')
  assert.match(last.finishedAt, /^\d{4}-\d\d-\d\dT.*Z$/)
  assert.deepEqual(last.result, { hummed: true })
  await assert.rejects(
    callOf({ ...services, jobs: undefined }, organisationId, (call) =>
      runWithoutOutput(bounds, 'jobs.watch', call, { jobId }),
    ),
    { code: 'job-not-watched' },
  )
})

test('a slow reader is told what is, not all that was; one who leaves while waiting is let go at once', async (t) => {
  const organisationId = await newOrganisation()
  const [began, go] = [gate(), gate()]
  const runner = await serve(t, [
    kindOf('rivers.flow', async ({ progress }) => {
      progress({ phase: 'flowing', done: 0, total: null })
      began.resolve()
      await go.promise
      for (let drop = 1; drop <= 20_000; drop++) progress({ phase: 'flowing', done: drop, total: null })
      return {}
    }),
  ])
  const jobId = await queue(organisationId, { kind: 'rivers.flow' })
  await began.promise
  const slow = runner.watch(organisationId, jobId)
  assert.equal((await slow.next()).value?.state, 'running')
  const leaver = runner.watch(organisationId, jobId)
  await leaver.next()
  const controller = new AbortController()
  const aborted = runner.watch(organisationId, jobId, controller.signal)
  go.resolve()
  await ended(runner, organisationId, jobId)
  const rest: Job[] = []
  for await (const job of slow) rest.push(job)
  assert.equal(rest.at(-1)?.progress?.done, 20_000)
  assert.ok(rest.length <= 2, `${rest.length} snapshots`)
  controller.abort()
  assert.deepEqual(await aborted.next(), { value: undefined, done: true })

  const waitingId = await queue(organisationId, { kind: 'nobody.knows' })
  const waiter = runner.watch(organisationId, waitingId)
  assert.equal((await waiter.next()).value?.state, 'queued')
  const next = waiter.next()
  await waiter.return?.()
  assert.deepEqual(await next, { value: undefined, done: true })
})

test('a schedule is run once by two servers, and what was missed is caught up once', async (t) => {
  const organisationId = await newOrganisation()
  let now = new Date('2026-11-02T12:00:00Z')
  let ran = 0
  const kinds = [
    kindOf('clocks.strike', async () => {
      ran += 1
      return {}
    }),
  ]
  const servers = [await serve(t, kinds, { clock: () => now }), await serve(t, kinds, { clock: () => now })]
  const sweepBoth = () => Promise.all(servers.map((server) => server.sweep()))
  const scheduleId = await asTester(
    database,
    organisationId,
    (context) =>
      setSchedule(context, { kind: 'clocks.strike', name: 'nightly', cron: '30 3 * * *', zone: 'America/New_York' }),
    now,
  )
  const read = async () => {
    const [schedule] = await asTester(database, organisationId, (context) => listSchedules(context))
    assert.ok(schedule)
    assert.equal(schedule.id, scheduleId)
    return schedule
  }
  assert.equal((await read()).nextAt.toISOString(), '2026-11-03T08:30:00.000Z')
  await sweepBoth()
  assert.equal((await read()).lastJobId, null)

  now = new Date('2026-11-03T08:30:05Z')
  await sweepBoth()
  const first = await read()
  assert.ok(first.lastJobId)
  assert.equal(first.nextAt.toISOString(), '2026-11-04T08:30:00.000Z')
  const [server] = servers
  assert.ok(server)
  assert.equal((await ended(server, organisationId, first.lastJobId)).state, 'done')

  // Three nights went by while nothing ran.
  now = new Date('2026-11-06T20:00:00Z')
  await sweepBoth()
  await sweepBoth()
  const second = await read()
  assert.ok(second.lastJobId && second.lastJobId !== first.lastJobId)
  assert.equal(second.nextAt.toISOString(), '2026-11-07T08:30:00.000Z')
  await ended(server, organisationId, second.lastJobId)
  const { rows } = await asTester(database, organisationId, ({ db }) => sql`select from job`.execute(db))
  assert.equal(rows.length, 2)
  assert.equal(ran, 2)
})

test('a schedule queues nothing while its last job has not ended, and times that are none are refused', async (t) => {
  const organisationId = await newOrganisation()
  let now = new Date('2026-11-02T12:00:00Z')
  const runner = await serve(t, [], { clock: () => now })
  const set = (cron: string, zone?: string) =>
    asTester(database, organisationId, (context) =>
      setSchedule(context, { kind: 'tides.turn', name: 'all', cron, zone }),
    )
  for (const cron of ['', 'every day', '* * * * * *', '61 * * * *', '0 0 31 2 *']) {
    await assert.rejects(set(cron), { code: 'schedule-not-a-time' }, cron)
  }
  await assert.rejects(set('0 * * * *', 'Mars/Olympus'), { code: 'schedule-not-a-time' })
  await set('0 * * * *')
  const count = async () =>
    (await asTester(database, organisationId, ({ db }) => sql`select from job`.execute(db))).rows.length
  for (const hour of [13, 14, 15]) {
    now = new Date(`2026-11-02T${hour}:00:01Z`)
    await runner.sweep()
    assert.equal(await count(), 1)
  }
})

test('a job is told when Vigil stops, and begun again by the next server without having failed', async (t) => {
  const organisationId = await newOrganisation()
  const began = gate()
  const kind = (isLast: boolean) =>
    kindOf(
      'watches.keep',
      async ({ signal, attempt }) => {
        if (isLast) return { attempt }
        began.resolve()
        await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
        return {}
      },
      // Stopping counts as no attempt: with one it would have failed.
      { retries: 0 },
    )
  const first = await serve(t, [kind(false)])
  const jobId = await queue(organisationId, { kind: 'watches.keep' })
  await began.promise
  await first.stop()
  const stopped = await show(organisationId, jobId)
  assert.deepEqual([stopped.state, stopped.failure], ['queued', null])
  const second = await serve(t, [kind(true)])
  assert.deepEqual((await ended(second, organisationId, jobId)).result, { attempt: 2 })
})

test('when the connection that holds the locks breaks, jobs are told, begun again, and still watched', async (t) => {
  const organisationId = await newOrganisation()
  const began = gate()
  const runner = await serve(t, [
    kindOf('ropes.hold', async ({ signal, attempt }) => {
      if (attempt > 1) return { attempt }
      began.resolve()
      await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
      return {}
    }),
  ])
  const jobId = await queue(organisationId, { kind: 'ropes.hold' })
  const end = ended(runner, organisationId, jobId)
  await began.promise
  await database.asOwner((client) =>
    client.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
       where application_name = 'vigil session' and datname = current_database()`,
    ),
  )
  assert.deepEqual((await end).result, { attempt: 2 })
})

test('an attempt that was given up for dead writes nothing more', async (t) => {
  const organisationId = await newOrganisation()
  const [began, go] = [gate(), gate()]
  const outcome = gate<unknown>()
  const runner = await serve(t, [
    kindOf('ghosts.write', async ({ progress, inOrganisation }) => {
      began.resolve()
      await go.promise
      progress({ phase: 'haunting', done: 1, total: 1 })
      outcome.resolve(await inOrganisation(async (context: Context) => context.actor).catch((error: unknown) => error))
      return { haunted: true }
    }),
  ])
  const jobId = await queue(organisationId, { kind: 'ghosts.write' })
  await began.promise
  // As another server does that found the lock free.
  await database.asOwner((client) => client.query('update job set attempts = attempts + 1 where id = $1', [jobId]))
  go.resolve()
  assert.equal(((await outcome.promise) as { code?: string }).code, 'job-superseded')
  await runner.stop()
  const job = await show(organisationId, jobId)
  assert.deepEqual([job.state, job.progress, job.result, job.attempts], ['running', null, null, 2])
})

test('a job acts as itself, on the day of its organisation', async (t) => {
  const organisationId = await newOrganisation()
  await database.asOwner((client) =>
    client.query(`update organisation set time_zone = 'Pacific/Auckland' where id = $1`, [organisationId]),
  )
  const runner = await serve(
    t,
    [
      kindOf('days.tell', ({ inOrganisation, askedBy }) =>
        inOrganisation(async ({ actor, today }) => ({ actor, today, askedBy })),
      ),
    ],
    { clock: () => new Date('2026-11-02T12:00:00Z') },
  )
  const job = await ended(runner, organisationId, await queue(organisationId, { kind: 'days.tell' }))
  assert.deepEqual(job.result, { actor: 'job:days.tell', today: '2026-11-03', askedBy: 'operator:tester' })
})

test('checks that were asked for and wait are one job', async () => {
  const organisationId = await newOrganisation()
  const ask = () =>
    callOf(services, organisationId, async (call) => (await runBound(bounds, 'jobs.check', call, {})).output as Job)
  const first = await ask()
  assert.deepEqual([first.kind, first.state, first.input], ['checks.run', 'queued', { reason: 'asked' }])
  assert.equal((await ask()).id, first.id)
})

/** Calls an endpoint whose output is no JSON. */
async function runWithoutOutput(
  all: readonly Bound[],
  name: string,
  call: Parameters<Bound['run']>[0],
  input: Readonly<Record<string, unknown>>,
): Promise<unknown> {
  const bound = all.find(({ endpoint }) => endpoint.name === name)
  assert.ok(bound)
  return (await bound.run(call, z.decode(bound.endpoint.input, input) as never, undefined as never)).output
}
