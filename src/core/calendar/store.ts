/** The addresses of calendars, and what is due by the day. */
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { Due } from './model.ts'

export interface FeedRow {
  readonly madeAt: Date
  readonly readAt: Date | null
}

export async function findFeed(db: Db, memberId: number): Promise<FeedRow | undefined> {
  const { rows } = await sql<FeedRow>`
    select made_at as "madeAt", read_at as "readAt" from calendar_feed where member_id = ${memberId}`.execute(db)
  return rows[0]
}

export async function upsertFeed(db: Db, memberId: number, tokenHash: Buffer, at: Date): Promise<void> {
  await sql`
    insert into calendar_feed (member_id, token_hash, made_at) values (${memberId}, ${tokenHash}, ${at})
    on conflict (member_id) do update set token_hash = ${tokenHash}, made_at = ${at}, read_at = null`.execute(db)
}

export async function touchFeed(db: Db, memberId: number, at: Date): Promise<void> {
  await sql`update calendar_feed set read_at = ${at} where member_id = ${memberId}`.execute(db)
}

export async function deleteFeed(db: Db, memberId: number): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from calendar_feed where member_id = ${memberId}`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

export interface FeedFound {
  readonly memberId: number
  readonly organisationId: number
  readonly roles: readonly string[]
  readonly timeZone: string
}

/** Whose an address is; asked before it is known for which organisation. */
export async function findFeedByToken(db: Db, tokenHash: Buffer): Promise<FeedFound | undefined> {
  const { rows } = await sql<FeedFound>`
    select member_id as "memberId", organisation_id as "organisationId", roles, time_zone as "timeZone"
    from find_calendar_feed(${tokenHash})`.execute(db)
  return rows[0]
}

export async function findOrganisationName(db: Db): Promise<string> {
  const { rows } = await sql<{ name: string }>`
    select name from organisation where id = (select current_organisation())`.execute(db)
  return rows[0]?.name ?? ''
}

/** A member's own open tasks by the day that they are due. */
export async function countTasksDue(db: Db, assignee: string, from: Day, until: Day): Promise<readonly Due[]> {
  const { rows } = await sql<Due>`
    select 'tasks' as kind, due_on as on, count(*) as count, 0 as critical from task
    where done_at is null and assignee = ${assignee} and due_on between ${from}::date and ${until}::date
    group by due_on order by due_on`.execute(db)
  return rows
}

/** What the programme has due by the day: findings, and what ends. */
export async function countProgrammeDue(db: Db, from: Day, until: Day): Promise<readonly Due[]> {
  const [first, last] = [sql`${from}::date`, sql`${until}::date`]
  const { rows } = await sql<Due>`
    select 'findings' as kind, due_on as on, count(*) as count, count(*) filter (where severity_rank = 0) as critical
    from finding
    where closed_at is null and due_on between ${first} and ${last}
      and not exists (select from finding_exception exception where exception.finding_id = finding.id
        and exception.ended_at is null and exception.expires_on >= ${first}
        and exception.approved_at >= coalesce(finding.reopened_at, finding.opened_at))
    group by due_on
    union all
    select 'exceptions', expires_on, count(*), 0 from finding_exception exception
    join finding on finding.id = exception.finding_id and finding.closed_at is null
    where exception.ended_at is null and expires_on between ${first} and ${last}
      and exception.approved_at >= coalesce(finding.reopened_at, finding.opened_at)
    group by expires_on
    union all
    select 'attestations', valid_until_on, count(*), 0 from attestation
    where withdrawn_at is null and valid_until_on between ${first} and ${last} group by valid_until_on
    union all
    select 'evidence', valid_until_on, count(*), 0 from evidence
    where valid_until_on between ${first} and ${last} group by valid_until_on
    order by 2, 1`.execute(db)
  return rows
}
