/** A process that the server starts beside itself, starts again should it die, and ends; it ends by itself when its server is gone. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import type { Log } from '#platform/log.ts'

const program = join(import.meta.dirname, '..', '..', 'bin', 'vigil.js')
/** How soon one that died is started again: at once the first time, then later each time, up to this. */
const longestPauseMs = 30_000
const firstPauseMs = 250
/** One that ran for this long has not died of its start. */
const settledMs = 60_000

export interface Child {
  stop(): Promise<void>
}

/** Starts a command of this program, with the settings that this process was started with. */
export function keepChild(name: string, words: readonly string[], log: Log): Child {
  let child: ChildProcess | undefined
  let isStopping = false
  let pauseMs = firstPauseMs

  async function keep(): Promise<void> {
    while (!isStopping) {
      const startedAt = performance.now()
      child = fork(program, words, { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] })
      // One that could not even be started is tried again like one that died.
      const [code] = (await once(child, 'exit').catch(() => [null])) as [number | null]
      if (isStopping) return
      log.error(`${name}-ended`, { code: code ?? undefined })
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

/** In such a process: waits until the server says to stop, or is gone. Says which it was. */
export function untilOver(): Promise<'stopped' | 'abandoned'> {
  // Ctrl-C reaches every process of the terminal; the server says in which order they end.
  process.on('SIGINT', () => undefined)
  return new Promise((resolve) => {
    process.once('message', () => resolve('stopped'))
    process.once('SIGTERM', () => resolve('stopped'))
    process.once('disconnect', () => resolve('abandoned'))
    // The server may have gone while this process was starting.
    if (!process.connected) resolve('abandoned')
  })
}
