/** Running checks, and keeping what they found: observations as intervals, coverage, and the findings they open. */
import { createHash } from 'node:crypto'
import type pg from 'pg'
import { type Db, type Sql, sql, takeTurn } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { Safeguard, Status } from './model.ts'

/** Writes the lists of the code that checks and lists refer to, as the database's owner. Repeatable. */
export async function writeReference(
  client: pg.Client,
  lists: {
    safeguards: readonly (Safeguard & { readonly practice: string })[]
    operatingSystems: readonly {
      readonly product: string
      readonly cycle: string
      readonly label: string
      readonly endOfSupportOn: Day | null
      readonly extendedOn?: Day | null | undefined
      readonly lastUpdateOn?: Day | null | undefined
    }[]
    responseRoles: readonly { readonly id: number; readonly key: string; readonly title: string }[]
  },
): Promise<void> {
  await client.query(
    `insert into safeguard (name, practice, title, severity, subject_kind, citations)
     select name, practice, title, severity::severity, subject, array(select jsonb_array_elements_text(meets))
     from jsonb_to_recordset($1::jsonb) list (name text, practice text, title text, severity text, subject text, meets jsonb)
     on conflict (name) do update set practice = excluded.practice, title = excluded.title, severity = excluded.severity,
       subject_kind = excluded.subject_kind, citations = excluded.citations`,
    [
      JSON.stringify(
        lists.safeguards.map(({ name, practice, title, severity, subject, meets }) => ({
          name,
          practice,
          title,
          severity,
          subject,
          meets,
        })),
      ),
    ],
  )
  await client.query(
    `insert into os_release (product, cycle, label, end_of_support_on, extended_on, last_update_on)
     select product, cycle, label, "endOfSupportOn", "extendedOn", "lastUpdateOn"
     from jsonb_to_recordset($1::jsonb) list (product text, cycle text, label text, "endOfSupportOn" date, "extendedOn" date,
       "lastUpdateOn" date)
     on conflict (product, cycle) do update set label = excluded.label, end_of_support_on = excluded.end_of_support_on,
       extended_on = excluded.extended_on, last_update_on = excluded.last_update_on`,
    [JSON.stringify(lists.operatingSystems)],
  )
  await client.query(
    `insert into response_role (id, key, title)
     select id, key, title from jsonb_to_recordset($1::jsonb) list (id integer, key text, title text)
     on conflict (id) do update set key = excluded.key, title = excluded.title`,
    [JSON.stringify(lists.responseRoles)],
  )
}

/** Says as of when this transaction judges. */
export async function judgeAsOf(db: Db, now: Date, today: Day): Promise<void> {
  await sql`select set_config('vigil.judged_at', ${now.toISOString()}, true), set_config('vigil.judged_on', ${today}, true)`.execute(
    db,
  )
}

const snapshots = ['source_now', 'person_now', 'system_now', 'account_now', 'device_now', 'vendor_now'] as const

/** What a check may have to rest on, by kind of fact. */
export interface SourceState {
  readonly kind: string
  readonly runIds: readonly number[]
  /** Some source of this kind is current. */
  readonly isCurrent: boolean
  /** Every source of this kind that holds facts is current. */
  readonly isWhole: boolean
  /** Current, and each a whole snapshot. */
  readonly isComplete: boolean
  readonly basis: 'measured' | 'stated'
  readonly validUntil: Date
}

export async function listSourceStates(db: Db): Promise<ReadonlyMap<string, SourceState>> {
  const { rows } = await sql<SourceState>`
    select kind, array_agg(run_id order by run_id) as "runIds", bool_or(is_current) as "isCurrent",
      bool_and(is_current) as "isWhole",
      bool_and(complete) filter (where is_current) and bool_or(is_current) as "isComplete",
      coalesce(min(basis) filter (where is_current), 'stated') as basis,
      coalesce(min(valid_until) filter (where is_current), judged_at()) as "validUntil"
    from vigil.source_now cross join unnest(kinds) kind group by kind`.execute(db)
  return new Map(rows.map((row) => [row.kind, row]))
}

/**
 * Counts anew what lies in the tables that the views join. What an import has just copied, and tied to people and systems,
 * has no statistics yet; without them the views are planned for a handful of rows.
 */
export async function analyzeFacts(db: Db): Promise<void> {
  await sql`analyze person_fact (person_id, source_id), account (id, person_id, system_id), account_fact (account_id, source_id),
    account_mfa, mfa_fact (id, source_id), device_fact (device_id, source_id), component_fact (product_id, device_id, source_id),
    product, system_fact, vendor_fact, backup_fact, training_fact (person_id, source_id), source, match_question`.execute(
    db,
  )
}

/**
 * Fixes what all checks of this transaction see: the views are read once into tables of the same names, which stand before
 * them on the search path, and the check role may read them.
 */
export async function openChecks(db: Db, checkRole: string): Promise<void> {
  await takeTurn(db)
  await analyzeFacts(db)
  for (const name of snapshots) {
    await sql`create temp table ${sql.id(name)} on commit drop as select * from vigil.${sql.id(name)}`.execute(db)
  }
  await sql`create unique index on pg_temp.person_now (person_id)`.execute(db)
  await sql`create unique index on pg_temp.account_now (account_id)`.execute(db)
  await sql`create index on pg_temp.account_now (system_id)`.execute(db)
  await sql`analyze pg_temp.source_now, pg_temp.system_now, pg_temp.vendor_now, pg_temp.person_now (person_id, has_left),
    pg_temp.device_now (device_id), pg_temp.account_now (account_id, person_id, system_id, enabled, login_class)`.execute(
    db,
  )
  await sql`create temp table judged (subject bigint, key text, label text, verdict verdict, basis basis, detail text)
    on commit drop`.execute(db)
  const tables = sql.join([...snapshots, 'judged'].map((name) => sql`pg_temp.${sql.id(name)}`))
  await sql`grant select on ${tables} to ${sql.id(checkRole)}`.execute(db)
  await sql`grant insert on pg_temp.judged to ${sql.id(checkRole)}`.execute(db)
}

/** A check as the database is asked it, for people to read. */
export function compileCheck(db: Db, check: Sql): string {
  return check.compile(db).sql
}

/** A digest of a check's own text: a check that was changed is run again. */
export function digestCheck(db: Db, check: Sql): string {
  return createHash('sha256').update(check.compile(db).sql).digest('hex').slice(0, 16)
}

/**
 * What checks see besides facts, as one short text that changes with it: attestations and decisions, and of the access trail
 * what is wrong, but no count that moves with every access.
 */
export async function readDecisionState(db: Db): Promise<string> {
  const { rows } = await sql<{ state: string }>`
    select md5(concat_ws(' ',
      (select array_agg((id, withdrawn_at) order by id)::text from attestation),
      (select array_agg((id, superseded_at) order by id)::text from addressable_decision),
      (select array_agg((id, answered_at) order by id)::text from match_question where answered_at is not null),
      (select array_agg((id, system_id, is_retired, accepted > 0, state, troubles) order by id)::text
       from trail_source),
      (select (accesses > 0, months -> 0, seen_at > judged_at() - interval '26 hours')::text from trail_standing),
      (select (id, is_intact)::text from trail_verification order by id desc limit 1),
      (select retention_years::text from trail_settings),
      (select exists (select from job where kind = 'trail.judge' and state = 'done' and finished_at
        between judged_at() - interval '50 hours' and judged_at() + interval '1 hour')::text),
      (select (count(*) filter (where seen_at is null and review_by < judged_on()),
         count(*) filter (where due_on < judged_on()))::text
       from access_case where state in ('open', 'talk')))) as state
    `.execute(db)
  return rows[0]?.state ?? ''
}

export interface LastCoverage {
  readonly inputs: string
  readonly coversUntil: Date
}

export async function listLastCoverage(db: Db): Promise<ReadonlyMap<string, LastCoverage>> {
  const { rows } = await sql<LastCoverage & { name: string }>`
    select distinct on (safeguard_id) safeguard.name, inputs, covers_until as "coversUntil"
    from coverage join safeguard on safeguard.id = coverage.safeguard_id
    order by safeguard_id, coverage.id desc`.execute(db)
  return new Map(rows.map((row) => [row.name, row]))
}

/** Judges all subjects of a safeguard as the read-only role; `unless` makes every verdict unknown, for the reason it says. */
export async function judge(
  db: Db,
  safeguard: Safeguard,
  checkRole: string,
  unless: string | undefined,
): Promise<void> {
  await sql`truncate pg_temp.judged`.execute(db)
  await sql`set local role ${sql.id(checkRole)}`.execute(db)
  if (unless === undefined) {
    await sql`insert into pg_temp.judged
      select subject, case when verdict = 'fail' then key end, case when verdict = 'fail' then label end, verdict,
        case when verdict = 'pass' then basis end, case when verdict <> 'pass' then detail end
      from (${safeguard.check}) verdicts`.execute(db)
  } else {
    await sql`insert into pg_temp.judged select subject, null, null, 'unknown', null, ${unless}
      from (${safeguard.check}) verdicts`.execute(db)
  }
  await sql`set local role none`.execute(db)
}

/** Whether a list could have named a subject, by the safeguard's own query. */
export async function mayBeNone(db: Db, safeguard: Safeguard): Promise<boolean> {
  if (safeguard.noneOnlyIf === undefined) return true
  const { rows } = await sql<{ may: boolean }>`select (${safeguard.noneOnlyIf}) as may`.execute(db)
  return rows[0]?.may === true
}

export interface Judged {
  readonly proved: number
  readonly attested: number
  readonly failed: number
  readonly unknown: number
  /** The reason that most of the unknown ones have. */
  readonly whyUnknown: string | null
}

export async function countVerdicts(db: Db): Promise<Judged> {
  const { rows } = await sql<Judged>`
    select count(*) filter (where verdict = 'pass' and basis = 'measured') as proved,
      count(*) filter (where verdict = 'pass' and basis is distinct from 'measured') as attested,
      count(*) filter (where verdict = 'fail') as failed, count(*) filter (where verdict = 'unknown') as unknown,
      mode() within group (order by detail) filter (where verdict = 'unknown') as "whyUnknown"
    from pg_temp.judged`.execute(db)
  return rows[0] ?? { proved: 0, attested: 0, failed: 0, unknown: 0, whyUnknown: null }
}

/** Writes the intervals that change: what still holds is left as it is. */
export async function writeObservations(db: Db, safeguardName: string, now: Date): Promise<void> {
  const id = sql`(select id from safeguard where name = ${safeguardName})`
  const some = await sql<{ some: boolean }>`
    select exists (select from observation where safeguard_id = ${id}) as some`.execute(db)
  if (!some.rows[0]?.some) {
    await sql`insert into observation (safeguard_id, subject_id, verdict, basis, observed_from)
      select ${id}, subject, verdict, basis, ${now}::timestamptz from pg_temp.judged order by subject`.execute(db)
    return
  }
  await sql`
    update observation set observed_until = greatest(observed_from, ${now}::timestamptz)
    where safeguard_id = ${id} and observed_until is null and not exists (
      select from pg_temp.judged
      where judged.subject = observation.subject_id and judged.verdict = observation.verdict
        and judged.basis is not distinct from observation.basis)`.execute(db)
  await sql`
    insert into observation (safeguard_id, subject_id, verdict, basis, observed_from)
    select ${id}, subject, verdict, basis, ${now}::timestamptz from pg_temp.judged
    where not exists (
      select from observation
      where observation.safeguard_id = ${id} and observation.subject_id = judged.subject
        and observation.observed_until is null)
    on conflict (organisation_id, safeguard_id, subject_id, observed_from)
    do update set verdict = excluded.verdict, basis = excluded.basis, observed_until = null`.execute(db)
}

export interface NewCoverage {
  readonly safeguard: string
  readonly now: Date
  readonly coversUntil: Date
  readonly inputs: string
  readonly runIds: readonly number[]
  readonly counts: Judged
  readonly noneStatus: Status
  readonly whyUnknown: string | undefined
}

export async function insertCoverage(db: Db, coverage: NewCoverage): Promise<void> {
  const { counts } = coverage
  await sql`
    insert into coverage (safeguard_id, checked_at, covers_from, covers_until, inputs, source_runs, proved, attested, failed,
      unknown, none_status, why_unknown)
    select id, clock_timestamp(), ${coverage.now}::timestamptz, ${coverage.coversUntil}::timestamptz,
      ${coverage.inputs}, ${[...coverage.runIds]}::bigint[], ${counts.proved}, ${counts.attested}, ${counts.failed},
      ${counts.unknown}, ${coverage.noneStatus}::status, ${coverage.whyUnknown ?? null}
    from safeguard where name = ${coverage.safeguard}`.execute(db)
}

export interface FindingChanges {
  readonly opened: number
  readonly reopened: number
  readonly closed: number
}

/**
 * Opens, re-opens and closes the findings of a safeguard by its verdicts. One closes when its subject passes, or is gone
 * from what a whole view of the sources names; unknown closes nothing.
 */
export async function moveFindings(
  db: Db,
  run: {
    readonly safeguard: Safeguard
    readonly now: Date
    readonly today: Day
    readonly dueDays: number
    readonly closeAbsent: boolean
    readonly actor: string
  },
): Promise<FindingChanges> {
  const id = sql`(select id from safeguard where name = ${run.safeguard.name})`
  const { rows } = await sql<FindingChanges>`
    with failing as (select * from pg_temp.judged where verdict = 'fail'),
    moved as (
      insert into finding as old (safeguard_id, subject_kind, subject_id, subject_key, subject_label, severity, detail, opened_at,
        due_on)
      select ${id}, ${run.safeguard.subject}, subject, key, label, ${run.safeguard.severity}::severity, detail,
        ${run.now}::timestamptz, ${run.today}::date + ${run.dueDays}::int
      from failing
      on conflict (organisation_id, safeguard_id, subject_id) do update set detail = excluded.detail,
        severity = excluded.severity, subject_key = excluded.subject_key, subject_label = excluded.subject_label,
        reopened_at = case when old.closed_at is null then old.reopened_at else excluded.opened_at end,
        due_on = case when old.closed_at is null then old.due_on else excluded.due_on end,
        closed_at = null
      where old.closed_at is not null or (old.detail, old.severity, old.subject_key, old.subject_label)
        is distinct from (excluded.detail, excluded.severity, excluded.subject_key, excluded.subject_label)
      returning old.id, case when xmax = 0 then 'opened' when old.reopened_at = ${run.now}::timestamptz then 'reopened' end as kind
    ), closing as (
      update finding set closed_at = ${run.now}::timestamptz
      where safeguard_id = ${id} and closed_at is null and (
        exists (select from pg_temp.judged where judged.subject = finding.subject_id and judged.verdict = 'pass')
        or (${run.closeAbsent} and not exists (select from pg_temp.judged where judged.subject = finding.subject_id)))
      returning id, 'closed' as kind
    ), events as (
      insert into finding_event (finding_id, kind, actor, at)
      select id, kind, ${run.actor}, ${run.now}::timestamptz from (select * from moved union all select * from closing) every
      where kind is not null
    )
    select count(*) filter (where kind = 'opened') as opened, count(*) filter (where kind = 'reopened') as reopened,
      count(*) filter (where kind = 'closed') as closed
    from (select * from moved union all select * from closing) every`.execute(db)
  return rows[0] ?? { opened: 0, reopened: 0, closed: 0 }
}

/** Whether somebody has attested a safeguard, and until when that holds. */
export async function findAttestationEnd(db: Db, safeguardName: string): Promise<Day | undefined> {
  const { rows } = await sql<{ until: Day | null }>`
    select max(valid_until_on) as until from attestation_now where safeguard = ${safeguardName} and holds`.execute(db)
  return rows[0]?.until ?? undefined
}

export interface SafeguardStatusRow {
  readonly name: string
  readonly practice: string
  readonly status: Status
  readonly proved: number
  readonly attested: number
  readonly failed: number
  readonly unknown: number
  readonly whyUnknown: string | null
  readonly checkedAt: Date | null
  readonly coversUntil: Date | null
}

export async function listSafeguardStatus(db: Db): Promise<readonly SafeguardStatusRow[]> {
  const { rows } = await sql<SafeguardStatusRow>`
    select name, practice, status, proved, attested, failed, unknown, why_unknown as "whyUnknown",
      checked_at as "checkedAt", covers_until as "coversUntil"
    from safeguard_status order by practice, name`.execute(db)
  return rows
}

/** The newest moment as of which anything was judged. */
export async function findNewestJudgement(db: Db): Promise<Date | undefined> {
  const { rows } = await sql<{ newest: Date | null }>`select max(covers_from) as newest from coverage`.execute(db)
  return rows[0]?.newest ?? undefined
}
