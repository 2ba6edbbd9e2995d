/** Tasks: what a person has to do by a day. Of one kind and about one thing, one at most is open. */
import type { Happening } from '#core/ledger/service.ts'
import type { Context } from '#platform/context.ts'
import { type Day, isDay } from '#platform/days.ts'
import { refusals } from '#platform/refusal.ts'
import { findOpenTask, insertTask, listTaskRows, lockSubject, lockTask, setTaskDone, type TaskRow } from './store.ts'

const longestPage = 1_000

const refuse = refusals('task', {
  unknown: ['missing', 'There is no such task.', 'list the tasks to see their numbers'],
  done: ['conflict', 'This task is already done.'],
  untitled: ['invalid', 'A task takes a kind and a title.'],
  'not-a-day': ['invalid', 'The day by which a task is due is a day as YYYY-MM-DD.'],
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

export async function completeTask(
  { db, now, actor }: Context,
  { taskId }: { readonly taskId: number },
): Promise<Recorded> {
  const row = await lockTask(db, taskId)
  if (!row) throw refuse('unknown')
  if (row.doneAt !== null) throw refuse('done')
  await setTaskDone(db, row.id, actor, now)
  return record(row)
}

/** Lists tasks, those due first on top; open ones unless told otherwise. The next page begins `after` the last one's id. */
export async function listTasks(
  { db, today }: Context,
  wanted: {
    readonly state?: 'open' | 'done' | 'all' | undefined
    readonly kind?: string | undefined
    readonly assignee?: string | undefined
    readonly limit?: number | undefined
    readonly after?: number | undefined
  } = {},
): Promise<readonly Task[]> {
  const { state = 'open', limit = longestPage, kind, assignee, after } = wanted
  if (!Number.isInteger(limit) || limit < 1 || limit > longestPage) throw refuse('page-too-long')
  const isDone = state === 'all' ? undefined : state === 'done'
  const rows = await listTaskRows(db, { isDone, kind, assignee, after, limit })
  return rows.map((row) => taskOf(row, today))
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
