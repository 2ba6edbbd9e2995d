/**
 * Turns stories into cases: one transaction for a batch of them, with what it tells the ledger and whom it tells of new ones.
 * The same story handed over again, by another follower or after a rebuild of the trail, changes nothing.
 */
import type { Services } from '#core/door.ts'
import type { Happening } from '#core/ledger/service.ts'
import { notifyRoles } from '#core/notifications/notify.ts'
import type { Context } from '#platform/context.ts'
import type { Story } from '#trail/model/story.ts'
import { readSettings } from '../trail/settings.ts'
import { daysOf, digestStory, extentOf, moveOf, personKeyOf, type Standing } from './model.ts'
import { type Keyring, sealBody, sealStory } from './sealed.ts'
import {
  type CaseRow,
  findPersonOf,
  insertCase,
  insertEvent,
  lockCases,
  lockVersion,
  type Opening,
  type StoryOf,
  setExplained,
  setFollowed,
  setOpen,
  setVersion,
  updateStory,
} from './store.ts'

export interface Followed {
  readonly opened: number
  readonly explained: number
  readonly reopened: number
}

interface Place extends Keyring {
  readonly services: Pick<Services, 'keys' | 'ledger' | 'digestKey'>
}

export interface Batch {
  /** The change up to which the cases were brought when the stories were read: all that changed after it. */
  readonly since: number
  /** The oldest change first. */
  readonly stories: readonly Story[]
}

/**
 * Brings the cases up to these stories, and remembers up to which change. Undefined where another follower went on in the
 * meantime: what was read before that may be out of date, and nothing of it is taken.
 */
export async function followStories(
  context: Context,
  place: Place,
  { since, stories }: Batch,
): Promise<Followed | undefined> {
  const { db, now, today } = context
  if ((await lockVersion(db)) !== since) return undefined
  const settings = await readSettings(context)
  const opening: Opening = { openedAt: now, ...daysOf(today, settings) }
  const rows = await lockCases(
    db,
    stories.map(({ id }) => id),
  )
  const happenings: Happening[] = []
  const opened: string[] = []
  const counts = { opened: 0, explained: 0, reopened: 0 }
  const event = async (id: string, kind: string, body?: string) => {
    const sealed = await sealBody(place, id, body)
    await insertEvent(db, id, { kind, decision: null, sealed, actor: context.actor, at: now })
  }
  // Of one that changed twice within the batch, the last word counts.
  for (const story of new Map(stories.map((one) => [one.id, one])).values()) {
    const row = rows.get(story.id)
    const digest = digestStory(place.services.digestKey, story)
    if (row?.digest.equals(digest)) {
      if (row.version !== story.version) await setVersion(db, row.id, story.version)
      continue
    }
    const move = moveOf(row && standingOf(row), story)
    if (move === undefined) continue
    const told = await toldOf(context, place, story, digest)
    if (move.kind === 'open') await insertCase(db, told, opening)
    else await updateStory(db, told)
    switch (move.kind) {
      case 'open':
        counts.opened += 1
        opened.push(story.id)
        await event(story.id, 'opened')
        happenings.push(tell('cases.open', story))
        break
      case 'explain':
        counts.explained += 1
        await setExplained(db, story.id)
        await event(story.id, 'explained', story.explainedBy)
        happenings.push(tell('cases.explain', story, { explainedBy: story.explainedBy }))
        break
      case 'reopen':
        counts.reopened += 1
        opened.push(story.id)
        await setOpen(db, story.id, opening)
        await event(story.id, 'reopened', whyReopened[move.why])
        happenings.push(tell('cases.reopen', story, { why: move.why, was: row?.state ?? '' }))
        break
      case 'update':
        if (move.grew) await event(story.id, 'grew')
        else if (row?.storyState === 'open' && story.state === 'explained') {
          await event(story.id, 'explained', story.explainedBy)
        }
        break
    }
  }
  const last = stories.at(-1)
  if (last) await setFollowed(db, last.version)
  await place.services.ledger.append(context, happenings)
  await tellOfOpened(context, settings.tell, opened)
  return counts
}

const whyReopened = {
  unexplained: 'What explained it no longer does.',
  grew: 'The story has grown since it was decided.',
} as const

/** Who is told, is told of a number: what a case says stands behind the door. */
async function tellOfOpened(
  context: Context,
  roles: Parameters<typeof notifyRoles>[1],
  opened: readonly string[],
): Promise<void> {
  const [first] = opened
  if (first === undefined || roles.length === 0) return
  const about = opened.length === 1 ? `case:${first}` : 'all:cases'
  await notifyRoles(context, roles, [{ kind: 'cases-opened', about, words: { count: opened.length } }])
}

function standingOf(row: CaseRow): Standing {
  const { state, storyState, decidedAccesses, decidedPatients, decidedScore } = row
  const isDecided = decidedAccesses !== null && decidedPatients !== null && decidedScore !== null
  return {
    state,
    storyState,
    decided: isDecided ? { accesses: decidedAccesses, patients: decidedPatients, score: decidedScore } : undefined,
    last: { accesses: row.accesses, patients: row.patientCount, score: row.score },
  }
}

async function toldOf({ db }: Context, place: Place, story: Story, digest: Buffer): Promise<StoryOf> {
  const { id, version, kind, state, logins, person, department, role, patientCount, accesses, days } = story
  const personId = await findPersonOf(db, logins)
  return {
    id,
    version,
    digest,
    kind,
    score: extentOf(story).score,
    storyState: state,
    sealed: await sealStory(place, story),
    personId,
    personName: person || (logins[0] ?? ''),
    department,
    role,
    logins,
    personKey: personKeyOf(personId, story),
    patientCount,
    accesses,
    days,
    firstAt: story.firstAt,
    lastAt: story.lastAt,
  }
}

function tell(action: string, story: Story, beside: Readonly<Record<string, string>> = {}): Happening {
  const { id, kind, score, patientCount, accesses, version } = story
  return {
    action,
    outcome: 'done',
    subjects: [`case:${id}`],
    payload: { kind, score, patients: patientCount, accesses, version, ...beside },
  }
}
