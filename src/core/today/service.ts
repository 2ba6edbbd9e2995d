/**
 * Today, by the roles of who asks. How the programme stands is the same for all who read it, and is kept for as long as
 * nothing that it rests on has moved; what is somebody's own is read each time.
 */
import { type Finding, listFindings, listMovedFindings } from '#core/findings/service.ts'
import { listMyPeople, type MyPeople } from '#core/people/service.ts'
import { findOrganisation, listSources, readMark } from '#core/posture/store.ts'
import type { Practice, Status } from '#core/safeguards/model.ts'
import { statuses } from '#core/safeguards/model.ts'
import { judgeAsOf, listSafeguardStatus } from '#core/safeguards/store.ts'
import { countTasksOf, listTasks, type Task } from '#core/tasks/service.ts'
import type { Context } from '#platform/context.ts'
import { officers, type Role } from '#platform/contract.ts'
import type { Db } from '#platform/database.ts'
import { addDays, type Day } from '#platform/days.ts'
import { type Gap, listGaps } from './model.ts'
import {
  countEverybodysTasks,
  countFindingsDue,
  type EndingRow,
  type EverybodysTasks,
  type FindingsDue,
  findFailedJobs,
  findLastDay,
  findLedgerState,
  findRefusedFiles,
  findStartOfDay,
  type LedgerState,
  listDecidedOtherwise,
  listEndings,
  listLateSources,
  listMovedSources,
  type SourceLate,
  type SourceMoved,
} from './store.ts'

/** How far ahead work that is due is shown, and what ends. */
const dueDays = 7
const endDays = 30
/** For how long a failure of Vigil's own work is told. */
const troubleDays = 7
const mostTasks = 20
const mostPeople = 1_000
const shown = { findings: 3, due: 5, moved: 3, ends: 6, failed: 5, unknown: 3, people: 6 } as const

export interface FirstOf<T> {
  readonly count: number
  readonly first: readonly T[]
}

export interface SafeguardMoved {
  readonly name: string
  readonly practice: string
  readonly title: string
  readonly before: Status
  readonly status: Status
}

/** How the programme stands, the same for everybody who reads it. */
export interface Programme {
  readonly hasSources: boolean
  readonly openQuestions: number
  readonly late: readonly SourceLate[]
  readonly counts: FindingsDue
  readonly changed: {
    readonly since: Date
    readonly opened: FirstOf<Finding>
    readonly closed: FirstOf<Finding>
    readonly sources: FirstOf<SourceMoved>
    readonly safeguards: FirstOf<SafeguardMoved>
  }
  readonly dueFindings: readonly Finding[]
  readonly ends: FirstOf<EndingRow>
  readonly audit: { readonly failed: FirstOf<Gap>; readonly unknown: FirstOf<Gap> }
  readonly next: { readonly kind: 'finding' | EndingRow['kind']; readonly title: string; readonly on: Day } | undefined
  /** When what is said here is no longer so by itself. */
  readonly lapses: readonly Date[]
}

async function readProgramme(context: Context, practices: readonly Practice[]): Promise<Programme> {
  const { db, now, today } = context
  const yesterday = addDays(today, -1)
  const since = await findStartOfDay(db, yesterday)
  await judgeAsOf(db, since, yesterday)
  const before = new Map((await listSafeguardStatus(db)).map(({ name, status }) => [name, status]))
  await judgeAsOf(db, now, today)
  const standing = new Map(
    (await listSafeguardStatus(db)).map((row) => [row.name, { ...row, whyUnknown: row.whyUnknown ?? undefined }]),
  )
  const sources = await listSources(db)
  const current = sources.filter(({ isCurrent }) => isCurrent)
  const { openQuestions } = await findOrganisation(db)
  const counts = await countFindingsDue(db, today, addDays(today, dueDays))
  const moved = await listMovedFindings(context, { since, limit: shown.findings })
  const soonest = await listFindings(context, { state: 'open', sort: 'due', limit: shown.due })
  const ends = await listEndings(db, today, addDays(today, endDays))
  const gaps = listGaps(practices, {
    standing,
    supplied: new Set(current.flatMap(({ kinds }) => kinds)),
    decidedOtherwise: await listDecidedOtherwise(db, today),
  })
  const dueUntil = addDays(today, dueDays)
  const [nextFinding] = soonest
  const [nextEnd] = ends
  const next = [
    ...(nextFinding ? [{ kind: 'finding' as const, title: nextFinding.detail, on: nextFinding.dueOn }] : []),
    ...(nextEnd ? [{ kind: nextEnd.kind, title: nextEnd.title, on: nextEnd.on }] : []),
  ].sort((a, b) => a.on.localeCompare(b.on))
  return {
    hasSources: sources.length > 0,
    openQuestions,
    late: await listLateSources(db),
    counts,
    changed: {
      since,
      opened: moved.opened,
      closed: moved.closed,
      sources: firstOf(await listMovedSources(db, since, now), shown.moved),
      safeguards: firstOf(listMoved(practices, before, standing), shown.moved),
    },
    dueFindings: soonest.filter(({ dueOn }) => dueOn <= dueUntil),
    ends: firstOf(ends, shown.ends),
    audit: {
      failed: firstOf(
        gaps.filter(({ status }) => status === 'failed'),
        shown.failed,
      ),
      unknown: firstOf(
        gaps.filter(({ status }) => status === 'unknown'),
        shown.unknown,
      ),
    },
    next: next[0],
    lapses: [
      ...current.map(({ validUntil }) => validUntil),
      ...[...standing.values()].flatMap(({ coversUntil }) => coversUntil ?? []),
    ].filter((end) => end > now),
  }
}

function firstOf<T>(all: readonly T[], most: number): FirstOf<T> {
  return { count: all.length, first: all.slice(0, most) }
}

/** The safeguards whose status is another than before, what is worse now first. */
function listMoved(
  practices: readonly Practice[],
  before: ReadonlyMap<string, Status>,
  now: ReadonlyMap<string, { readonly status: Status }>,
): readonly SafeguardMoved[] {
  const moved = practices.flatMap(({ name: practice, safeguards }) =>
    safeguards.flatMap(({ name, title }) => {
      const [was, is] = [before.get(name) ?? 'unknown', now.get(name)?.status ?? 'unknown']
      return was === is ? [] : [{ name, practice, title, before: was, status: is }]
    }),
  )
  return moved.sort((a, b) => statuses.indexOf(a.status) - statuses.indexOf(b.status) || a.name.localeCompare(b.name))
}

const keptMs = 60_000
const mostKept = 1_000

/**
 * Programmes that were read moments ago, by the rule of `RecentPostures`: shown again for a minute at most, on the same day,
 * and while nothing that they rest on has moved or ended.
 */
export class RecentProgrammes {
  readonly #practices: readonly Practice[]
  readonly #kept = new Map<number, { mark: string; today: Day; from: number; until: number; programme: Programme }>()

  constructor(practices: readonly Practice[]) {
    this.#practices = practices
  }

  async read(context: Context, organisationId: number): Promise<Programme> {
    const mark = await readMark(context.db)
    const now = context.now.getTime()
    const kept = this.#kept.get(organisationId)
    const isFresh = kept?.mark === mark && kept.today === context.today && kept.from <= now && now < kept.until
    if (isFresh) return kept.programme
    const programme = await readProgramme(context, this.#practices)
    const until = Math.min(now + keptMs, ...programme.lapses.map(Number))
    this.#kept.delete(organisationId)
    this.#kept.set(organisationId, { mark, today: context.today, from: now, until, programme })
    const [oldest] = this.#kept.keys()
    if (this.#kept.size > mostKept && oldest !== undefined) this.#kept.delete(oldest)
    return programme
  }
}

export type Need =
  | { readonly kind: 'begin' }
  | {
      readonly kind:
        | 'findings-overdue'
        | 'findings-due'
        | 'findings-ownerless'
        | 'tasks-ownerless'
        | 'people'
        | 'questions'
      readonly count: number
    }
  | { readonly kind: 'cases'; readonly count: number; readonly overdue: number; readonly due: number }
  | { readonly kind: 'jobs-failed'; readonly count: number; readonly job: string; readonly at: Date }
  | { readonly kind: 'sources-late'; readonly count: number; readonly first: SourceLate }
  | { readonly kind: 'files-refused'; readonly count: number; readonly name: string | null }

export interface PeopleOfConcern extends FirstOf<MyPeople['items'][number]> {
  /** How many report to them. */
  readonly all: number
  /** Whether only the first thousand were looked at. */
  readonly isCut: boolean
  readonly whyNobody: MyPeople['whyNobody']
}

export interface Today {
  /** How many things need whoever asks. */
  readonly count: number
  readonly tasks: FirstOf<Task> & { readonly overdue: number }
  readonly needs: readonly Need[]
  readonly people: PeopleOfConcern | undefined
  readonly programme: (Programme & { readonly tasks: EverybodysTasks }) | undefined
  readonly audit: { readonly untilOn: Day | null; readonly ledger: LedgerState } | undefined
}

/** Counts cases that wait for a decision, those overdue and those due until a day. */
export type CountCases = (
  db: Db,
  today: Day,
  until: Day,
) => Promise<{ readonly waiting: number; readonly overdue: number; readonly due: number }>

/** What needs a member today: with several roles, the sum of what they bring. */
export async function showToday(
  context: Context,
  recent: RecentProgrammes,
  asker: { readonly organisationId: number; readonly memberId: number | undefined; readonly roles: readonly Role[] },
  countCases?: CountCases,
): Promise<Today> {
  const { db, today } = context
  const { memberId, roles } = asker
  const is = (...some: readonly Role[]) => some.some((role) => roles.includes(role))
  const isOfficer = is(...officers)
  const programme =
    isOfficer || is('auditor')
      ? {
          ...(await recent.read(context, asker.organisationId)),
          tasks: await countEverybodysTasks(db, today, addDays(today, dueDays)),
        }
      : undefined
  const tasks = await readTasks(context, memberId)
  const people = is('manager') && memberId !== undefined ? await readPeople(context, memberId) : undefined
  const cases = is('privacy-officer') ? await countCases?.(db, today, addDays(today, dueDays)) : undefined
  const needs = [
    ...(cases && cases.waiting > 0
      ? [{ kind: 'cases', count: cases.waiting, overdue: cases.overdue, due: cases.due } as const]
      : []),
    ...(programme && isOfficer ? listProgrammeNeeds(programme) : []),
    ...(programme && is('administrator') ? await listUpkeepNeeds(context, programme) : []),
    ...(people && people.count > 0 ? [{ kind: 'people', count: people.count } as const] : []),
  ]
  return {
    count: tasks.count + needs.length,
    tasks,
    needs: needs.sort((a, b) => order.indexOf(a.kind) - order.indexOf(b.kind)),
    people,
    programme,
    audit: is('auditor')
      ? {
          untilOn: memberId === undefined ? null : await findLastDay(db, memberId),
          ledger: await findLedgerState(db),
        }
      : undefined,
  }
}

/** What presses most stands first: without sources nothing else can be said; then what is late, then what blinds Vigil. */
const order: readonly Need['kind'][] = [
  'begin',
  'findings-overdue',
  'findings-ownerless',
  'cases',
  'jobs-failed',
  'sources-late',
  'files-refused',
  'findings-due',
  'people',
  'tasks-ownerless',
  'questions',
]

function listProgrammeNeeds({ hasSources, counts, tasks }: Programme & { readonly tasks: EverybodysTasks }): Need[] {
  if (!hasSources) return [{ kind: 'begin' }]
  const { overdue, due, ownerless } = counts
  return [
    { kind: 'findings-overdue' as const, count: overdue },
    { kind: 'findings-ownerless' as const, count: ownerless },
    { kind: 'findings-due' as const, count: due - overdue },
    { kind: 'tasks-ownerless' as const, count: tasks.ownerless },
  ].filter(({ count }) => count > 0)
}

/** What keeps Vigil from seeing, for who can mend it. */
async function listUpkeepNeeds({ db, now }: Context, { late, openQuestions }: Programme): Promise<Need[]> {
  const since = new Date(now.getTime() - troubleDays * 86_400_000)
  const needs: Need[] = []
  const failed = await findFailedJobs(db, since)
  if (failed.job !== null && failed.at !== null) {
    needs.push({ kind: 'jobs-failed', count: failed.count, job: failed.job, at: failed.at })
  }
  const [first] = late
  if (first) needs.push({ kind: 'sources-late', count: late.length, first })
  const refused = await findRefusedFiles(db, since)
  if (refused.count > 0) needs.push({ kind: 'files-refused', count: refused.count, name: refused.name })
  if (openQuestions > 0) needs.push({ kind: 'questions', count: openQuestions })
  return needs
}

/** Programs and operators have no tasks. */
async function readTasks(context: Context, memberId: number | undefined): Promise<Today['tasks']> {
  if (memberId === undefined) return { count: 0, overdue: 0, first: [] }
  const assignee = `member:${memberId}`
  const { open, overdue } = await countTasksOf(context, assignee)
  const first = open === 0 ? [] : await listTasks(context, { assignee, state: 'open', limit: mostTasks })
  return { count: open, overdue, first }
}

async function readPeople(context: Context, memberId: number): Promise<PeopleOfConcern> {
  const { items, next, whyNobody } = await listMyPeople(context, { memberId, limit: mostPeople })
  const concerned = items.filter(({ findings }) => findings > 0).sort((a, b) => b.findings - a.findings)
  return { ...firstOf(concerned, shown.people), all: items.length, isCut: next !== null, whyNobody }
}
