/** Decisions on addressable specifications, and how the safeguards that meet requirements stand. */
import type { Status } from '#core/safeguards/model.ts'
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

export type AddressableDecision = 'implement' | 'alternative' | 'not-reasonable'

export interface DecisionRow {
  readonly id: number
  readonly citation: string
  readonly decision: AddressableDecision
  readonly why: string
  readonly approvedBy: string
  readonly decidedOn: Day
  readonly reviewOn: Day
  readonly recordedBy: string
  readonly recordedAt: Date
  readonly supersededAt: Date | null
}

const columns = sql`id, citation, decision, why, approved_by as "approvedBy", decided_on as "decidedOn",
  review_on as "reviewOn", recorded_by as "recordedBy", recorded_at as "recordedAt", superseded_at as "supersededAt"`

/** Makes whoever decides on the same paragraph wait until this transaction is over. */
export async function lockParagraph(db: Db, citation: string): Promise<void> {
  // There may be no row yet to lock.
  await sql`
    select pg_advisory_xact_lock(hashtextextended(
      json_build_array('addressable', current_organisation(), ${citation}::text)::text, 0))`.execute(db)
}

/** Ends the decision that stood; gives its id. */
export async function supersedeDecision(db: Db, citation: string, at: Date): Promise<number | undefined> {
  const { rows } = await sql<{ id: number }>`
    update addressable_decision set superseded_at = ${at}::timestamptz
    where citation = ${citation} and superseded_at is null returning id`.execute(db)
  return rows[0]?.id
}

export async function insertDecision(db: Db, row: Omit<DecisionRow, 'id' | 'supersededAt'>): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into addressable_decision (citation, decision, why, approved_by, decided_on, review_on, recorded_by, recorded_at)
    values (${row.citation}, ${row.decision}, ${row.why}, ${row.approvedBy}, ${row.decidedOn}::date, ${row.reviewOn}::date,
      ${row.recordedBy}, ${row.recordedAt}::timestamptz)
    returning id`.execute(db)
  const [made] = rows
  if (!made) throw new Error('a decision was inserted and is not there')
  return made.id
}

/** Decisions by citation, the newest of each first. */
export async function listDecisionRows(
  db: Db,
  filter: {
    readonly isStanding: boolean
    readonly citation?: string | undefined
    readonly after?: { readonly citation: string; readonly id: number } | undefined
    readonly limit: number
  },
): Promise<readonly DecisionRow[]> {
  const { citation, after } = filter
  const conditions = [sql`(superseded_at is null or not ${filter.isStanding}::boolean)`]
  if (citation !== undefined) conditions.push(sql`citation = ${citation}`)
  if (after) conditions.push(sql`(citation > ${after.citation} or (citation = ${after.citation} and id < ${after.id}))`)
  const { rows } = await sql<DecisionRow>`
    select ${columns} from addressable_decision where ${sql.join(conditions, sql` and `)}
    order by citation, id desc limit ${filter.limit}`.execute(db)
  return rows
}

export interface SupportingEvidence {
  readonly id: string
  readonly title: string
  /** What it was said to support: the paragraph itself, or one of its safeguards; as `kind:id`. */
  readonly about: string
  readonly keptAt: Date
  readonly validUntilOn: Day | null
  /** Whether it was linked itself; otherwise it stands behind a statement that somebody made. */
  readonly isLinked: boolean
}

/**
 * The files that support a paragraph, the newest first; none that was shredded: those linked to it or to the safeguards that
 * meet it, and those behind what people attested of these safeguards.
 */
export async function listSupportingEvidence(
  db: Db,
  { citation, safeguards }: { readonly citation: string; readonly safeguards: readonly string[] },
  limit: number,
): Promise<readonly SupportingEvidence[]> {
  const abouts = [`requirement:${citation}`, ...safeguards.map((name) => `safeguard:${name}`)]
  const { rows } = await sql<SupportingEvidence>`
    select evidence.id, evidence.title, support.about, evidence.kept_at as "keptAt",
      evidence.valid_until_on as "validUntilOn", bool_or(support.is_linked) as "isLinked"
    from (
      select evidence_id, about, true as is_linked from evidence_link where about = any (${abouts}::text[])
      union all
      select attestation.evidence_id, 'safeguard:' || safeguard.name, false
      from attestation join safeguard on safeguard.id = attestation.safeguard_id
      where safeguard.name = any (${[...safeguards]}::text[]) and attestation.withdrawn_at is null
        and attestation.evidence_id is not null
    ) support
    join evidence on evidence.id = support.evidence_id and evidence.sealed_key <> ''
    group by evidence.id, support.about
    order by evidence.id desc, support.about limit ${limit}`.execute(db)
  return rows
}

export interface MeetingSafeguard {
  readonly name: string
  readonly title: string
  readonly practice: string
  readonly status: Status
  readonly whyUnknown: string | null
  readonly citations: readonly string[]
}

/** Every safeguard with how it stands, as of the moment that the transaction judges. */
export async function listMeetingSafeguards(db: Db): Promise<readonly MeetingSafeguard[]> {
  const { rows } = await sql<MeetingSafeguard>`
    select safeguard.name, safeguard.title, safeguard.practice, standing.status, standing.why_unknown as "whyUnknown", safeguard.citations
    from safeguard join safeguard_status standing on standing.safeguard_id = safeguard.id
    order by safeguard.name`.execute(db)
  return rows
}
