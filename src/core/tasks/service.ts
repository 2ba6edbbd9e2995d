/**
 * Tasks: what a person has to do by a day. The rules:
 *  - Of one kind and about one thing, one at most is open. What an officer asks for in their own words is about nothing
 *    else, so that there may be any number of those.
 *  - What was said to be done by mistake is taken back within a quarter of an hour, by who said it or by an officer; the
 *    ledger keeps both. Later it is history.
 */
import { z } from 'zod'
import type { Principal } from '#core/door.ts'
import type { Happening } from '#core/ledger/service.ts'
import { notifyMembers } from '#core/notifications/notify.ts'
import type { Context } from '#platform/context.ts'
import { day, officers, type Role, readers } from '#platform/contract.ts'
import { type Day, isDay } from '#platform/days.ts'
import { pageFrom, placeId, readCursor } from '#platform/paging.ts'
import { refusals } from '#platform/refusal.ts'
import {
  countOpenTasks,
  findOpenTask,
  findTask,
  insertTask,
  isMember,
  listTaskRows,
  lockSubject,
  lockTask,
  setAssignee,
  setTaskDone,
  setTaskOpen,
  type TaskRow,
} from './store.ts'

const longestPage = 1_000
/** For how long it can be taken back that a task is done. */
const undoMinutes = 15
/** The kind of what an officer asks for in their own words. */
const askedKind = 'tasks.asked'

const refuse = refusals('task', {
  unknown: ['missing', 'There is no such task.', 'list the tasks to see their numbers'],
  done: ['conflict', 'This task is already done.'],
  'no-member': ['invalid', 'There is no such member, or they may no longer sign in.'],
  untitled: ['invalid', 'A task takes a kind and a title.'],
  'not-a-day': ['invalid', 'The day by which a task is due is a day as YYYY-MM-DD.'],
  past: ['invalid', 'The day by which a task is due is today or later.'],
  open: ['conflict', 'This task is not done.'],
  'done-before': [
    'conflict',
    `It can be taken back for ${undoMinutes} minutes that a task is done.`,
    'open a new task where something is left to do',
  ],
  'opened-anew': ['conflict', 'A task for the same thing has been opened since.', 'that one stands for it now'],
  'page-too-long': ['invalid', `A page holds 1 to ${longestPage} tasks.`],
})

export interface Task {
  readonly id: number
  readonly kind: string
  readonly title: string
  /** What it is about, as `kind:id`. */
  readonly about: string | undefined
  readonly assignee: string | undefined
  readonly dueOn: Day | undefined
  readonly isOverdue: boolean
  readonly openedAt: Date
  readonly done: { readonly at: Date; readonly by: string } | undefined
}

/** What a change hands to whoever appends its entry to the ledger. */
type Recorded = Pick<Happening, 'subjects' | 'payload'>

/** Opens a task, unless one of this kind about this thing is open: then that one is given back as it is. */
export async function openTask(
  { db, now, today }: Context,
  input: {
    /** What sort of task, such as `access.review`. */
    readonly kind: string
    readonly title: string
    readonly about?: string | undefined
    readonly assignee?: string | undefined
    readonly dueOn?: Day | undefined
  },
): Promise<Recorded & { readonly task: Task; readonly isNew: boolean }> {
  const kind = input.kind.trim()
  const title = input.title.trim()
  const about = input.about?.trim() || undefined
  const assignee = input.assignee?.trim() || undefined
  if (kind === '' || title === '') throw refuse('untitled')
  if (input.dueOn !== undefined && !isDay(input.dueOn)) throw refuse('not-a-day')
  await lockSubject(db, kind, about)
  const open = await findOpenTask(db, kind, about)
  const row = open ?? (await insertTask(db, { kind, title, about, assignee, dueOn: input.dueOn, openedAt: now }))
  return { ...record(row), task: taskOf(row, today), isNew: !open }
}

/** Opens a task in an officer's own words, for a member or for nobody yet. */
export async function askForTask(
  context: Context,
  input: { readonly title: string; readonly memberId?: number | undefined; readonly dueOn?: Day | undefined },
): Promise<Recorded & { readonly task: Task }> {
  const { db, now, today } = context
  const { memberId, dueOn } = input
  const title = input.title.trim()
  if (title === '') throw refuse('untitled')
  if (dueOn !== undefined && !isDay(dueOn)) throw refuse('not-a-day')
  if (dueOn !== undefined && dueOn < today) throw refuse('past')
  if (memberId !== undefined && !(await isMember(db, memberId))) throw refuse('no-member')
  const assignee = memberId === undefined ? undefined : memberAsAssignee(memberId)
  const row = await insertTask(db, { kind: askedKind, title, about: undefined, assignee, dueOn, openedAt: now })
  if (memberId !== undefined) await tellOf(context, row, memberId)
  return { ...record(row), task: taskOf(row, today) }
}

/** Tells a member that a task is theirs now. */
async function tellOf(context: Context, { id, title }: TaskRow, memberId: number): Promise<void> {
  await notifyMembers(context, [{ memberIds: [memberId], kind: 'task-given', about: `task:${id}`, words: { title } }])
}

/** One task, done or not; with `whose`, only one of that assignee. */
export async function showTask(
  { db, today }: Context,
  { taskId, whose }: { readonly taskId: number; readonly whose?: string | undefined },
): Promise<Task> {
  const row = await findTask(db, taskId)
  if (!row || (whose !== undefined && row.assignee !== whose)) throw refuse('unknown')
  return taskOf(row, today)
}

/** Completes a task; with `whose`, only one of that assignee: any other is as if it were not there. */
export async function completeTask(
  { db, now, actor }: Context,
  { taskId, whose }: { readonly taskId: number; readonly whose?: string | undefined },
): Promise<Recorded> {
  const row = await lockTask(db, taskId)
  if (!row || (whose !== undefined && row.assignee !== whose)) throw refuse('unknown')
  if (row.doneAt !== null) throw refuse('done')
  await setTaskDone(db, row.id, actor, now)
  return record(row)
}

/** Takes back that a task is done; with `whose`, only one that this assignee has said to be done themselves. */
export async function reopenTask(
  { db, now, today, actor }: Context,
  { taskId, whose }: { readonly taskId: number; readonly whose?: string | undefined },
): Promise<Recorded & { readonly task: Task }> {
  const row = await lockTask(db, taskId)
  if (!row || (whose !== undefined && (row.assignee !== whose || (row.doneBy !== null && row.doneBy !== actor)))) {
    throw refuse('unknown')
  }
  if (row.doneAt === null) throw refuse('open')
  if (now.getTime() - row.doneAt.getTime() > undoMinutes * 60_000) throw refuse('done-before')
  await lockSubject(db, row.kind, row.about ?? undefined)
  // Of what is about nothing in particular only what Vigil opens itself is open once.
  const isOnce = row.kind !== askedKind
  if (isOnce && (await findOpenTask(db, row.kind, row.about ?? undefined))) throw refuse('opened-anew')
  await setTaskOpen(db, row.id)
  const reopened = { ...row, doneAt: null, doneBy: null }
  return { ...record(reopened), task: taskOf(reopened, today) }
}

/** Gives an open task to a member, or, without one, back to nobody. */
export async function assignTask(
  context: Context,
  input: { readonly taskId: number; readonly memberId: number | undefined },
): Promise<Recorded & { readonly task: Task }> {
  const { db, today } = context
  const row = await lockTask(db, input.taskId)
  if (!row) throw refuse('unknown')
  if (row.doneAt !== null) throw refuse('done')
  const { memberId } = input
  if (memberId !== undefined && !(await isMember(db, memberId))) throw refuse('no-member')
  const assignee = memberId === undefined ? undefined : memberAsAssignee(memberId)
  await setAssignee(db, row.id, assignee)
  const assigned = { ...row, assignee: assignee ?? null }
  if (memberId !== undefined && row.assignee !== assignee) await tellOf(context, assigned, memberId)
  return { ...record(assigned), task: taskOf(assigned, today) }
}

const memberAsAssignee = (memberId: number) => `member:${memberId}`

/** The assignee that somebody is; programs and operators have no tasks. */
export function assigneeOf(principal: Principal): string | undefined {
  return principal.kind === 'member' ? memberAsAssignee(principal.memberId) : undefined
}

/** Whose tasks somebody may complete: undefined for everybody's, else their own. */
export function whoseTasks(principal: Principal): string | undefined {
  if (principal.kind === 'operator' || principal.kind === 'token' || principal.kind === 'job') return undefined
  if (principal.kind !== 'member') return ''
  const isOfficer = principal.roles.some((role) => (officers as readonly Role[]).includes(role))
  return isOfficer ? undefined : memberAsAssignee(principal.memberId)
}

/** Whose tasks somebody may read: undefined for everybody's, else their own. */
export function whoseTasksSeen(principal: Principal): string | undefined {
  const seesAll =
    principal.kind === 'member' && principal.roles.some((role) => (readers as readonly Role[]).includes(role))
  return seesAll ? undefined : whoseTasks(principal)
}

export interface TasksWanted {
  readonly state?: 'open' | 'done' | 'all' | undefined
  readonly kind?: string | undefined
  /** `member:<id>`; null for those that nobody has. */
  readonly assignee?: string | null | undefined
  readonly limit?: number | undefined
  /** The `next` of the page before. */
  readonly after?: string | undefined
}

const place = z.tuple([z.union([day, z.literal('')]), placeId])

/** One page of tasks, those due first on top; open ones unless told otherwise. */
export async function pageTasks(
  { db, today }: Context,
  wanted: TasksWanted = {},
): Promise<{ readonly items: readonly Task[]; readonly next: string | null }> {
  const { state = 'open', limit = longestPage, kind, assignee, after } = wanted
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage) throw refuse('page-too-long')
  const isDone = state === 'all' ? undefined : state === 'done'
  const [dueOn, id] = after === undefined ? [] : readCursor(place, after)
  const from = id === undefined ? undefined : { dueOn: dueOn || null, id }
  const rows = await listTaskRows(db, { isDone, kind, assignee, after: from, limit: limit + 1 })
  const page = pageFrom(rows, limit, (last) => [last.dueOn ?? '', last.id])
  return { items: page.items.map((row) => taskOf(row, today)), next: page.next }
}

/** The first tasks, those due first on top. */
export async function listTasks(context: Context, wanted: TasksWanted = {}): Promise<readonly Task[]> {
  return (await pageTasks(context, wanted)).items
}

export interface TaskCounts {
  readonly open: number
  readonly overdue: number
}

/** How much somebody has to do, without reading it. */
export function countTasksOf({ db, today }: Context, assignee: string): Promise<TaskCounts> {
  return countOpenTasks(db, today, assignee)
}

function record(row: TaskRow): Recorded {
  const { id, kind, title, about, assignee, dueOn } = row
  return { subjects: [`task:${id}`], payload: { task: id, kind, title, about, assignee, dueOn } }
}

function taskOf(row: TaskRow, today: Day): Task {
  const { about, assignee, dueOn, doneAt, doneBy, ...rest } = row
  return {
    ...rest,
    about: about ?? undefined,
    assignee: assignee ?? undefined,
    dueOn: dueOn ?? undefined,
    isOverdue: doneAt === null && dueOn !== null && dueOn < today,
    done: doneAt === null ? undefined : { at: doneAt, by: doneBy ?? 'unknown' },
  }
}
