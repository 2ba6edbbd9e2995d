/** The rows of findings, their events and their exceptions. */
import type { Severity, SubjectKind } from '#core/safeguards/model.ts'
import type { Role } from '#platform/contract.ts'
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { FindingState } from './model.ts'

export interface FindingRow {
  readonly id: number
  readonly safeguard: string
  readonly title: string
  readonly practice: string
  readonly severity: Severity
  readonly subjectKind: SubjectKind
  readonly subjectId: number
  readonly subjectKey: string
  readonly subjectLabel: string
  readonly citations: readonly string[]
  readonly detail: string
  readonly openedAt: Date
  readonly reopenedAt: Date | null
  readonly dueOn: Day
  readonly closedAt: Date | null
  readonly owner: string | null
  readonly ownerMemberId: number | null
  readonly exceptedUntil: Day | null
}

export interface FindingFilter {
  readonly states: readonly FindingState[]
  readonly severities?: readonly Severity[] | undefined
  readonly practice?: string | undefined
  readonly safeguard?: string | undefined
  /** By name, or by number as a member; null for those that nobody owns. */
  readonly owner?: string | number | null | undefined
  /** Opened (again) at this instant or later. */
  readonly openedSince?: Date | undefined
  /** Whether it is due before today. */
  readonly isOverdue?: boolean | undefined
  /** Due on this day or before. */
  readonly dueUntil?: Day | undefined
  /** Words that stand in the subject's label or in the detail. */
  readonly words?: string | undefined
  /** Only what concerns one of these people: themselves, or an account of theirs. */
  readonly people?: readonly number[] | undefined
}

/**
 * The exception that is in force: not ended, not run out, and given since the finding opened last. Somebody accepted that
 * failure, not the next one of the same subject.
 */
export const inForce = (today: Day): Sql => sql`
  exception.finding_id = finding.id and exception.ended_at is null and exception.expires_on >= ${today}::date
  and exception.approved_at >= coalesce(finding.reopened_at, finding.opened_at)`

const stateConditions: Readonly<Record<FindingState, Sql>> = {
  // By the column that is joined: the planner then knows it for what it is, and walks an index of what is open.
  open: sql`finding.closed_at is null and exception.finding_id is null`,
  excepted: sql`finding.closed_at is null and exception.id is not null`,
  closed: sql`finding.closed_at is not null`,
}

const severityRanks: Readonly<Record<Severity, number>> = { critical: 0, high: 1, medium: 2, low: 3 }

/** What each order compares, one after the other; the last is the row's number, so that no two stand at one place. */
const orders = {
  worst: [sql`finding.severity_rank`, sql`finding.due_on`, sql`finding.id`],
  due: [sql`finding.due_on`, sql`finding.severity_rank`, sql`finding.id`],
  opened: [sql`finding.opened_at`, sql`finding.id`],
  safeguard: [sql`safeguard.name`, sql`finding.severity_rank`, sql`finding.due_on`, sql`finding.id`],
} as const
export type FindingSort = keyof typeof orders

/** Where a finding stands in an order, value by value. */
export function placeOf(row: FindingRow, sort: FindingSort): readonly (string | number)[] {
  const rank = severityRanks[row.severity]
  const places = {
    worst: [rank, row.dueOn, row.id],
    due: [row.dueOn, rank, row.id],
    opened: [row.openedAt.toISOString(), row.id],
    safeguard: [row.safeguard, rank, row.dueOn, row.id],
  } as const satisfies Record<FindingSort, readonly (string | number)[]>
  return places[sort]
}

const placeTypes: Readonly<Record<FindingSort, readonly Sql[]>> = {
  worst: [sql`smallint`, sql`date`, sql`bigint`],
  due: [sql`date`, sql`smallint`, sql`bigint`],
  opened: [sql`timestamptz`, sql`bigint`],
  safeguard: [sql`text`, sql`smallint`, sql`date`, sql`bigint`],
}

function selectFindings(today: Day, where: Sql): Sql<FindingRow> {
  return sql<FindingRow>`
    select finding.id, safeguard.name as safeguard, safeguard.title, safeguard.practice, finding.severity,
      finding.subject_kind as "subjectKind", finding.subject_id as "subjectId", finding.subject_key as "subjectKey", finding.subject_label as "subjectLabel",
      safeguard.citations, finding.detail, finding.opened_at as "openedAt", finding.reopened_at as "reopenedAt",
      finding.due_on as "dueOn", finding.closed_at as "closedAt", finding.owner,
      finding.owner_member_id as "ownerMemberId", exception.expires_on as "exceptedUntil"
    from finding
    join safeguard on safeguard.id = finding.safeguard_id
    left join finding_exception exception on finding.closed_at is null and ${inForce(today)}
    where ${where}`
}

/** What concerns one of these people. An account that somebody only answers for is not theirs. */
export function concerning(people: readonly number[]): Sql {
  const ids = sql`${[...people]}::bigint[]`
  // As arrays, by which the index of subjects is searched.
  return sql`(
    (finding.subject_kind = 'person' and finding.subject_id = any (${ids})) or (finding.subject_kind = 'account'
      and finding.subject_id = any (array(
        select unnest(account_ids) from person_entry where person_id = any (${ids})))))`
}

function matching(today: Day, filter: FindingFilter): Sql {
  const states = filter.states.map((state) => sql`(${stateConditions[state]})`)
  const conditions = [sql`(${states.length > 0 ? sql.join(states, sql` or `) : sql`false`})`]
  // Said once more where it holds for all, so that the index of what is open serves.
  if (!filter.states.includes('closed')) conditions.push(sql`finding.closed_at is null`)
  const { severities, practice, safeguard, owner, openedSince, isOverdue, dueUntil, words, people } = filter
  if (severities !== undefined)
    conditions.push(
      sql`finding.severity_rank = any (${severities.map((severity) => severityRanks[severity])}::smallint[])`,
    )
  if (practice !== undefined) conditions.push(sql`safeguard.practice = ${practice}`)
  if (safeguard !== undefined)
    conditions.push(sql`finding.safeguard_id = (select id from safeguard where name = ${safeguard})`)
  if (owner === null) conditions.push(sql`finding.owner is null`)
  else if (typeof owner === 'number') conditions.push(sql`finding.owner_member_id = ${owner}`)
  else if (owner !== undefined) conditions.push(sql`lower(finding.owner) = lower(${owner})`)
  if (openedSince !== undefined)
    conditions.push(sql`coalesce(finding.reopened_at, finding.opened_at) >= ${openedSince}::timestamptz`)
  if (isOverdue !== undefined)
    conditions.push(sql`(finding.closed_at is null and finding.due_on < ${today}::date) = ${isOverdue}::boolean`)
  if (dueUntil !== undefined) conditions.push(sql`finding.due_on <= ${dueUntil}::date`)
  if (words !== undefined)
    conditions.push(sql`strpos(lower(finding.subject_label || ' ' || finding.detail), lower(${words}::text)) > 0`)
  if (people !== undefined) conditions.push(concerning(people))
  return sql.join(conditions, sql` and `)
}

export interface FindingPage {
  readonly sort: FindingSort
  readonly isReversed: boolean
  readonly limit: number
  /** The place of the last one of the page before, by `placeOf`. */
  readonly after: readonly (string | number)[] | undefined
}

export async function listFindingRows(
  db: Db,
  today: Day,
  filter: FindingFilter,
  page: FindingPage,
): Promise<readonly FindingRow[]> {
  const keys = orders[page.sort]
  const direction = page.isReversed ? sql`desc` : sql`asc`
  const conditions = [matching(today, filter)]
  if (page.after) {
    const place = page.after.map((value, at) => sql`${value}::${placeTypes[page.sort][at] ?? sql`text`}`)
    conditions.push(sql`(${sql.join(keys)}) ${page.isReversed ? sql`<` : sql`>`} (${sql.join(place)})`)
  }
  const { rows } = await sql<FindingRow>`
    ${selectFindings(today, sql.join(conditions, sql` and `))}
    order by ${sql.join(keys.map((key) => sql`${key} ${direction}`))} limit ${page.limit}`.execute(db)
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
  await sql`declare ${cursor} no scroll cursor for ${selectFindings(today, matching(today, filter))} order by ${sql.join([...orders.worst])}`.execute(
    db,
  )
  for (;;) {
    const { rows } = await sql<FindingRow>`fetch ${sql.lit(batch)} from ${cursor}`.execute(db)
    if (rows.length > 0) yield rows
    if (rows.length < batch) return
  }
}

export async function findFindingRow(
  db: Db,
  today: Day,
  id: number,
  people?: readonly number[],
): Promise<FindingRow | undefined> {
  const where = people === undefined ? sql`finding.id = ${id}` : sql`finding.id = ${id} and ${concerning(people)}`
  const { rows } = await selectFindings(today, where).execute(db)
  return rows[0]
}

/** Reads and locks the finding, so that two people cannot decide on it at once, nor a check close it meanwhile. */
export async function lockFindingRow(db: Db, today: Day, id: number): Promise<FindingRow | undefined> {
  await sql`select from finding where id = ${id} for update`.execute(db)
  return findFindingRow(db, today, id)
}

export interface FindingCount {
  readonly practice: string
  readonly severity: Severity
  readonly state: FindingState
  readonly count: number
}

export async function countFindingRows(db: Db, today: Day, filter: FindingFilter): Promise<readonly FindingCount[]> {
  const { rows } = await sql<FindingCount>`
    select safeguard.practice, finding.severity,
      case when finding.closed_at is not null then 'closed' when exception.id is not null then 'excepted' else 'open' end
        as state, count(*) as count
    from finding
    join safeguard on safeguard.id = finding.safeguard_id
    left join finding_exception exception on finding.closed_at is null and ${inForce(today)}
    where ${matching(today, filter)}
    group by 1, 2, 3`.execute(db)
  return rows
}

export interface OpenCount {
  readonly practice: string
  readonly severity: Severity
  /** Open, the excepted ones included. */
  readonly count: number
  /** Of those, opened (again) since. */
  readonly opened: number
}

/** What is open, by practice and severity, and what of it opened (again) since an instant. */
export async function countOpenRows(db: Db, since: Date): Promise<readonly OpenCount[]> {
  const { rows } = await sql<OpenCount>`
    select safeguard.practice, counted.severity, sum(counted.count) as count, sum(counted.opened) as opened
    from (
      select safeguard_id, severity, count(*) as count,
        count(*) filter (where greatest(opened_at, reopened_at) >= ${since}::timestamptz) as opened
      from finding where closed_at is null group by safeguard_id, severity
    ) counted join safeguard on safeguard.id = counted.safeguard_id
    group by safeguard.practice, counted.severity`.execute(db)
  return rows
}

export async function countClosed(db: Db, since: Date): Promise<number> {
  const { rows } = await sql<{ closed: number }>`
    select count(*) as closed from finding where closed_at >= ${since}::timestamptz`.execute(db)
  return rows[0]?.closed ?? 0
}

export type Telling = FindingRow & { readonly tells: 'worst' | 'opened' | 'closed' }

/**
 * The findings that tell how things stand: the worst open one of each practice, the worst of those that opened (again) since
 * an instant and are open, the last of those that closed.
 */
export async function listTelling(db: Db, today: Day, since: Date, limit: number): Promise<readonly Telling[]> {
  const at = sql`${since}::timestamptz`
  // The first of each safeguard is one look into an index; of those, the first of each practice.
  const { rows } = await sql<Telling>`
    with picked as materialized (
      (select distinct on (safeguard.practice) 'worst' as tells, worst.id
       from safeguard cross join lateral (
         select id, severity_rank, due_on from finding
         where finding.safeguard_id = safeguard.id and finding.closed_at is null
         order by severity_rank, due_on, id limit 1
       ) worst
       order by safeguard.practice, worst.severity_rank, worst.due_on, worst.id)
      union all
      (select 'opened', id from finding
       where closed_at is null and greatest(opened_at, reopened_at) >= ${at}
       order by severity_rank, due_on, id limit ${limit})
      union all
      (select 'closed', id from finding where closed_at >= ${at} order by closed_at desc, id limit ${limit})
    )
    select picked.tells, told.* from picked
    cross join lateral (${selectFindings(today, sql`finding.id = picked.id`)}) told`.execute(db)
  return rows
}

export type Moved = FindingRow & {
  readonly tells: 'opened' | 'closed'
  /** How many there are of these. */
  readonly count: number
}

/**
 * What opened (again) since an instant and is open, the worst first, and what closed since: the first few, found by what has
 * moved and not by all that is open.
 */
export async function listMovedRows(db: Db, today: Day, since: Date, limit: number): Promise<readonly Moved[]> {
  const at = sql`${since}::timestamptz`
  const { rows } = await sql<Moved>`
    with opened as (
      select id, severity_rank, due_on from finding where closed_at is null and opened_at >= ${at}
      union
      select id, severity_rank, due_on from finding where closed_at is null and reopened_at >= ${at}
    ), picked as materialized (
      (select 'opened' as tells, id, (select count(*) from opened) as count from opened
       order by severity_rank, due_on, id limit ${limit})
      union all
      (select 'closed', id, (select count(*) from finding where closed_at >= ${at}) from finding
       where closed_at >= ${at} order by closed_at desc, id limit ${limit})
    )
    select picked.tells, picked.count, told.* from picked
    cross join lateral (${selectFindings(today, sql`finding.id = picked.id`)}) told`.execute(db)
  return rows
}

/** Reads and locks those of these findings that there are, in the order of their numbers. */
export async function lockFindingRows(db: Db, today: Day, ids: readonly number[]): Promise<readonly FindingRow[]> {
  const wanted = sql`${[...ids]}::bigint[]`
  // In one order, so that two who lock the same ones cannot lock each other out.
  await sql`select from finding where id = any (${wanted}) order by id for update`.execute(db)
  const { rows } = await sql<FindingRow>`
    ${selectFindings(today, sql`finding.id = any (${wanted})`)} order by finding.id`.execute(db)
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

/** Those of these findings that concern one of these people. */
export async function listConcerning(
  db: Db,
  findingIds: readonly number[],
  people: readonly number[],
): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    select finding.id from finding where finding.id = any (${[...findingIds]}::bigint[]) and ${concerning(people)}`.execute(
    db,
  )
  return rows.map(({ id }) => id)
}

export interface OwnerSet {
  readonly findingId: number
  readonly owner: string | null
  readonly memberId: number | null
}

export async function setOwners(db: Db, owners: readonly OwnerSet[]): Promise<void> {
  await sql`
    update finding set owner = given.owner, owner_member_id = given.member_id
    from unnest(${owners.map(({ findingId }) => findingId)}::bigint[], ${owners.map(({ owner }) => owner)}::text[],
      ${owners.map(({ memberId }) => memberId)}::bigint[]) given (id, owner, member_id)
    where finding.id = given.id`.execute(db)
}

export interface MemberRow {
  readonly id: number
  readonly name: string
  readonly roles: readonly Role[]
  readonly personId: number | null
}

const mayEnter = (today: Day): Sql =>
  sql`member.disabled_at is null and (member.until_on is null or member.until_on >= ${today}::date)`

const memberColumns = sql`member.id, identity.name, member.roles, member.person_id as "personId"`

/** Those of these members who may sign in. */
export async function listMembersIn(db: Db, today: Day, ids: readonly number[]): Promise<readonly MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    select ${memberColumns} from member join identity on identity.id = member.identity_id
    where member.id = any (${[...ids]}::bigint[]) and ${mayEnter(today)} order by member.id`.execute(db)
  return rows
}

/** The members who may sign in and have one of these roles, by name. */
export async function listMembersWith(
  db: Db,
  today: Day,
  roles: readonly Role[],
  limit: number,
): Promise<readonly MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    select ${memberColumns} from member join identity on identity.id = member.identity_id
    where member.roles && ${[...roles]}::text[] and ${mayEnter(today)}
    order by lower(identity.name), member.id limit ${limit}`.execute(db)
  return rows
}

/**
 * Members to whom the person whom a finding concerns may report: as the staff list names their manager, by number, address
 * or name. Whether they do is for `concerning` to say.
 */
export async function listLikelyManagers(db: Db, today: Day, findingId: number): Promise<readonly MemberRow[]> {
  const { rows } = await sql<MemberRow>`
    with whom as materialized (
      select finding.subject_id as person_id from finding where id = ${findingId} and subject_kind = 'person'
      union all
      select account.person_id from finding join account on account.id = finding.subject_id
      where finding.id = ${findingId} and finding.subject_kind = 'account' and account.person_id is not null
    ), keys as materialized (
      select distinct manager_key as key from person_fact join whom using (person_id)
      where manager_key is not null and absent_from is null
    )
    select ${memberColumns} from member join identity on identity.id = member.identity_id
    where 'manager' = any (member.roles) and ${mayEnter(today)} and member.person_id in (
      select person_id from person_fact join keys on keys.key in (number_key, email_key, name_key))
    order by lower(identity.name), member.id`.execute(db)
  return rows
}

/** What members are called, also those who may not sign in any more. */
export async function listNames(db: Db, ids: readonly number[]): Promise<readonly { id: number; name: string }[]> {
  const { rows } = await sql<{ id: number; name: string }>`
    select member.id, identity.name from member join identity on identity.id = member.identity_id
    where member.id = any (${[...ids]}::bigint[]) order by member.id`.execute(db)
  return rows
}

export type FindingEventKind = 'opened' | 'closed' | 'reopened' | 'owned' | 'commented' | 'excepted' | 'exception-ended'

export interface FindingEvent {
  readonly kind: FindingEventKind
  readonly body: string | null
  readonly actor: string
  readonly at: Date
}

export async function insertEvents(db: Db, findingIds: readonly number[], event: FindingEvent): Promise<void> {
  await sql`
    insert into finding_event (finding_id, kind, body, actor, at)
    select id, ${event.kind}, ${event.body}::text, ${event.actor}, ${event.at}::timestamptz
    from unnest(${[...findingIds]}::bigint[]) id`.execute(db)
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

/** Gives each of these findings an exception of its own; their numbers by finding. */
export async function insertExceptions(
  db: Db,
  findingIds: readonly number[],
  exception: Omit<ExceptionRow, 'id'>,
): Promise<readonly { readonly finding: number; readonly exception: number }[]> {
  const { rows } = await sql<{ finding: number; exception: number }>`
    insert into finding_exception (finding_id, reason, compensating_control, approved_by, approved_at, expires_on)
    select id, ${exception.reason}, ${exception.compensatingControl}, ${exception.approvedBy},
      ${exception.approvedAt}::timestamptz, ${exception.expiresOn}::date
    from unnest(${[...findingIds]}::bigint[]) id
    returning finding_id as finding, id as exception`.execute(db)
  return rows
}

/** Ends the exceptions of these findings that nobody ended; the findings that had one. */
export async function endExceptionsOf(db: Db, findingIds: readonly number[], at: Date): Promise<readonly number[]> {
  const { rows } = await sql<{ id: number }>`
    update finding_exception set ended_at = ${at}::timestamptz
    where finding_id = any (${[...findingIds]}::bigint[]) and ended_at is null returning finding_id as id`.execute(db)
  return rows.map(({ id }) => id)
}

export async function setExceptionEnded(db: Db, id: number, at: Date): Promise<void> {
  await sql`update finding_exception set ended_at = ${at}::timestamptz where id = ${id}`.execute(db)
}
