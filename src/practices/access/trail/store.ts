/** The rows of the trail's sources, settings, questions, destructions and watched patients. */
import type { Role } from '#platform/contract.ts'
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { SourceState, TrailState } from '#trail/trail.ts'
import type { SourceDay, SourceJudged } from './model.ts'

// The organisation's calendar -------------------------------------------------------------------------------------------

/** The organisation's zone and name, and where two of its days begin: the first, and the one after the last. */
export async function findBounds(
  db: Db,
  since: Day | undefined,
  until: Day | undefined,
): Promise<{
  readonly name: string
  readonly timeZone: string
  readonly since: Date | null
  readonly until: Date | null
}> {
  const { rows } = await sql<{ name: string; timeZone: string; since: Date | null; until: Date | null }>`
    select name, time_zone as "timeZone", (${since ?? null}::date)::timestamp at time zone time_zone as since,
      (${until ?? null}::date + 1)::timestamp at time zone time_zone as until
    from organisation where id = current_organisation()`.execute(db)
  const [row] = rows
  if (!row) throw new Error('the organisation at hand is not there')
  return row
}

// Settings --------------------------------------------------------------------------------------------------------------

export interface SettingsRow {
  readonly retentionYears: number
  readonly reviewWithinDays: number
  readonly decideWithinDays: number
  readonly tell: readonly Role[]
}

export async function findSettings(db: Db): Promise<SettingsRow | undefined> {
  const { rows } = await sql<SettingsRow>`
    select retention_years as "retentionYears", review_within_days as "reviewWithinDays",
      decide_within_days as "decideWithinDays", tell from trail_settings`.execute(db)
  return rows[0]
}

export async function upsertSettings(db: Db, row: SettingsRow, by: string, at: Date): Promise<void> {
  await sql`
    insert into trail_settings (retention_years, review_within_days, decide_within_days, tell, changed_by, changed_at)
    values (${row.retentionYears}, ${row.reviewWithinDays}, ${row.decideWithinDays}, ${[...row.tell]}::text[], ${by},
      ${at}::timestamptz)
    on conflict (organisation_id) do update set retention_years = excluded.retention_years,
      review_within_days = excluded.review_within_days, decide_within_days = excluded.decide_within_days,
      tell = excluded.tell, changed_by = excluded.changed_by, changed_at = excluded.changed_at`.execute(db)
}

// Sources ---------------------------------------------------------------------------------------------------------------

export interface SourceRow {
  readonly id: number
  readonly name: string
  readonly title: string | null
  readonly systemId: number | null
  readonly systemName: string | null
  readonly responsible: string | null
  readonly expectedMinutes: number | null
  readonly retiredAt: Date | null
  /** Retired, and silent since. */
  readonly isRetired: boolean
  readonly accepted: number
  readonly rejected: number
  readonly duplicates: number
  readonly firstAt: Date | null
  readonly lastReceivedAt: Date | null
  readonly lastAt: Date | null
  readonly missing: number
  readonly gaps: readonly { readonly from: string; readonly to: string; readonly at: string }[]
  readonly usualSilenceMs: number | null
  readonly state: 'well' | 'troubled' | 'new' | 'expected'
  readonly troubles: readonly string[]
  readonly says: readonly string[]
  readonly seenAt: Date
}

const sourceColumns = sql`
  source.id, source.name, source.title, source.system_id as "systemId", system.name as "systemName", source.responsible,
  source.expected_minutes as "expectedMinutes", source.retired_at as "retiredAt", source.is_retired as "isRetired", source.accepted, source.rejected,
  source.duplicates, source.first_at as "firstAt", source.last_received_at as "lastReceivedAt", source.last_at as "lastAt",
  source.missing, source.gaps, source.usual_silence_ms as "usualSilenceMs", source.state, source.troubles, source.says,
  source.seen_at as "seenAt"`

/** By name: an organisation has some dozen. */
export async function listSourceRows(db: Db): Promise<readonly SourceRow[]> {
  const { rows } = await sql<SourceRow>`
    select ${sourceColumns} from trail_source source left join system on system.id = source.system_id
    order by source.is_retired, source.name`.execute(db)
  return rows
}

/** Reads and locks all sources, so that two who look at once do not count a day twice. */
export async function lockSources(db: Db): Promise<readonly SourceRow[]> {
  await sql`select pg_advisory_xact_lock(7422, current_organisation()::integer)`.execute(db)
  return listSourceRows(db)
}

export async function listSourceDays(db: Db, from: Day): Promise<ReadonlyMap<number, readonly SourceDay[]>> {
  const { rows } = await sql<SourceDay & { id: number }>`
    select trail_source_id as id, day, accepted, rejected from trail_source_day
    where day >= ${from}::date order by trail_source_id, day`.execute(db)
  const days = new Map<number, SourceDay[]>()
  for (const { id, ...day } of rows) days.set(id, [...(days.get(id) ?? []), day])
  return days
}

/** Makes the source where there is none of this name; gives its number. */
export async function ensureSource(db: Db, name: string, at: Date): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into trail_source (name, seen_at) values (${name}, ${at}::timestamptz)
    on conflict (organisation_id, name) do update set name = excluded.name returning id`.execute(db)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('a source was made and is not there')
  return id
}

export interface SourceSet {
  readonly title: string | null
  readonly systemId: number | null
  readonly responsible: string | null
  readonly expectedMinutes: number | null
  readonly retiredAt: Date | null
}

export async function setSource(db: Db, id: number, set: SourceSet): Promise<void> {
  await sql`
    update trail_source set title = ${set.title}, system_id = ${set.systemId}, responsible = ${set.responsible},
      expected_minutes = ${set.expectedMinutes}, retired_at = ${set.retiredAt}::timestamptz
    where id = ${id}`.execute(db)
}

/** How a source was when it was looked at. */
export async function setSourceSeen(
  db: Db,
  id: number,
  seen: SourceState | undefined,
  judged: SourceJudged,
  at: Date,
): Promise<void> {
  await sql`
    update trail_source set
      accepted = ${seen?.accepted ?? 0}, rejected = ${seen?.rejected ?? 0}, duplicates = ${seen?.duplicates ?? 0},
      first_at = ${seen?.firstAt ?? null}::timestamptz, last_received_at = ${seen?.lastReceivedAt ?? null}::timestamptz,
      last_at = ${seen?.lastAt ?? null}::timestamptz, missing = ${seen?.missing ?? 0},
      gaps = ${JSON.stringify((seen?.gaps ?? []).slice(-100))}::jsonb,
      usual_silence_ms = ${seen?.usualSilenceMs == null ? null : Math.round(seen.usualSilenceMs)},
      state = ${judged.state}, troubles = ${judged.troubles.map(({ kind }) => kind)}::text[],
      says = ${judged.troubles.map(({ says }) => says)}::text[], seen_at = ${at}::timestamptz
    where id = ${id}`.execute(db)
}

export async function addToDay(
  db: Db,
  id: number,
  day: Day,
  { accepted, rejected }: { readonly accepted: number; readonly rejected: number },
): Promise<void> {
  await sql`
    insert into trail_source_day (trail_source_id, day, accepted, rejected)
    values (${id}, ${day}::date, ${accepted}, ${rejected})
    on conflict (trail_source_id, day) do update set accepted = trail_source_day.accepted + excluded.accepted,
      rejected = trail_source_day.rejected + excluded.rejected`.execute(db)
}

export async function deleteOldDays(db: Db, before: Day): Promise<void> {
  await sql`delete from trail_source_day where day < ${before}::date`.execute(db)
}

/** Systems in use that hold patient data and of whose accesses no source tells. */
export async function listUncovered(db: Db): Promise<readonly { readonly id: number; readonly name: string }[]> {
  const { rows } = await sql<{ id: number; name: string }>`
    select system.system_id as id, system.name from system_now system
    where system.is_registered and not system.is_out_of_use and system.ephi is not false
      and not exists (
        select from trail_source source where source.system_id = system.system_id and not source.is_retired)
    order by system.name limit 500`.execute(db)
  return rows
}

export async function findSystem(
  db: Db,
  id: number,
): Promise<{ readonly id: number; readonly name: string } | undefined> {
  const { rows } = await sql<{ id: number; name: string }>`select id, name from system where id = ${id}`.execute(db)
  return rows[0]
}

// The whole -------------------------------------------------------------------------------------------------------------

export async function upsertStanding(
  db: Db,
  state: Pick<TrailState, 'accesses' | 'logSize' | 'months'>,
  at: Date,
): Promise<void> {
  await sql`
    insert into trail_standing (accesses, log_size, months, seen_at)
    values (${state.accesses}, ${state.logSize}, ${JSON.stringify(state.months)}::jsonb, ${at}::timestamptz)
    on conflict (organisation_id) do update set accesses = excluded.accesses, log_size = excluded.log_size,
      months = excluded.months, seen_at = excluded.seen_at`.execute(db)
}

export interface VerificationRow {
  readonly at: Date
  readonly isIntact: boolean
  readonly size: number
  readonly problem: string | null
  readonly tookMs: number
}

export async function findVerification(db: Db): Promise<VerificationRow | undefined> {
  const { rows } = await sql<VerificationRow>`
    select at, is_intact as "isIntact", size, problem, took_ms as "tookMs" from trail_verification
    order by id desc limit 1`.execute(db)
  return rows[0]
}

export async function insertVerification(db: Db, row: VerificationRow & { readonly askedBy: string }): Promise<void> {
  await sql`
    insert into trail_verification (asked_by, at, is_intact, size, problem, took_ms)
    values (${row.askedBy}, ${row.at}::timestamptz, ${row.isIntact}, ${row.size}, ${row.problem}, ${row.tookMs})`.execute(
    db,
  )
}

/** The job of this kind that has not ended. */
export async function findUnfinishedJob(db: Db, kind: string): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    select id from job where kind = ${kind} and state in ('queued', 'running') order by id desc limit 1`.execute(db)
  return rows[0]?.id
}

export interface DestructionRow {
  readonly id: number
  readonly month: string
  /** Sealed, as `decidedWhy`. */
  readonly reason: Buffer
  readonly askedBy: string
  readonly askedAt: Date
  /** Confirmed, it is being done; done, the key is destroyed. */
  readonly state: 'asked' | 'confirmed' | 'done' | 'refused'
  readonly decidedBy: string | null
  readonly decidedAt: Date | null
  /** Of one that is asked for: why it could not be done when it was confirmed. */
  readonly decidedWhy: Buffer | null
}

const destructionColumns = sql`id, month, reason, asked_by as "askedBy", asked_at as "askedAt", state,
  decided_by as "decidedBy", decided_at as "decidedAt", decided_why as "decidedWhy"`

/** The newest hundred. */
export async function listDestructions(db: Db): Promise<readonly DestructionRow[]> {
  const { rows } = await sql<DestructionRow>`
    select ${destructionColumns} from trail_destruction order by id desc limit 100`.execute(db)
  return rows
}

/** Reads and locks what was asked for, so that it is decided once. */
export async function lockDestruction(db: Db, id: number): Promise<DestructionRow | undefined> {
  const { rows } = await sql<DestructionRow>`
    select ${destructionColumns} from trail_destruction where id = ${id} for update`.execute(db)
  return rows[0]
}

/** Undefined where somebody has asked for this month already. */
export async function insertDestruction(
  db: Db,
  row: Pick<DestructionRow, 'month' | 'reason' | 'askedBy' | 'askedAt'>,
): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    insert into trail_destruction (month, reason, asked_by, asked_at)
    values (${row.month}, ${row.reason}, ${row.askedBy}, ${row.askedAt}::timestamptz)
    on conflict do nothing returning id`.execute(db)
  return rows[0]?.id
}

export async function setDestruction(
  db: Db,
  id: number,
  decided: {
    readonly state: 'asked' | 'confirmed' | 'refused'
    readonly by: string
    readonly at: Date
    readonly why: Buffer | null
  },
): Promise<void> {
  await sql`
    update trail_destruction set state = ${decided.state}, decided_by = ${decided.by},
      decided_at = ${decided.at}::timestamptz, decided_why = ${decided.why} where id = ${id}`.execute(db)
}

/** Those destructions whose job waits or runs. */
export async function listDestructionsUnderWay(db: Db, kind: string): Promise<ReadonlySet<number>> {
  const { rows } = await sql<{ id: number }>`
    select (input ->> 'destructionId')::integer as id from job
    where kind = ${kind} and state in ('queued', 'running')`.execute(db)
  return new Set(rows.map(({ id }) => id))
}

/** The key is destroyed. */
export async function setDestroyed(db: Db, id: number): Promise<void> {
  await sql`update trail_destruction set state = 'done' where id = ${id}`.execute(db)
}

// Questions -------------------------------------------------------------------------------------------------------------

export async function insertQuestion(
  db: Db,
  row: {
    readonly id: string
    readonly askedBy: string
    readonly askedAt: Date
    readonly readableUntil: Date
    readonly sealed: Buffer
  },
): Promise<void> {
  await sql`
    insert into trail_question (id, asked_by, asked_at, readable_until, sealed)
    values (${row.id}::uuid, ${row.askedBy}, ${row.askedAt}::timestamptz, ${row.readableUntil}::timestamptz,
      ${row.sealed})`.execute(db)
}

/** What this asker may still read on. */
export async function findQuestion(db: Db, id: string, askedBy: string, now: Date): Promise<Buffer | undefined> {
  const { rows } = await sql<{ sealed: Buffer }>`
    select sealed from trail_question
    where id = ${id}::uuid and asked_by = ${askedBy} and readable_until > ${now}::timestamptz`.execute(db)
  return rows[0]?.sealed
}

export async function deleteOldQuestions(db: Db, now: Date): Promise<void> {
  await sql`delete from trail_question where readable_until <= ${now}::timestamptz`.execute(db)
}

// Watched patients ------------------------------------------------------------------------------------------------------

export interface WatchedRow {
  readonly id: number
  readonly mark: Buffer
  readonly sealed: Buffer
  readonly addedBy: string
  readonly addedAt: Date
}

const watchedColumns = sql`id, mark, sealed, added_by as "addedBy", added_at as "addedAt"`

export async function listWatchedRows(
  db: Db,
  page: { readonly before: number | undefined; readonly limit: number },
): Promise<readonly WatchedRow[]> {
  const { rows } = await sql<WatchedRow>`
    select ${watchedColumns} from trail_watched
    where id < coalesce(${page.before ?? null}::bigint, 9223372036854775807) order by id desc limit ${page.limit}`.execute(
    db,
  )
  return rows
}

export async function countWatched(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from trail_watched`.execute(db)
  return rows[0]?.count ?? 0
}

/** Puts a patient on the list; false where they stand on it. */
export async function insertWatched(db: Db, row: Omit<WatchedRow, 'id'>): Promise<boolean> {
  const { rows } = await sql<{ id: number }>`
    insert into trail_watched (mark, sealed, added_by, added_at)
    values (${row.mark}, ${row.sealed}, ${row.addedBy}, ${row.addedAt}::timestamptz)
    on conflict do nothing returning id`.execute(db)
  return rows.length > 0
}

export async function deleteWatched(db: Db, id: number): Promise<WatchedRow | undefined> {
  const { rows } =
    await sql<WatchedRow>`delete from trail_watched where id = ${id} returning ${watchedColumns}`.execute(db)
  return rows[0]
}
