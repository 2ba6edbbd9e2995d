/** The subjects of a safeguard one by one: how each was judged, and what is known of it. */
import { type FactKind, factKinds } from '#core/intake/facts.ts'
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Safeguard, SubjectKind } from '../model.ts'

export type Verdict = 'fail' | 'unknown' | 'pass'
type Basis = 'measured' | 'stated'

/** What a subject is called: `of` is what it belongs to, `person` whose it is. */
export interface Named {
  readonly label: string | null
  readonly of: string | null
  readonly person: string | null
}

const personName = (personId: Sql): Sql => sql`
  (select coalesce(display_name, nullif(concat_ws(' ', given_name, family_name), ''), email, username, employee_number)
   from person_fact where person_id = ${personId} order by absent_from is not null, left_on nulls first limit 1)`

const id = sql`subject.subject_id`
const plain = (table: Sql): Sql => sql`
  select name as label, null::text as of, null::text as person from ${table} named where named.id = ${id}`

/** One row that names `subject.subject_id`. What is decided about the law is named by its own check. */
const namings: Readonly<Record<SubjectKind, Sql>> = {
  account: sql`
    select account.username as label, system.name as of, ${personName(sql`account.person_id`)} as person
    from account join system on system.id = account.system_id where account.id = ${id}`,
  person: sql`
    select ${personName(id)} as label, (
      select department from person_fact where person_id = ${id} and department is not null
      order by absent_from is not null limit 1) as of, null::text as person`,
  device: sql`
    select device.name as label, (
      select nullif(concat_ws(', ', fact.device_kind, fact.os_label), '') from device_fact fact where fact.device_id = ${id}
      order by fact.absent_from is not null, fact.os_label is null limit 1) as of, null::text as person
    from device where device.id = ${id}`,
  system: plain(sql`system`),
  vendor: plain(sql`vendor`),
  software: plain(sql`product`),
  role: sql`
    select title as label, null::text as of, null::text as person from response_role where response_role.id = ${id}`,
  requirement: sql`select null::text as label, null::text as of, null::text as person`,
  organisation: plain(sql`organisation`),
}

const holds = (text: Sql, words: string): Sql => sql`strpos(lower(${text}), lower(${words}::text)) > 0`
const named = (table: Sql, words: string): Sql =>
  sql`select id from ${table} found where ${holds(sql`found.name`, words)}`
const peopleNamed = (words: string): Sql => sql`
  select person_id from person_fact
  where ${holds(sql`concat_ws(' ', display_name, given_name, family_name, email, username, employee_number)`, words)}`

/** The ids of the subjects whose name holds these words. */
const searches: Readonly<Record<SubjectKind, (words: string) => Sql>> = {
  account: (words) => sql`
    select account.id from account
    where strpos(account.key, lower(${words}::text)) > 0 or account.system_id in (${named(sql`system`, words)})
      or account.person_id in (${peopleNamed(words)})`,
  person: peopleNamed,
  device: (words) => named(sql`device`, words),
  system: (words) => named(sql`system`, words),
  vendor: (words) => named(sql`vendor`, words),
  software: (words) => named(sql`product`, words),
  role: (words) => sql`select id from response_role where ${holds(sql`title`, words)}`,
  requirement: () => sql`select null::bigint where false`,
  organisation: (words) => named(sql`organisation`, words),
}

export interface SubjectRow extends Named {
  readonly id: number
  readonly verdict: Verdict
  readonly basis: Basis | null
  readonly since: Date
  /** The open finding. */
  readonly findingId: number | null
  readonly detail: string | null
}

// Written out, so that the partial indexes of what does not pass serve.
const judgedAs: Readonly<Record<Verdict, Sql>> = {
  fail: sql`verdict = 'fail'`,
  unknown: sql`verdict = 'unknown'`,
  pass: sql`verdict = 'pass'`,
}

export interface SubjectPage {
  readonly verdict: Verdict
  /** Only these, where the check itself names them. */
  readonly ids: readonly number[] | undefined
  readonly after: number
  readonly limit: number
}

const idOf = (safeguard: Pick<Safeguard, 'name'>): Sql => sql`(select id from safeguard where name = ${safeguard.name})`

/** The subjects that stand at one verdict now, by their numbers. */
export async function listSubjectRows(
  db: Db,
  safeguard: Safeguard,
  { verdict, ids, after, limit }: SubjectPage,
): Promise<readonly SubjectRow[]> {
  const among = ids === undefined ? sql`` : sql`and subject_id = any (${[...ids]}::bigint[])`
  const { rows } = await selectNamed(
    safeguard,
    sql`
      select subject_id, verdict, basis, observed_from from observation
      where safeguard_id = ${idOf(safeguard)} and observed_until is null and ${judgedAs[verdict]}
        and subject_id > ${after} ${among}
      order by subject_id limit ${limit}`,
  ).execute(db)
  return rows
}

/** The subjects whose name holds these words, what fails first; all verdicts at once, since looking for names is what costs. */
export async function findSubjectRows(
  db: Db,
  safeguard: Safeguard,
  page: {
    readonly words: string
    readonly verdict: Verdict | undefined
    readonly after: readonly [rank: number, subjectId: number]
    readonly limit: number
  },
): Promise<readonly SubjectRow[]> {
  // The names are gone through first, by themselves; then the observations of those found are looked up, by their numbers.
  const rank = sql`case verdict when 'fail' then 0 when 'unknown' then 1 else 2 end`
  const [afterRank, afterId] = page.after
  const { rows } = await selectNamed(
    safeguard,
    sql`
      select subject_id, verdict, basis, observed_from from observation
      where safeguard_id = ${idOf(safeguard)} and observed_until is null
        and ${page.verdict === undefined ? sql`true` : judgedAs[page.verdict]}
        and subject_id = any (array(${searches[safeguard.subject](page.words)}))
        and (${rank}, subject_id) > (${afterRank}, ${afterId})
      order by ${rank}, subject_id limit ${page.limit}`,
  ).execute(db)
  return rows
}

/** Rows of `subject_id`, `verdict`, `basis` and `observed_from`, each with its name and its open finding. */
function selectNamed(safeguard: Safeguard, subjects: Sql): Sql<SubjectRow> {
  return sql<SubjectRow>`
    with subject as materialized (${subjects}), finding as materialized (
      -- Of all of them at once: whichever index is taken for it, it is gone through once.
      select subject_id, id, detail from vigil.finding
      where safeguard_id = ${idOf(safeguard)} and closed_at is null
        and subject_id = any (array(select subject_id from subject))
    )
    select subject.subject_id as id, subject.verdict, subject.basis, subject.observed_from as since,
      named.label, named.of, named.person, finding.id as "findingId", finding.detail
    from subject
    left join lateral (${namings[safeguard.subject]}) named on true
    left join finding on finding.subject_id = subject.subject_id
    order by subject.verdict, subject.subject_id`
}

/** What one subject is called; undefined where there is none of that number. */
export async function findNamed(db: Db, safeguard: Safeguard, subjectId: number): Promise<Named | undefined> {
  const { rows } = await sql<Named>`
    select named.* from (select ${subjectId}::bigint as subject_id) subject
    cross join lateral (${namings[safeguard.subject]}) named`.execute(db)
  return rows[0]
}

export interface ObservationRow {
  readonly verdict: Verdict
  readonly basis: Basis | null
  readonly from: Date
  readonly until: Date | null
}

/** The verdicts on one subject, the newest first. */
export async function listObservations(
  db: Db,
  safeguard: Safeguard,
  subjectId: number,
  limit: number,
): Promise<readonly ObservationRow[]> {
  const { rows } = await sql<ObservationRow>`
    select verdict, basis, observed_from as "from", observed_until as "until" from observation
    where safeguard_id = ${idOf(safeguard)} and subject_id = ${subjectId}
    order by observed_from desc limit ${limit}`.execute(db)
  return rows
}

/** The open finding about one subject. */
export async function findOpenFinding(
  db: Db,
  safeguard: Safeguard,
  subjectId: number,
): Promise<{ readonly id: number; readonly detail: string; readonly owner: string | null } | undefined> {
  const { rows } = await sql<{ id: number; detail: string; owner: string | null }>`
    select id, detail, owner from finding
    where safeguard_id = ${idOf(safeguard)} and subject_id = ${subjectId} and closed_at is null`.execute(db)
  return rows[0]
}

export interface Told {
  readonly id: number
  readonly key: string | null
  readonly label: string | null
  readonly verdict: Verdict
  readonly basis: Basis | null
  readonly detail: string | null
}

/** Whether it is asked whose account this is. */
export async function waitsForAnswer(db: Db, accountId: number): Promise<boolean> {
  const { rows } = await sql`
    select from match_question where account_id = ${accountId} and kind = 'account-owner' and answered_at is null`.execute(
    db,
  )
  return rows.length > 0
}

/** What a check says now, as the role that only reads: of one subject, or of all of them. Nothing of it is kept. */
export async function tell(
  db: Db,
  safeguard: Safeguard,
  checkRole: string,
  subjectId?: number,
): Promise<readonly Told[]> {
  const which = subjectId === undefined ? sql`true` : sql`subject = ${subjectId}`
  await sql`set local role ${sql.id(checkRole)}`.execute(db)
  const { rows } = await sql<Told>`
    select subject as id, key, label, verdict, basis, detail from (${safeguard.check}) verdicts where ${which}`.execute(
    db,
  )
  await sql`set local role none`.execute(db)
  return rows
}

export interface CoverageRow {
  readonly checkedAt: Date
  readonly coversFrom: Date
  readonly coversUntil: Date
  readonly sourceRuns: readonly number[]
  readonly whyUnknown: string | null
}

/** The newest judgement of a safeguard as of the moment of this transaction. */
export async function findCoverage(db: Db, safeguard: Safeguard): Promise<CoverageRow | undefined> {
  const { rows } = await sql<CoverageRow>`
    select checked_at as "checkedAt", covers_from as "coversFrom", covers_until as "coversUntil",
      source_runs as "sourceRuns", why_unknown as "whyUnknown"
    from coverage where safeguard_id = ${idOf(safeguard)} and covers_from <= judged_at()
    order by id desc limit 1`.execute(db)
  return rows[0]
}

export interface RestRow {
  readonly sourceId: number
  readonly source: string
  readonly channel: 'file' | 'ldap'
  readonly format: string
  readonly basis: Basis
  readonly runId: number
  readonly fileName: string | null
  readonly collectedAt: Date | null
  readonly collectedBy: string
  readonly suppliedBy: string | null
  readonly takenInAt: Date
  /** SHA-256 in hex. */
  readonly digest: string | null
  readonly validUntil: Date | null
  readonly isCurrent: boolean
  /** Where the ledger says that it was taken in. */
  readonly entry: number | null
}

/** The runs of sources that something rests on. */
export async function listRests(db: Db, runIds: readonly number[]): Promise<readonly RestRow[]> {
  const { rows } = await sql<RestRow>`
    select source.id as "sourceId", source.name as source, source.channel, source.format, source.basis,
      run.id as "runId", run.file_name as "fileName", run.collected_at as "collectedAt", run.collected_by as "collectedBy",
      run.supplied_by as "suppliedBy", run.finished_at as "takenInAt", encode(run.digest, 'hex') as digest,
      source.valid_until as "validUntil", source.is_current as "isCurrent", (
        select min(seq) from ledger_subject where subject = 'source-run:' || run.id) as entry
    from source_run run join source_now source on source.id = run.source_id
    where run.id = any (${[...runIds]}::bigint[])
    order by source.name, run.id`.execute(db)
  return rows
}

/**
 * Where the ledger says that a judgement was made. Its entry bears the moment as of which was judged, or is the next one
 * of its kind after the judgement.
 */
export async function findJudgeEntry(db: Db, coverage: CoverageRow): Promise<number | undefined> {
  const isJudging = sql`action = 'safeguards.judge' and outcome = 'done'`
  const { rows } = await sql<{ seq: number }>`
    (select seq, 0 as place from ledger_entry
     where at_text = ${coverage.coversFrom.toISOString()} and ${isJudging} order by seq desc limit 1)
    union all
    (select seq, 1 from ledger_entry
     where at_text >= ${coverage.checkedAt.toISOString()} and ${isJudging} order by at_text, seq limit 1)
    order by place limit 1`.execute(db)
  return rows[0]?.seq
}

export interface FactRow {
  readonly kind: FactKind
  readonly sourceId: number
  readonly runId: number
  readonly line: number
  readonly from: Date
  readonly until: Date | null
  /** The row as it is kept, by the names of its columns. */
  readonly row: Readonly<Record<string, unknown>>
}

type Places = Partial<Record<FactKind, Sql>>

/** Which rows of each kind of fact speak of a subject. */
function placesOf(subject: SubjectKind, subjectId: number): Places {
  const one = sql`${subjectId}::bigint`
  const owner = sql`fact.person_id = (select person_id from account where id = ${one})`
  const registered = sql`fact.system_id = (select system_id from account where id = ${one})`
  const all = sql`fact.absent_from is null`
  const places: Readonly<Record<SubjectKind, Places>> = {
    account: {
      account: sql`fact.account_id = ${one}`,
      mfa: sql`fact.id in (select mfa_fact_id from account_mfa where account_id = ${one})`,
      person: owner,
      system: registered,
    },
    person: {
      person: sql`fact.person_id = ${one}`,
      training: sql`fact.person_id = ${one}`,
      account: sql`fact.account_id in (select id from account where person_id = ${one})`,
    },
    device: { device: sql`fact.device_id = ${one}`, component: sql`fact.device_id = ${one}` },
    system: {
      system: sql`fact.system_id = ${one}`,
      backup: sql`fact.system_id = ${one}`,
      vendor: sql`fact.vendor_key in (select vendor_key from system_fact where system_id = ${one})`,
    },
    vendor: {
      vendor: sql`fact.vendor_id = ${one}`,
      system: sql`fact.vendor_key = (select key from vendor where id = ${one})`,
    },
    software: {
      component: sql`fact.product_id = ${one}`,
      approval: sql`fact.id in (select approval_fact_id from product_approval where product_id = ${one})`,
    },
    role: { role: sql`fact.role_key = (select key from response_role where id = ${one})` },
    requirement: {},
    organisation: { role: all, exercise: all, assessment: all, approval: all, backup: all },
  }
  return places[subject]
}

/** The rows that speak of a subject, of these kinds, those that are still said first. */
export async function listFactRows(
  db: Db,
  subject: { readonly kind: SubjectKind; readonly id: number },
  kinds: readonly FactKind[],
  limit: number,
): Promise<readonly FactRow[]> {
  const places = placesOf(subject.kind, subject.id)
  const parts = kinds.flatMap((kind) => {
    const place = places[kind]
    if (!place) return []
    return [
      sql`(select ${kind}::text as kind, fact.source_id, fact.run_id, fact.line, fact.present_from, fact.absent_from,
          to_jsonb(fact) as row
        from ${sql.id(`${kind}_fact`)} fact where ${place}
        order by fact.absent_from is not null, fact.present_from desc, fact.id limit ${limit})`,
    ]
  })
  if (parts.length === 0) return []
  const { rows } = await sql<FactRow>`
    select kind, source_id as "sourceId", run_id as "runId", line, present_from as "from", absent_from as "until", row
    from (${sql.join(parts, sql` union all `)}) told`.execute(db)
  return rows
}

/** The fields of a kind of fact, each with its column and the type of what stands in it. */
export function fieldsOf(
  kind: FactKind,
): readonly { readonly field: string; readonly column: string; readonly type: string }[] {
  return Object.entries(factKinds[kind].columns).map(([field, type]) => ({
    field,
    column: field.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`),
    type,
  }))
}
