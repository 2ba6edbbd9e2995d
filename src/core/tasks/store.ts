/** The rows of tasks. */
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

export interface TaskRow {
  readonly id: number
  readonly kind: string
  readonly title: string
  readonly about: string | null
  readonly assignee: string | null
  readonly dueOn: Day | null
  readonly openedAt: Date
  readonly doneAt: Date | null
  readonly doneBy: string | null
}

const columns = sql`id, kind, title, about, assignee, due_on as "dueOn", opened_at as "openedAt", done_at as "doneAt",
  done_by as "doneBy"`

/** Makes whoever opens a task of the same kind about the same thing wait until this transaction is over. */
export async function lockSubject(db: Db, kind: string, about: string | undefined): Promise<void> {
  // A task about nothing in particular is not held by the table's unique index, so a lock of its own holds both.
  await sql`
    select pg_advisory_xact_lock(hashtextextended(
      json_build_array('task', current_organisation(), ${kind}::text, ${about ?? null}::text)::text, 0))`.execute(db)
}

export async function findOpenTask(db: Db, kind: string, about: string | undefined): Promise<TaskRow | undefined> {
  const { rows } = await sql<TaskRow>`
    select ${columns} from task
    where kind = ${kind} and about is not distinct from ${about ?? null}::text and done_at is null`.execute(db)
  return rows[0]
}

export interface NewTask {
  readonly kind: string
  readonly title: string
  readonly about: string | undefined
  readonly assignee: string | undefined
  readonly dueOn: Day | undefined
  readonly openedAt: Date
}

export async function insertTask(db: Db, task: NewTask): Promise<TaskRow> {
  const { rows } = await sql<TaskRow>`
    insert into task (kind, title, about, assignee, due_on, opened_at)
    values (${task.kind}, ${task.title}, ${task.about ?? null}, ${task.assignee ?? null}, ${task.dueOn ?? null}::date,
      ${task.openedAt}::timestamptz)
    returning ${columns}`.execute(db)
  const [row] = rows
  if (!row) throw new Error('a task was inserted and is not there')
  return row
}

/** Whether this member may sign in. */
export async function isMember(db: Db, memberId: number): Promise<boolean> {
  const { rows } = await sql`select from member where id = ${memberId} and disabled_at is null`.execute(db)
  return rows.length > 0
}

export async function setAssignee(db: Db, id: number, assignee: string | undefined): Promise<void> {
  await sql`update task set assignee = ${assignee ?? null} where id = ${id}`.execute(db)
}

export async function findTask(db: Db, id: number): Promise<TaskRow | undefined> {
  const { rows } = await sql<TaskRow>`select ${columns} from task where id = ${id}`.execute(db)
  return rows[0]
}

/** Reads and locks the task, so that two people cannot complete it at once. */
export async function lockTask(db: Db, id: number): Promise<TaskRow | undefined> {
  const { rows } = await sql<TaskRow>`select ${columns} from task where id = ${id} for update`.execute(db)
  return rows[0]
}

export async function setTaskDone(db: Db, id: number, by: string, at: Date): Promise<void> {
  await sql`update task set done_at = ${at}::timestamptz, done_by = ${by} where id = ${id}`.execute(db)
}

export async function setTaskOpen(db: Db, id: number): Promise<void> {
  await sql`update task set done_at = null, done_by = null where id = ${id}`.execute(db)
}

/** How many tasks of an assignee are open, and how many of those were due before today. */
export async function countOpenTasks(
  db: Db,
  today: Day,
  assignee: string,
): Promise<{ readonly open: number; readonly overdue: number }> {
  const { rows } = await sql<{ open: number; overdue: number }>`
    select count(*) as open, count(*) filter (where due_on < ${today}::date) as overdue
    from task where assignee = ${assignee} and done_at is null`.execute(db)
  return rows[0] ?? { open: 0, overdue: 0 }
}

export interface TaskFilter {
  readonly isDone: boolean | undefined
  readonly kind: string | undefined
  /** Null for those that nobody has. */
  readonly assignee: string | null | undefined
  /** Where the last one of the page before stands; without a day, after all that have one. */
  readonly after: { readonly dueOn: Day | null; readonly id: number } | undefined
  readonly limit: number
}

/** Tasks by the day they are due, those without one last. */
export async function listTaskRows(db: Db, filter: TaskFilter): Promise<readonly TaskRow[]> {
  const { assignee } = filter
  const whose =
    assignee === undefined
      ? sql`true`
      : assignee === null
        ? sql`assignee is null`
        : sql`lower(assignee) = lower(${assignee})`
  const { rows } = await sql<TaskRow>`
    select ${columns} from task
    where (${filter.isDone ?? null}::boolean is null or (done_at is not null) = ${filter.isDone ?? null}::boolean)
      and (${filter.kind ?? null}::text is null or kind = ${filter.kind ?? null})
      and ${whose}
      and (${filter.after?.id ?? null}::bigint is null or (coalesce(due_on, 'infinity'), id)
        > (coalesce(${filter.after?.dueOn ?? null}::date, 'infinity'), ${filter.after?.id ?? null}::bigint))
    order by coalesce(due_on, 'infinity'), id limit ${filter.limit}`.execute(db)
  return rows
}
