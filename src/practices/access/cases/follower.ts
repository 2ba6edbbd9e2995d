/**
 * Follows the trails of all organisations: as soon as a story changes, its case does. It runs in the worker's process beside
 * the jobs; several may run, for a batch is taken under a lock, and dropped where it was read before another follower went on.
 * Each minute it also writes down how the trail's sources are, so that a silence is seen within a minute.
 */
import { setTimeout as wait } from 'node:timers/promises'
import type { Services } from '#core/door.ts'
import { listOrganisations } from '#core/sign-in/store.ts'
import type { Context } from '#platform/context.ts'
import { dayOf } from '#platform/days.ts'
import type { Log } from '#platform/log.ts'
import { Refusal } from '#platform/refusal.ts'
import { hasTrail, reachTrail } from '../trail/reach.ts'
import { lookAtTrail, mirrorTrail } from '../trail/sources.ts'
import { followStories } from './following.ts'
import { listChosen } from './parameters.ts'
import { listFeedback } from './service.ts'
import { findVersion, setFollowed } from './store.ts'

const atOnce = 200
/** How often it is looked whether an organisation has a trail by now. */
const lookEveryMs = 500
const mirrorEveryMs = 60_000
/** How long is waited after the trail did not answer, and after a defect: twice as long each time, up to the second. */
const pauses = { first: 500, longest: 30_000 } as const

export interface Follower {
  stop(): Promise<void>
}

type Following = Pick<Services, 'database' | 'keys' | 'ledger' | 'digestKey' | 'dataDirectory'>

/** Begins to follow; a trail that is begun later is followed within a second. */
export function startCaseFollower(services: Following, log: Log, clock: () => Date = () => new Date()): Follower {
  const abort = new AbortController()
  const { signal } = abort
  const followed = new Map<number, Promise<void>>()
  /** Where an organisation's days begin and end now: it may be changed while it is followed. */
  const zones = new Map<number, string>()
  const all = lookForTrails()

  async function lookForTrails(): Promise<void> {
    while (!signal.aborted) {
      try {
        for (const { id, timeZone } of await services.database.outside(listOrganisations)) {
          zones.set(id, timeZone)
          if (followed.has(id) || !(await hasTrail({ services, organisationId: id }))) continue
          followed.set(id, follow(id))
        }
      } catch (error) {
        if (!signal.aborted) log.error('cases-defect', { name: (error as Error).name })
      }
      await rest(lookEveryMs)
    }
  }

  async function follow(organisationId: number): Promise<void> {
    const one: Followed = {
      services,
      organisationId,
      get timeZone() {
        return zones.get(organisationId) ?? 'UTC'
      },
      clock,
      signal,
    }
    await Promise.all([
      keep(() => followOne(one)),
      keep(async () => {
        await mirrorOne(one)
        await rest(mirrorEveryMs)
      }),
    ])
  }

  /** Does it again and again; after a failure, after a while. */
  async function keep(work: () => Promise<void>): Promise<void> {
    let pause: number = pauses.first
    while (!signal.aborted) {
      try {
        await work()
        pause = pauses.first
      } catch (error) {
        if (signal.aborted) return
        // A trail that is starting does not answer: that is no defect.
        if (!(error instanceof Refusal)) log.error('cases-defect', { name: (error as Error).name })
        await rest(pause)
        pause = Math.min(pause * 2, pauses.longest)
      }
    }
  }

  const rest = (ms: number) => wait(ms, undefined, { signal, ref: false }).catch(() => undefined)

  return {
    async stop() {
      abort.abort()
      await all
      await Promise.all(followed.values())
    },
  }
}

export interface Followed {
  readonly services: Following
  readonly organisationId: number
  readonly timeZone: string
  readonly clock: () => Date
  readonly signal: AbortSignal
}

/** Takes what has changed, then waits for more and takes that. */
async function followOne(one: Followed): Promise<void> {
  const trail = reachTrail(one)
  // A trail that was started again has forgotten what people decided, and would weigh its stories otherwise until the night. What
  // its rules go by may have been set while it did not answer.
  const { feedback, chosen } = await one.services.database.inOrganisation(one.organisationId, async (db) => ({
    feedback: await listFeedback({ db }),
    chosen: await listChosen({ db }),
  }))
  await trail.setFeedback(feedback)
  await trail.setParameters(chosen)
  await findRestart(one)
  while (!one.signal.aborted) {
    const version = await one.services.database.inOrganisation(one.organisationId, findVersion)
    if ((await catchUp(one)) > 0) continue
    await trail.changed(version, one.signal)
  }
}

/** Takes all stories that changed since; gives how many there were. */
export async function catchUp(one: Followed): Promise<number> {
  const { services, organisationId } = one
  const trail = reachTrail(one)
  let taken = 0
  while (!one.signal.aborted) {
    const version = await services.database.inOrganisation(organisationId, findVersion)
    const stories = await trail.stories(version, atOnce)
    if (stories.length === 0) return taken
    const followed = await services.database.inOrganisation(organisationId, (db) =>
      followStories(contextOf(one, db), { services, organisationId }, { since: version, stories }),
    )
    if (followed) taken += stories.length
  }
  return taken
}

/** A trail that was rebuilt may count its changes anew: then all stories are taken again, which changes what has changed. */
async function findRestart(one: Followed): Promise<void> {
  const { services, organisationId } = one
  const version = await services.database.inOrganisation(organisationId, findVersion)
  if (version === 0) return
  const soon = AbortSignal.any([one.signal, AbortSignal.timeout(2_000)])
  const newest = await reachTrail(one)
    .changed(0, soon)
    .catch((error: Error) => {
      if (error instanceof Refusal) throw error
      return 0
    })
  if (newest < version) await services.database.inOrganisation(organisationId, (db) => setFollowed(db, 0))
}

async function mirrorOne(one: Followed): Promise<void> {
  const seen = await lookAtTrail(one)
  if (!seen) return
  await one.services.database.inOrganisation(one.organisationId, (db) => mirrorTrail(contextOf(one, db), seen))
}

function contextOf({ clock, timeZone }: Followed, db: Context['db']): Context {
  const now = clock()
  return { db, actor: 'job:cases', now, today: dayOf(now, timeZone) }
}
