/**
 * Jobs in a process of their own: an import that keeps a core busy for half a minute must not keep anybody waiting for a page.
 * The server starts the worker, starts it again should it die, and ends it; the worker ends by itself when its server is gone.
 */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { openJobs } from '#core/jobs/runner.ts'
import { type Courier, startCourier } from '#core/webhooks/courier.ts'
import type { Log } from '#platform/log.ts'
import type { Installation } from './installation.ts'
import { jobKinds } from './jobs.ts'
import { openServices } from './services.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'vigil.js')
/** How soon one that died is started again: at once the first time, then later each time, up to this. */
const longestPauseMs = 30_000
const firstPauseMs = 250
/** One that ran for this long has not died of its start. */
const settledMs = 60_000

export interface Worker {
  stop(): Promise<void>
}

/** Starts the worker of a server, with the settings that this process was started with. */
export function startWorker(publicUrl: URL, log: Log): Worker {
  let child: ChildProcess | undefined
  let isStopping = false
  let pauseMs = firstPauseMs

  async function keep(): Promise<void> {
    while (!isStopping) {
      const startedAt = performance.now()
      child = fork(program, ['work', '--public-url', publicUrl.href], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      const [code] = (await once(child, 'exit')) as [number | null]
      if (isStopping) return
      log.error('worker-ended', { code: code ?? undefined })
      pauseMs = performance.now() - startedAt > settledMs ? firstPauseMs : Math.min(pauseMs * 2, longestPauseMs)
      await wait(pauseMs, undefined, { ref: false })
    }
  }

  const kept = keep()
  return {
    async stop() {
      isStopping = true
      if (child?.connected) child.send('stop')
      if (child && child.exitCode === null && child.signalCode === null) await kept
    },
  }
}

/** Runs jobs until the server says to stop, or is gone. Says which it was. */
export async function work(installation: Installation, publicUrl: URL, log: Log): Promise<'stopped' | 'abandoned'> {
  // Ctrl-C reaches every process of the terminal; the server says in which order they end.
  process.on('SIGINT', () => undefined)
  const over = new Promise<'stopped' | 'abandoned'>((resolve) => {
    process.once('message', () => resolve('stopped'))
    process.once('SIGTERM', () => resolve('stopped'))
    process.once('disconnect', () => resolve('abandoned'))
    // The server may have gone while this process was starting.
    if (!process.connected) resolve('abandoned')
  })
  const jobs = await openJobs(installation.database, {
    log,
    onDefect: (error, job) => {
      const { name, code } = error as Error & { code?: string }
      log.error('job-defect', { job: job.id, kind: job.kind, name, code })
    },
  })
  let courier: Courier | undefined
  try {
    const services = { ...(await openServices(installation, publicUrl)), jobs }
    await jobs.start(jobKinds, services)
    courier = startCourier(services, log)
    return await over
  } finally {
    await courier?.stop()
    await jobs.stop()
  }
}
