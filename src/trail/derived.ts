/**
 * What is made from the log of a trail: query store, sources, people and rules. It is opened where it was left, or made anew
 * from the log where it cannot be used. A mark beside it says that it must not be used: a month that it was made from is gone.
 */
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { KeyFile } from '#platform/keys.ts'
import { Refusal } from '#platform/refusal.ts'
import { People } from './explain/people.ts'
import type { Secrets } from './intake/beside.ts'
import { Follower } from './intake/follow.ts'
import { Intake } from './intake/intake.ts'
import { replay } from './intake/replay.ts'
import { Seen } from './intake/seen.ts'
import { Judge } from './judge.ts'
import type { TrailLog } from './log/log.ts'
import { StoryIds } from './rules/ids.ts'
import type { SourceBook } from './sources/book.ts'
import { openSourceBook } from './sources/file.ts'
import { openStore, type StoreOptions } from './store/open.ts'
import type { CodesFile, QueryStore } from './store/store.ts'

export interface TrailOptions {
  readonly directory: string
  readonly keys: KeyFile
  readonly organisationId: number
  /** The zone in which the organisation's days begin and end, and in which times without a zone are meant. */
  readonly zone: string
  readonly clock: () => Date
  /** Where copies of the log's signed heads are left for an outsider to take. */
  readonly witness?: string | undefined
  /** Where the accesses are kept, when not in the directory itself. */
  readonly store?: StoreOptions | undefined
}

/** Everything that is made from the log, and can be made again. */
export interface Derived {
  readonly seen: Seen
  readonly codes: CodesFile
  readonly store: QueryStore
  readonly book: SourceBook
  readonly people: People
  readonly follower: Follower
  readonly intake: Intake
  readonly judge: Judge
}

/** Refusals of what is made from the log after which it is made anew: nothing that it held is lost with it. */
const remade = new Set([
  ...['damaged', 'older', 'zone', 'behind', 'foreign', 'codes-damaged'].map((state) => `trail-store-${state}`),
  'trail-seen-damaged',
])

/** Opens what is made from the log, or makes it anew where it cannot be used. */
export async function derive(...given: Parameters<typeof openDerived>): Promise<Derived> {
  try {
    return await openDerived(...given)
  } catch (error) {
    if (!(error instanceof Refusal && remade.has(error.code))) throw error
    await removeDerived(given[0].directory)
    return openDerived(...given)
  }
}

const marked = (directory: string) => join(directory, 'to-be-remade')

/** From here on what was made from the log is not used again, whatever happens. */
export async function markForRemaking(directory: string): Promise<void> {
  await writeFile(marked(directory), '', { mode: 0o600, flush: true })
}

export const unmark = (directory: string) => rm(marked(directory), { force: true })

export async function isMarked(directory: string): Promise<boolean> {
  return (await stat(marked(directory)).catch(() => undefined)) !== undefined
}

export async function removeDerived(directory: string): Promise<void> {
  await Seen.clear(join(directory, 'seen'))
  await rm(join(directory, 'store'), { recursive: true, force: true })
}

/** Opens what is made from the log and brings it up to where the log is. */
async function openDerived(
  options: TrailOptions,
  log: TrailLog,
  secrets: Secrets,
  cameIn: () => void,
  progress?: (done: number, total: number) => void,
): Promise<Derived> {
  const { directory, keys, organisationId, zone } = options
  const seen = await Seen.open(join(directory, 'seen'))
  const { store, codes } = await openStore(join(directory, 'store'), {
    keys,
    organisation: String(organisationId),
    zone,
    ...options.store,
  })
  try {
    const book = await openSourceBook(directory, log.size)
    const people = new People(store.desk)
    const follower = new Follower({ store, codes, book, people }, await store.appliedTo(), cameIn)
    const intake = new Intake(log, seen, (durable) => follower.take(durable))
    await replay(log, { seen, seed: secrets.seen, intake, follower, book }, progress)
    const ids = await StoryIds.open({ secret: secrets.stories, codes, path: join(directory, 'stories.json') })
    return { seen, codes, store, book, people, follower, intake, judge: new Judge(store.desk, codes, ids) }
  } catch (error) {
    await store.close()
    await codes.close()
    throw error
  }
}
