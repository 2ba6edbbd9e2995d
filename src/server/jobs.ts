/** The kinds of jobs that there are, and when Vigil does what by itself. */
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { remindOfSources } from '#core/intake/reminders.ts'
import { resolveIdentities } from '#core/intake/service.ts'
import { checksJob, defineJob, type JobContext, type JobKind } from '#core/jobs/kinds.ts'
import { setSchedule } from '#core/jobs/service.ts'
import { deleteOldJobs } from '#core/jobs/store.ts'
import { tieMembersToPeople } from '#core/members/store.ts'
import { runSend, runTell, sendJob } from '#core/notifications/mail.ts'
import { tellJob } from '#core/notifications/notify.ts'
import { tellOfOpened, tellWhatEnds } from '#core/notifications/service.ts'
import { readRetention } from '#core/retention/service.ts'
import { deleteOldRejects } from '#core/retention/store.ts'
import { deleteExpired, listOrganisations } from '#core/sign-in/store.ts'
import { deleteOldAttempts } from '#core/webhooks/store.ts'
import type { Context } from '#platform/context.ts'
import type { Database } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { practiceJobs, practiceTimes, sweepUploads } from '#practices/index.ts'
import { importJob, runDelivery, sweepDeliveries, sweepFolders } from '#sources/deliveries/service.ts'
import { readJob, runDirectory } from '#sources/directories/service.ts'
import type { Transact } from '#sources/folder.ts'
import { clearSpool } from './edge/body.ts'
import { judge } from './installation.ts'
import { deleteOldAnswers } from './store.ts'

const hourMs = 60 * 60_000

export const jobKinds: readonly JobKind[] = [
  defineJob({
    kind: importJob,
    input: z.strictObject({ deliveryId: z.uuid() }),
    exclusiveBy: 'organisation',
    async run(job, { deliveryId }) {
      const { config, dataDirectory } = job.services
      const taken = await runDelivery(
        {
          now: job.now,
          config,
          dataDirectory,
          signal: job.signal,
          transact: transactOf(job),
          inOrganisation: job.inOrganisation,
          progress: ({ done, total }) => job.progress({ phase: 'reading', done, total }),
        },
        deliveryId,
      )
      const judged = await settle(job)
      return { files: taken.files, parts: taken.parts.length, ...judged }
    },
  }),
  defineJob({
    kind: readJob,
    input: z.strictObject({ directoryId: z.int().positive() }),
    exclusiveBy: 'organisation',
    async run(job, { directoryId }) {
      const { config, keys } = job.services
      const taken = await runDirectory(
        {
          organisationId: job.organisationId,
          keys,
          now: job.now,
          allowLoopback: config.allowLoopbackSources,
          validDays: config.validDays,
          transact: transactOf(job),
          inOrganisation: job.inOrganisation,
          progress: (rows) => job.progress({ phase: 'reading', done: rows, total: null }),
        },
        directoryId,
      )
      const judged = await settle(job)
      const { rowsRead, added, changed, ended, rejectCount } = taken
      return { rowsRead, added, changed, ended, rejects: rejectCount, ...judged }
    },
  }),
  checksJob((job) => settle(job)),
  defineJob({
    kind: 'reminders.run',
    input: z.strictObject({}),
    exclusiveBy: 'none',
    run: (job) =>
      job.inOrganisation(async (context) => ({
        ...(await remindOfSources(context)),
        ...(await tellWhatEnds(context)),
      })),
  }),
  defineJob({ kind: tellJob, input: z.strictObject({}), exclusiveBy: 'none', run: runTell }),
  defineJob({
    kind: sendJob,
    input: z.strictObject({ tries: z.int().optional() }),
    exclusiveBy: 'none',
    run: (job) => runSend(job),
  }),
  defineJob({
    kind: 'housekeeping.run',
    input: z.strictObject({}),
    exclusiveBy: 'none',
    async run(job) {
      const { database, dataDirectory } = job.services
      await database.outside((db) => deleteExpired(db, job.now))
      await job.inOrganisation(({ db }) => deleteOldAnswers(db, new Date(job.now.getTime() - 24 * hourMs)))
      const discarded = await sweepDeliveries({
        now: job.now,
        dataDirectory,
        transact: transactOf(job),
        inOrganisation: job.inOrganisation,
      })
      await sweepFolders(database, dataDirectory, job.now)
      await sweepUploads(dataDirectory, job.now)
      await clearSpool(join(dataDirectory, 'spool'), 24 * hourMs, job.now)
      await job.inOrganisation(async (context) => {
        const kept = await readRetention(context)
        const before = (days: number) => new Date(job.now.getTime() - days * 24 * hourMs)
        await deleteOldJobs(context.db, before(kept.jobs))
        await deleteOldRejects(context.db, before(kept.rejects))
        await deleteOldAttempts(context.db, before(kept['webhook-attempts']))
      })
      await setAllTimes(database, job.now)
      return { discardedDeliveries: discarded }
    },
  }),
  ...practiceJobs,
]

/** When what is done without being asked for, in the organisation's zone: spread, so that not all comes at once. */
const times = [
  { kind: 'checks.run', name: 'daily', cron: '20 4 * * *', input: { reason: 'schedule' } },
  { kind: 'reminders.run', name: 'daily', cron: '40 5 * * *', input: {} },
  { kind: tellJob, name: 'hourly', cron: '1 * * * *', input: {} },
  { kind: 'housekeeping.run', name: 'hourly', cron: '35 * * * *', input: {} },
  ...practiceTimes,
] as const

/** Makes sure that the times of every organisation are set; one that was added later is met within the hour. */
export async function setAllTimes(database: Database, now: Date): Promise<void> {
  for (const { id, timeZone } of await database.outside(listOrganisations)) {
    await database.inOrganisation(id, async (db) => {
      const context = { db, actor: 'job:times', now, today: dayOf(now, timeZone) }
      for (const time of times) await setSchedule(context, time)
    })
  }
}

/** Ties what came in to whom and what it is about, and judges all that this may change. */
async function settle(job: JobContext): Promise<{ opened: number; closed: number; checked: number }> {
  job.progress({ phase: 'matching', done: 0, total: null })
  await job.inOrganisation(async (context) => {
    await resolveIdentities(context, { anew: true })
    await tieMembersToPeople(context.db)
  })
  job.progress({ phase: 'checking', done: 0, total: null })
  const { services, now } = job
  let done = 0
  return job.inOrganisation(async (context) => {
    const result = await judge(services, context, () => {
      done += 1
      job.progress({ phase: 'checking', done, total: null })
    })
    if (result.checked > 0) {
      await services.ledger.append(atClock(context), [
        { action: 'safeguards.judge', outcome: 'done', subjects: [], payload: { ...result, asOf: now.toISOString() } },
      ])
      await tellOfOpened(context, result.opened)
    }
    return { opened: result.opened, closed: result.closed, checked: result.checked }
  })
}

/** A transaction of a job, with what it tells the ledger. */
function transactOf(job: JobContext): Transact {
  return (work, tell) =>
    job.inOrganisation(async (context) => {
      const result = await work(context)
      await job.services.ledger.append(atClock(context), [{ outcome: 'done', subjects: [], ...tell(result) }])
      return result
    })
}

/** A job may take long: the ledger says when each thing was done, not when the job began. */
function atClock(context: Context): Context {
  return { ...context, now: new Date() }
}

/** Removes what a stop left of downloads. */
export async function clearFolder(directory: string, olderThanMs: number, now: Date): Promise<void> {
  for (const name of await readdir(directory).catch(() => [])) {
    const path = join(directory, name)
    const found = await stat(path).catch(() => undefined)
    if (found && now.getTime() - found.mtimeMs > olderThanMs) await rm(path, { recursive: true, force: true })
  }
}
