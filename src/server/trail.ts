/** Reaching the access trail: through the process that holds it, or, where none does, by holding it oneself for a while. */
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { listOrganisations } from '#core/sign-in/store.ts'
import type { Log } from '#platform/log.ts'
import { connectTrail } from '#trail/client.ts'
import { type OpenTrail, openTrail } from '#trail/engine.ts'
import { type Host, hostTrails, isHosted, listTrails } from '#trail/host.ts'
import type { Trail } from '#trail/trail.ts'
import { type Child, keepChild, untilOver } from './child.ts'
import { startFeeds } from './feeds.ts'
import type { Installation } from './installation.ts'

/** How often the zones of the organisations are looked at. */
const lookForZoneMs = 1_000

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
  const opened = new Map<number, OpenTrail>()
  const host = await hostTrails({
    dataDirectory,
    async open(organisationId) {
      const trail = await openOwn(installation, organisationId)
      opened.set(organisationId, trail)
      return trail
    },
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
  const zones = followZones(installation, opened, log)
  return {
    of: host.of,
    async stop() {
      await feeds.stop()
      await zones.stop()
      await host.stop()
    },
  }
}

/**
 * Has each trail that is open tell days in the zone of its organisation, also when that is changed while it is open. Looked for,
 * and not told with the change: so it holds whoever changes it, and whatever is down at that moment.
 */
function followZones(
  { database }: Pick<Opened, 'database'>,
  opened: ReadonlyMap<number, OpenTrail>,
  log: Log,
): { stop(): Promise<void> } {
  const over = new AbortController()
  const { signal } = over
  /** Trails that are being made anew for their zone, which may take hours. */
  const moving = new Map<OpenTrail, Promise<void>>()

  async function move(organisationId: number, trail: OpenTrail, zone: string): Promise<void> {
    try {
      await trail.setZone(zone)
      log.info('trail-zone-changed', { organisationId })
    } catch (error) {
      // One that is broken by it is opened again, in its zone, by the next who asks.
      log.error('trail-zone-not-changed', { organisationId, name: (error as Error).name })
    }
    moving.delete(trail)
  }

  async function look(): Promise<void> {
    for (const { id, timeZone } of await database.outside(listOrganisations)) {
      const trail = opened.get(id)
      if (!trail || trail.isBroken || trail.zone === timeZone || moving.has(trail) || signal.aborted) continue
      moving.set(trail, move(id, trail, timeZone))
    }
  }

  async function follow(): Promise<void> {
    while (!signal.aborted) {
      await wait(lookForZoneMs, undefined, { signal, ref: false }).catch(() => undefined)
      // While the database does not answer, days are told as they were.
      if (!signal.aborted) await look().catch((error: Error) => log.warn('trail-zones-not-read', { name: error.name }))
    }
  }

  const following = follow()
  return {
    async stop() {
      over.abort()
      await following
      await Promise.all(moving.values())
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
