/**
 * A server that does nothing but run jobs, for test/faults/jobs.test.ts to kill: it prints a line when it is ready and one
 * for each step of each job.
 */
import { z } from 'zod'
import { defineJob } from '#core/jobs/kinds.ts'
import { openJobs } from '#core/jobs/runner.ts'
import { queueJob } from '#core/jobs/service.ts'
import { openServices } from '#core/testing.ts'
import { openDatabase } from '#platform/database.ts'
import { dayOf } from '#platform/days.ts'
import { createLog } from '#platform/log.ts'
import type { ServerAddress } from '#platform/postgres.ts'

const say = (line: string) => process.stdout.write(`${line}\n`)
const address = JSON.parse(process.argv[2] ?? '') as ServerAddress & { database: string }
/** The step, counted over all jobs, at which the job that takes it stands still for ever; 0 for none. */
const stands = Number(process.argv[3])

const database = await openDatabase(address)
const services = await openServices(database, process.argv[4] ?? '')
const jobs = await openJobs(database, {
  log: createLog('warn', (line) => process.stderr.write(line)),
  sweepMs: 500,
})
let steps = 0

const count = defineJob({
  kind: 'faults.count',
  input: z.strictObject({ to: z.int(), asks: z.boolean().optional() }),
  exclusiveBy: 'organisation',
  retries: 100,
  async run({ jobId, organisationId, attempt, inOrganisation, progress }, { to, asks }) {
    for (let step = 1; step <= to; step++) {
      progress({ phase: 'counting', done: step, total: to })
      await inOrganisation(async (context) => {
        // The last step asks for more work in the same transaction.
        if (asks && step === to) await queueJob(context, { kind: 'faults.count', input: { to: 1 } })
      })
      say(`step ${organisationId} ${jobId} ${attempt} ${step}`)
      steps += 1
      if (steps === stands) {
        say('standing')
        await new Promise(() => undefined)
      }
    }
    return { counted: to, on: dayOf(new Date()) }
  },
})
await jobs.start([count], { ...services, jobs })
say('ready')
