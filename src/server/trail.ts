/** Reaching the access trail: through the process that holds it, or, where none does, by holding it oneself for a while. */
import { join } from 'node:path'
import { listOrganisations } from '#core/sign-in/store.ts'
import type { Log } from '#platform/log.ts'
import { connectTrail } from '#trail/client.ts'
import { type OpenTrail, openTrail } from '#trail/engine.ts'
import { type Host, hostTrails, isHosted, listTrails } from '#trail/host.ts'
import type { Trail } from '#trail/trail.ts'
import { type Child, keepChild, untilOver } from './child.ts'
import { startFeeds } from './feeds.ts'
import type { Installation } from './installation.ts'

type Opened = Pick<Installation, 'database' | 'keys' | 'dataDirectory' | 'config'>

/** Starts the process that holds the trails of a server. */
export function startTrail(log: Log): Child {
  return keepChild('trail', ['hold-trail'], log)
}

/** Holds the trails until the server says to stop, or is gone. Says which it was. */
export async function holdTrails(installation: Opened, log: Log): Promise<'stopped' | 'abandoned'> {
  const over = untilOver()
  const host = await openHost(installation, log)
  try {
    return await over
  } finally {
    await host.stop()
  }
}

/** Holds the trails in this process. */
export async function openHost(installation: Opened, log: Log): Promise<Host> {
  const { dataDirectory } = installation
  const host = await hostTrails({
    dataDirectory,
    open: (organisationId) => openOwn(installation, organisationId),
    onDefect(error, call) {
      const { name, code } = error as Error & { code?: string }
      log.error('trail-defect', { call, name, code })
    },
  })
  for (const organisationId of await listTrails(dataDirectory)) {
    // Feeds are taken in from the start; one that cannot be opened says so to whoever asks for it.
    host.of(organisationId).catch((error: Error) => log.error('trail-not-opened', { organisationId, name: error.name }))
  }
  const feeds = await startFeeds(installation, host, log)
  return {
    of: host.of,
    async stop() {
      await feeds.stop()
      await host.stop()
    },
  }
}

/** The trail for the length of one command. */
export async function reachTrail(installation: Installation): Promise<{ trail: Trail; close(): Promise<void> }> {
  const { dataDirectory, organisationId } = installation
  const trail = (await isHosted(dataDirectory))
    ? connectTrail(dataDirectory, organisationId)
    : await openOwn(installation, organisationId)
  return { trail, close: () => trail.close() }
}

async function openOwn(installation: Opened, organisationId: number): Promise<OpenTrail> {
  const { database, keys, dataDirectory, config } = installation
  const organisations = await database.outside(listOrganisations)
  return openTrail({
    directory: join(dataDirectory, 'trail', String(organisationId)),
    keys,
    organisationId,
    zone: organisations.find(({ id }) => id === organisationId)?.timeZone ?? 'UTC',
    clock: () => new Date(),
    ...(config.trail.witness ? { witness: join(config.trail.witness, String(organisationId)) } : {}),
    store: { memoryLimit: config.trail.memory, clickhouse: config.trail.clickhouse },
  })
}
