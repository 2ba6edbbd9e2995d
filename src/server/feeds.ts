/** The feeds of the settings: listeners for audit messages, and folders into which sources drop files. */
import { readFile } from 'node:fs/promises'
import { setTimeout as wait } from 'node:timers/promises'
import { listOrganisations } from '#core/sign-in/store.ts'
import type { Log } from '#platform/log.ts'
import { Refusal } from '#platform/refusal.ts'
import type { Host } from '#trail/host.ts'
import { type FolderEvent, watchFolder } from '#trail/live/folder.ts'
import { listenForSyslog, type SyslogServer } from '#trail/live/syslog-server.ts'
import type { Installation } from './installation.ts'

type Opened = Pick<Installation, 'database' | 'config'>

export interface Feeds {
  /** Takes nothing more, and makes durable what has come. */
  stop(): Promise<void>
}

/** Starts all feeds. One that cannot be started is said in the log, and the others run. */
export async function startFeeds({ database, config }: Opened, host: Host, log: Log): Promise<Feeds> {
  const { syslog = [], folders = [] } = config.trail
  if (syslog.length === 0 && folders.length === 0) return { stop: () => Promise.resolve() }
  const first = (await database.outside(listOrganisations))[0]?.id
  const listeners: SyslogServer[] = []
  for (const {
    source,
    organisation = first,
    host: address,
    port,
    certificate,
    key,
    senderAuthority,
    senders,
  } of syslog) {
    if (organisation === undefined) continue
    try {
      const tls =
        certificate && key && senderAuthority
          ? {
              certificate: await readFile(certificate),
              key: await readFile(key),
              senderAuthority: await readFile(senderAuthority),
            }
          : undefined
      listeners.push(
        await listenForSyslog({
          host: address,
          port,
          source,
          tls,
          senders,
          accept: async (messages, feed) => (await host.of(organisation)).accept(messages, feed),
          reject: (feed, reason) => {
            host.of(organisation).then(
              (trail) => trail.reject(feed, reason),
              () => undefined,
            )
          },
          failed: (_feed, error) => log.error('feed-failed', { port, name: (error as Error).name }),
        }),
      )
      log.info('feed-listens', { port })
    } catch (error) {
      log.error('feed-not-started', { port, code: error instanceof Refusal ? error.code : (error as Error).name })
    }
  }
  const over = new AbortController()
  const watched = folders.map(({ path, source, organisation = first }) =>
    organisation === undefined
      ? undefined
      : watchFolder({
          path,
          signal: over.signal,
          clock: {
            now: () => Date.now(),
            wait: async (ms, signal) => {
              await wait(ms, undefined, { signal }).catch(() => undefined)
            },
          },
          importFile: async (stream) => (await host.of(organisation)).import(stream, { source }),
          tell: (event) => tellFolder(log, event),
        }),
  )
  return {
    async stop() {
      over.abort()
      await Promise.all([...listeners.map((listener) => listener.stop()), ...watched])
    },
  }
}

/** A name of a file may hold a patient's: it stays out of the log. */
function tellFolder(log: Log, told: FolderEvent): void {
  if (told.event === 'imported') {
    const { accepted, rejected, duplicates } = told.result
    log.info('file-taken-in', { accepted, rejected, duplicates })
  } else if (told.event === 'failed') log.warn('file-failed', {})
  else log.warn(`file-${told.event}`, { name: (told.error as Error).name })
}
