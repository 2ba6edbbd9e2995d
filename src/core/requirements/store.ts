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
  filter: { readonly isStanding: boolean; readonly limit: number },
): Promise<readonly DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    select ${columns} from addressable_decision where superseded_at is null or not ${filter.isStanding}::boolean
    order by citation, id desc limit ${filter.limit}`.execute(db)
  return rows
}

export interface MeetingSafeguard {
  readonly name: string
  readonly status: Status
  readonly whyUnknown: string | null
  readonly citations: readonly string[]
}

/** Every safeguard with how it stands, as of the moment that the transaction judges. */
export async function listMeetingSafeguards(db: Db): Promise<readonly MeetingSafeguard[]> {
  const { rows } = await sql<MeetingSafeguard>`
    select safeguard.name, standing.status, standing.why_unknown as "whyUnknown", safeguard.citations
    from safeguard join safeguard_status standing on standing.safeguard_id = safeguard.id
    order by safeguard.name`.execute(db)
  return rows
}
