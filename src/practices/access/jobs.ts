/** What is done with the access trail behind the scenes, and when by itself. An organisation without a trail has nothing to do. */
import { z } from 'zod'
import { defineJob, type JobContext, type JobKind } from '#core/jobs/kinds.ts'
import { listChosen } from './cases/parameters.ts'
import { listFeedback } from './cases/service.ts'
import { tieCases } from './cases/store.ts'
import { destroyInput, destroyJob, runDestruction, runVerification, verifyJob } from './trail/keeping.ts'
import { hasTrail, isPassing, reachTrail } from './trail/reach.ts'
import { lookAtTrail, mirrorTrail } from './trail/sources.ts'
import { runTake, takeInput, takeJob } from './trail/taking.ts'
import { peopleJob, runPeople } from './trail/workers.ts'

const judgeJob = 'trail.judge'
const watchJob = 'trail.watch'

/** A trail of many years is made anew in an hour or so: with five pauses it is waited for almost an hour and a half. */
const waiting = { exclusiveBy: 'none', passes: isPassing, retries: 5, pauseSeconds: 10 } as const

const placeOf = ({ services, organisationId }: JobContext) => ({ services, organisationId })

export const accessJobs: readonly JobKind[] = [
  defineJob({ kind: takeJob, input: takeInput, ...waiting, run: runTake }),
  defineJob({ kind: destroyJob, input: destroyInput, ...waiting, run: runDestruction }),
  defineJob({ kind: verifyJob, input: z.strictObject({}), ...waiting, run: runVerification }),
  defineJob({
    kind: judgeJob,
    input: z.strictObject({}),
    ...waiting,
    async run(job) {
      if (!(await hasTrail(placeOf(job)))) return { stories: 0 }
      const trail = reachTrail(placeOf(job))
      await trail.setFeedback(await job.inOrganisation(listFeedback))
      await trail.setParameters(await job.inOrganisation(listChosen))
      return { ...(await trail.judge()) }
    },
  }),
  defineJob({
    kind: peopleJob,
    input: z.strictObject({}),
    ...waiting,
    async run(job) {
      if (!(await hasTrail(placeOf(job)))) return { told: 0 }
      const told = await runPeople(job)
      await job.inOrganisation(({ db }) => tieCases(db))
      return { ...told }
    },
  }),
  defineJob({
    kind: watchJob,
    input: z.strictObject({}),
    ...waiting,
    async run(job) {
      const seen = await lookAtTrail(placeOf(job))
      if (!seen) return { sources: 0 }
      return { ...(await job.inOrganisation((context) => mirrorTrail(context, seen))) }
    },
  }),
]

/** In the organisation's zone; who works here is told before the stories are worked out. */
export const accessTimes = [
  { kind: peopleJob, name: 'nightly', cron: '10 2 * * *', input: {} },
  { kind: judgeJob, name: 'nightly', cron: '30 2 * * *', input: {} },
  { kind: verifyJob, name: 'weekly', cron: '50 2 * * 0', input: {} },
  { kind: watchJob, name: 'hourly', cron: '5 * * * *', input: {} },
] as const
