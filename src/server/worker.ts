/**
 * Jobs in a process of their own: an import that keeps a core busy for half a minute must not keep anybody waiting for a page.
 * The server starts the worker, starts it again should it die, and ends it; the worker ends by itself when its server is gone.
 */
import { openJobs } from '#core/jobs/runner.ts'
import { type Courier, startCourier } from '#core/webhooks/courier.ts'
import type { Log } from '#platform/log.ts'
import { type Follower, startCaseFollower } from '#practices/index.ts'
import { type Child, keepChild, untilOver } from './child.ts'
import type { Installation } from './installation.ts'
import { jobKinds } from './jobs.ts'
import { openServices } from './services.ts'

/** Starts the worker of a server. */
export function startWorker(publicUrl: URL, log: Log): Child {
  return keepChild('worker', ['work', '--public-url', publicUrl.href], log)
}

/** Runs jobs until the server says to stop, or is gone. Says which it was. */
export async function work(installation: Installation, publicUrl: URL, log: Log): Promise<'stopped' | 'abandoned'> {
  const over = untilOver()
  const jobs = await openJobs(installation.database, {
    log,
    onDefect: (error, job) => {
      const { name, code } = error as Error & { code?: string }
      log.error('job-defect', { job: job.id, kind: job.kind, name, code })
    },
  })
  let courier: Courier | undefined
  let cases: Follower | undefined
  try {
    const services = { ...(await openServices(installation, publicUrl)), jobs }
    await jobs.start(jobKinds, services)
    courier = startCourier(services, log)
    cases = startCaseFollower(services, log)
    return await over
  } finally {
    await cases?.stop()
    await courier?.stop()
    await jobs.stop()
  }
}
