/** The rows of findings, their events and their exceptions. */
import type { Severity, SubjectKind } from '#core/safeguards/model.ts'
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

export type FindingState = 'open' | 'excepted' | 'closed'

export interface FindingRow {
  readonly id: number
  readonly safeguard: string
  readonly title: string
  readonly practice: string
  readonly severity: Severity
  readonly subjectKind: SubjectKind
  readonly subjectKey: string
  readonly subjectLabel: string
  readonly citations: readonly string[]
  readonly detail: string
  readonly openedAt: Date
  readonly reopenedAt: Date | null
  readonly dueOn: Day
  readonly closedAt: Date | null
  readonly owner: string | null
  readonly exceptedUntil: Day | null
}

export interface FindingFilter {
  readonly states: readonly FindingState[]
  readonly severity?: Severity | undefined
  readonly practice?: string | undefined
  readonly safeguard?: string | undefined
  readonly owner?: string | undefined
}

/** Where a finding stands in the order of lists. */
export interface Place {
  readonly severity: Severity
  readonly dueOn: Day
  readonly id: number
}

/**
 * The exception that is in force: not ended, not run out, and given since the finding opened last. Somebody accepted that
 * failure, not the next one of the same subject.
 */
const inForce = (today: Day): Sql => sql`
  exception.finding_id = finding.id and exception.ended_at is null and exception.expires_on >= ${today}::date
  and exception.approved_at >= coalesce(finding.reopened_at, finding.opened_at)`

const stateConditions: Readonly<Record<FindingState, Sql>> = {
  open: sql`finding.closed_at is null and exception.id is null`,
  excepted: sql`finding.closed_at is null and exception.id is not null`,
  closed: sql`finding.closed_at is not null`,
}

// Worst first, then those due first: the order of the table's index.
const worstFirst = sql`finding.severity desc, finding.due_on, finding.id`

function selectFindings(today: Day, where: Sql): Sql<FindingRow> {
  return sql<FindingRow>`
    select finding.id, safeguard.name as safeguard, safeguard.title, safeguard.practice, finding.severity,
      finding.subject_kind as "subjectKind", finding.subject_key as "subjectKey", finding.subject_label as "subjectLabel",
      safeguard.citations, finding.detail, finding.opened_at as "openedAt", finding.reopened_at as "reopenedAt",
      finding.due_on as "dueOn", finding.closed_at as "closedAt", finding.owner, exception.expires_on as "exceptedUntil"
    from finding
    join safeguard on safeguard.id = finding.safeguard_id
    left join finding_exception exception on finding.closed_at is null and ${inForce(today)}
    where ${where}`
}

function matching(filter: FindingFilter): Sql {
  const states = filter.states.map((state) => sql`(${stateConditions[state]})`)
  const conditions = [sql`(${states.length > 0 ? sql.join(states, sql` or `) : sql`false`})`]
  // Said once more where it holds for all, so that the index of what is open serves.
  if (!filter.states.includes('closed')) conditions.push(sql`finding.closed_at is null`)
  if (filter.severity !== undefined) conditions.push(sql`finding.severity = ${filter.severity}::severity`)
  if (filter.practice !== undefined) conditions.push(sql`safeguard.practice = ${filter.practice}`)
  if (filter.safeguard !== undefined) conditions.push(sql`safeguard.name = ${filter.safeguard}`)
  if (filter.owner !== undefined) conditions.push(sql`lower(finding.owner) = lower(${filter.owner})`)
  return sql.join(conditions, sql` and `)
}

function after(place: Place): Sql {
  return sql`finding.severity <= ${place.severity}::severity
    and (finding.severity < ${place.severity}::severity or (finding.due_on, finding.id) > (${place.dueOn}::date, ${place.id}))`
}

export async function listFindingRows(
  db: Db,
  today: Day,
  filter: FindingFilter,
  page: { readonly limit: number; readonly after: Place | undefined },
): Promise<readonly FindingRow[]> {
  const where = page.after ? sql`${matching(filter)} and ${after(page.after)}` : matching(filter)
  const { rows } = await sql<FindingRow>`
    ${selectFindings(today, where)} order by ${worstFirst} limit ${page.limit}`.execute(db)
  return rows
}

let cursors = 0

/** Reads all that match, in batches; one cursor, so that what is read is one moment however long the reading takes. */
export async function* readFindingRows(
  db: Db,
  today: Day,
  filter: FindingFilter,
  batch: number,
): AsyncGenerator<readonly FindingRow[]> {
  cursors += 1
  // Left to the transaction's end to close: closing it after an error would only hide the error.
  const cursor = sql.id(`finding_list_${cursors}`)
  await sql`declare ${cursor} no scroll cursor for ${selectFindings(today, matching(filter))} order by ${worstFirst}`.execute(
    db,
  )
  for (;;) {
    const { rows } = await sql<FindingRow>`fetch ${sql.lit(batch)} from ${cursor}`.execute(db)
    if (rows.length > 0) yield rows
    if (rows.length < batch) return
  }
}

export async function findFindingRow(db: Db, today: Day, id: number): Promise<FindingRow | undefined> {
  const { rows } = await selectFindings(today, sql`finding.id = ${id}`).execute(db)
  return rows[0]
}

/** Reads and locks the finding, so that two people cannot decide on it at once, nor a check close it meanwhile. */
export async function lockFindingRow(db: Db, today: Day, id: number): Promise<FindingRow | undefined> {
  await sql`select from finding where id = ${id} for update`.execute(db)
  return findFindingRow(db, today, id)
}

export async function findPlace(db: Db, id: number): Promise<Place | undefined> {
  const { rows } = await sql<Place>`select severity, due_on as "dueOn", id from finding where id = ${id}`.execute(db)
  return rows[0]
}

export async function countFindingRows(
  db: Db,
  today: Day,
): Promise<readonly { severity: Severity; isExcepted: boolean; count: number }[]> {
  const { rows } = await sql<{ severity: Severity; isExcepted: boolean; count: number }>`
    select finding.severity, exception.id is not null as "isExcepted", count(*) as count
    from finding left join finding_exception exception on ${inForce(today)}
    where finding.closed_at is null group by 1, 2`.execute(db)
  return rows
}

export async function hasSafeguard(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql`select from safeguard where name = ${name}`.execute(db)
  return rows.length > 0
}

export async function hasPractice(db: Db, name: string): Promise<boolean> {
  const { rows } = await sql`select from safeguard where practice = ${name} limit 1`.execute(db)
  return rows.length > 0
}

export async function setOwner(db: Db, id: number, owner: string | undefined): Promise<void> {
  await sql`update finding set owner = ${owner ?? null} where id = ${id}`.execute(db)
}

export type FindingEventKind = 'opened' | 'closed' | 'reopened' | 'owned' | 'commented' | 'excepted' | 'exception-ended'

export interface FindingEvent {
  readonly kind: FindingEventKind
  readonly body: string | null
  readonly actor: string
  readonly at: Date
}

export async function insertEvent(db: Db, findingId: number, event: FindingEvent): Promise<void> {
  await sql`
    insert into finding_event (finding_id, kind, body, actor, at)
    values (${findingId}, ${event.kind}, ${event.body}, ${event.actor}, ${event.at}::timestamptz)`.execute(db)
}

/** The newest events of a finding, in the order in which they happened. */
export async function listEvents(db: Db, findingId: number, limit: number): Promise<readonly FindingEvent[]> {
  const { rows } = await sql<FindingEvent>`
    select kind, body, actor, at from (
      select id, kind, body, actor, at from finding_event where finding_id = ${findingId} order by id desc limit ${limit}
    ) newest order by id`.execute(db)
  return rows
}

export interface ExceptionRow {
  readonly id: number
  readonly reason: string
  readonly compensatingControl: string
  readonly approvedBy: string
  readonly approvedAt: Date
  readonly expiresOn: Day
}

const exceptionColumns = sql`exception.id, exception.reason, exception.compensating_control as "compensatingControl",
  exception.approved_by as "approvedBy", exception.approved_at as "approvedAt", exception.expires_on as "expiresOn"`

/** The exception in force on a day, if any. */
export async function findException(db: Db, today: Day, findingId: number): Promise<ExceptionRow | undefined> {
  const { rows } = await sql<ExceptionRow>`
    select ${exceptionColumns} from finding join finding_exception exception on ${inForce(today)}
    where finding.id = ${findingId}`.execute(db)
  return rows[0]
}

/** The exception that nobody ended, in force or not. */
export async function findUnendedException(db: Db, findingId: number): Promise<ExceptionRow | undefined> {
  const { rows } = await sql<ExceptionRow>`
    select ${exceptionColumns} from finding_exception exception
    where finding_id = ${findingId} and ended_at is null`.execute(db)
  return rows[0]
}

export async function insertException(db: Db, findingId: number, exception: Omit<ExceptionRow, 'id'>): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into finding_exception (finding_id, reason, compensating_control, approved_by, approved_at, expires_on)
    values (${findingId}, ${exception.reason}, ${exception.compensatingControl}, ${exception.approvedBy},
      ${exception.approvedAt}::timestamptz, ${exception.expiresOn}::date)
    returning id`.execute(db)
  const [row] = rows
  if (!row) throw new Error('an exception was inserted and is not there')
  return row.id
}

export async function setExceptionEnded(db: Db, id: number, at: Date): Promise<void> {
  await sql`update finding_exception set ended_at = ${at}::timestamptz where id = ${id}`.execute(db)
}
