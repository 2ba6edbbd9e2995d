/** What Today counts and no slice lists by itself; everything else it asks of the slices. */
import { inForce } from '#core/findings/store.ts'
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

/** When the day before began, on the organisation's clocks. */
export async function findStartOfDay(db: Db, day: Day): Promise<Date> {
  const { rows } = await sql<{ start: Date }>`
    select ${day}::date::timestamp at time zone time_zone as start from organisation`.execute(db)
  return rows[0]?.start ?? new Date(`${day}T00:00:00Z`)
}

export interface FindingsDue {
  readonly overdue: number
  /** Overdue ones included. */
  readonly due: number
  /** Critical ones that nobody has. */
  readonly ownerless: number
}

/** Counts open findings that nobody excepted. */
export async function countFindingsDue(db: Db, today: Day, until: Day): Promise<FindingsDue> {
  // All of them are counted within indexes; the excepted ones, of which there are few, are taken off.
  const { rows } = await sql<FindingsDue>`
    select due.overdue - excepted.overdue as overdue, due.due - excepted.due as due,
      critical.ownerless - excepted.ownerless as ownerless
    from (
      select count(*) filter (where due_on < ${today}::date) as overdue, count(*) as due
      from finding where due_on <= ${until}::date and closed_at is null
    ) due, (
      select count(*) as ownerless from finding
      where severity_rank = 0::smallint and owner is null and closed_at is null
    ) critical, (
      select count(*) filter (where due_on < ${today}::date) as overdue,
        count(*) filter (where due_on <= ${until}::date) as due,
        count(*) filter (where severity_rank = 0 and owner is null) as ownerless
      from finding_exception exception join finding on ${inForce(today)}
      -- Said once more, so that only the findings with an exception are looked up.
      where closed_at is null and finding.id = any (array(
        select finding_id from finding_exception where ended_at is null and expires_on >= ${today}::date))
    ) excepted`.execute(db)
  return rows[0] ?? { overdue: 0, due: 0, ownerless: 0 }
}

export interface SourceMoved {
  readonly sourceId: number
  readonly name: string
  readonly what: 'read' | 'lapsed'
  readonly at: Date
}

/** The sources that were read since, and those that fell silent; what fell silent first. */
export async function listMovedSources(db: Db, since: Date, now: Date): Promise<readonly SourceMoved[]> {
  const { rows } = await sql<SourceMoved>`
    select id as "sourceId", name, 'lapsed' as what, valid_until as at
    from vigil.source_now where valid_until >= ${since}::timestamptz and valid_until <= ${now}::timestamptz
    union all
    (select source.id, source.name, 'read', max(run.finished_at)
     from source_run run join source on source.id = run.source_id
     where run.finished_at >= ${since}::timestamptz and run.state in ('done', 'unchanged')
     group by source.id, source.name)
    order by 3, 4 desc, 1`.execute(db)
  return rows
}

export interface SourceLate {
  readonly sourceId: number
  readonly name: string
  readonly isLive: boolean
  readonly since: Date
}

/** The sources whose last word no longer holds, the longest silent first. */
export async function listLateSources(db: Db): Promise<readonly SourceLate[]> {
  const { rows } = await sql<SourceLate>`
    select id as "sourceId", name, channel <> 'file' as "isLive", valid_until as since
    from vigil.source_now where not is_current and valid_until is not null order by valid_until, id`.execute(db)
  return rows
}

export interface EndingRow {
  readonly kind: 'exception' | 'attestation' | 'evidence' | 'decision'
  readonly about: string
  readonly title: string
  readonly on: Day
}

/** What ends between two days, the first first. */
export async function listEndings(db: Db, today: Day, until: Day): Promise<readonly EndingRow[]> {
  const within = (day: ReturnType<typeof sql>) => sql`${day} >= ${today}::date and ${day} <= ${until}::date`
  const { rows } = await sql<EndingRow>`
    select 'exception' as kind, 'finding:' || finding.id as about, finding.detail as title, exception.expires_on as on
    from finding_exception exception join finding on finding.id = exception.finding_id
    where ${within(sql`exception.expires_on`)} and finding.closed_at is null and ${inForce(today)}
    union all
    select 'attestation', 'practice:' || safeguard.practice, safeguard.title, ends.on
    from (select safeguard, max(valid_until_on) as on from vigil.attestation_now where holds group by safeguard) ends
    join safeguard on safeguard.name = ends.safeguard
    where ${within(sql`ends.on`)}
    union all
    select 'evidence', 'evidence:' || id, title, valid_until_on
    from evidence where ${within(sql`valid_until_on`)} and sealed_key <> ''
    union all
    select 'decision', 'requirement:' || citation, citation, review_on
    from addressable_decision where superseded_at is null and ${within(sql`review_on`)}
    order by 4, 1, 2`.execute(db)
  return rows
}

/** The paragraphs on which it stands decided to do something else than they say, or nothing. */
export async function listDecidedOtherwise(db: Db, today: Day): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ citation: string }>`
    select citation from addressable_decision
    where superseded_at is null and decision <> 'implement' and review_on >= ${today}::date`.execute(db)
  return new Set(rows.map(({ citation }) => citation))
}

export interface EverybodysTasks {
  /** Due by a day, overdue ones included. */
  readonly due: number
  readonly overdue: number
  readonly ownerless: number
}

export async function countEverybodysTasks(db: Db, today: Day, until: Day): Promise<EverybodysTasks> {
  const { rows } = await sql<EverybodysTasks>`
    select count(*) filter (where due_on <= ${until}::date) as due,
      count(*) filter (where due_on < ${today}::date) as overdue, count(*) filter (where assignee is null) as ownerless
    from task where done_at is null`.execute(db)
  return rows[0] ?? { due: 0, overdue: 0, ownerless: 0 }
}

export interface FailedJobs {
  readonly count: number
  /** The newest. */
  readonly job: string | null
  readonly at: Date | null
}

/** Jobs that failed since an instant, where the same work has not succeeded after that. */
export async function findFailedJobs(db: Db, since: Date): Promise<FailedJobs> {
  const { rows } = await sql<FailedJobs>`
    select count(*) as count, (array_agg(kind order by finished_at desc))[1] as job, max(finished_at) as at
    from job where state = 'failed' and finished_at >= ${since}::timestamptz and not exists (
      select from job later
      where later.id > job.id and later.kind = job.kind and later.input = job.input and later.state = 'done')`.execute(
    db,
  )
  return rows[0] ?? { count: 0, job: null, at: null }
}

/** Files that could not be taken in since an instant, where the same file was not taken in after that. */
export async function findRefusedFiles(
  db: Db,
  since: Date,
): Promise<{ readonly count: number; readonly name: string | null }> {
  const { rows } = await sql<{ count: number; name: string | null }>`
    select count(distinct file_name) as count, (array_agg(file_name order by id desc))[1] as name
    from source_run refused
    where refused.finished_at >= ${since}::timestamptz and refused.state in ('refused', 'unrecognised') and not exists (
      select from source_run later
      where later.finished_at >= ${since}::timestamptz and later.id > refused.id and later.state in ('done', 'unchanged')
        and later.file_name = refused.file_name)`.execute(db)
  return rows[0] ?? { count: 0, name: null }
}

/** The last day of a member's access; null when none is set. */
export async function findLastDay(db: Db, memberId: number): Promise<Day | null> {
  const { rows } = await sql<{ untilOn: Day | null }>`
    select until_on as "untilOn" from member where id = ${memberId}`.execute(db)
  return rows[0]?.untilOn ?? null
}

export interface LedgerState {
  readonly entries: number
  /** How many of them the newest checkpoint signs. */
  readonly signedSize: number
  readonly signedAt: Date | null
}

export async function findLedgerState(db: Db): Promise<LedgerState> {
  const { rows } = await sql<LedgerState>`
    select coalesce(max(log.size), 0) as entries, coalesce(max(signed.size), 0) as "signedSize",
      max(signed.signed_at) as "signedAt"
    from ledger_log log left join lateral (
      select size, signed_at from ledger_checkpoint order by size desc limit 1) signed on true`.execute(db)
  return rows[0] ?? { entries: 0, signedSize: 0, signedAt: null }
}
