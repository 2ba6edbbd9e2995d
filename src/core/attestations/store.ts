/** The rows of attestations that people recorded in Vigil. Those that a file brought are facts of intake. */
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

export interface AttestationRow {
  readonly id: number
  readonly safeguard: string
  readonly title: string
  readonly statement: string
  readonly author: string
  readonly statedOn: Day
  readonly validUntilOn: Day
  readonly population: string | null
  readonly sample: string | null
  readonly evidenceId: string | null
  readonly recordedBy: string
  readonly recordedAt: Date
  readonly withdrawnAt: Date | null
}

const attestations = sql`
  select attestation.id, safeguard.name as safeguard, safeguard.title, attestation.statement, attestation.author,
    attestation.stated_on as "statedOn", attestation.valid_until_on as "validUntilOn", attestation.population,
    attestation.sample, attestation.evidence_id as "evidenceId", attestation.recorded_by as "recordedBy",
    attestation.recorded_at as "recordedAt", attestation.withdrawn_at as "withdrawnAt"
  from attestation join safeguard on safeguard.id = attestation.safeguard_id`

export async function findSafeguard(db: Db, name: string): Promise<{ id: number; title: string } | undefined> {
  const { rows } = await sql<{ id: number; title: string }>`
    select id, title from safeguard where name = ${name}`.execute(db)
  return rows[0]
}

/** The name of whoever is this member. */
export async function findMemberName(db: Db, memberId: number): Promise<string | undefined> {
  const { rows } = await sql<{ name: string }>`
    select identity.name from member join identity on identity.id = member.identity_id
    where member.id = ${memberId}`.execute(db)
  return rows[0]?.name
}

export interface NewAttestation {
  readonly safeguardId: number
  readonly statement: string
  readonly author: string
  readonly statedOn: Day
  readonly validUntilOn: Day
  readonly population: string | undefined
  readonly sample: string | undefined
  readonly evidenceId: string | undefined
  readonly recordedBy: string
  readonly recordedAt: Date
}

export async function insertAttestation(db: Db, row: NewAttestation): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into attestation (safeguard_id, statement, author, stated_on, valid_until_on, population, sample, evidence_id,
      recorded_by, recorded_at)
    values (${row.safeguardId}, ${row.statement}, ${row.author}, ${row.statedOn}::date, ${row.validUntilOn}::date,
      ${row.population ?? null}, ${row.sample ?? null}, ${row.evidenceId ?? null}::uuid, ${row.recordedBy},
      ${row.recordedAt}::timestamptz)
    returning id`.execute(db)
  const [made] = rows
  if (!made) throw new Error('an attestation was inserted and is not there')
  return made.id
}

/** Reads and locks the attestation, so that it is withdrawn once. */
export async function lockAttestation(db: Db, id: number): Promise<AttestationRow | undefined> {
  const { rows } = await sql<AttestationRow>`
    ${attestations} where attestation.id = ${id} for update of attestation`.execute(db)
  return rows[0]
}

export async function setWithdrawn(db: Db, id: number, at: Date): Promise<void> {
  await sql`update attestation set withdrawn_at = ${at}::timestamptz where id = ${id}`.execute(db)
}

/** Attestations, the newest first. */
export async function listAttestationRows(
  db: Db,
  filter: { readonly safeguard: string | undefined; readonly before: number | undefined; readonly limit: number },
): Promise<readonly AttestationRow[]> {
  const { rows } = await sql<AttestationRow>`
    ${attestations}
    where (${filter.safeguard ?? null}::text is null or safeguard.name = ${filter.safeguard ?? null})
      and (${filter.before ?? null}::bigint is null or attestation.id < ${filter.before ?? null}::bigint)
    order by attestation.id desc limit ${filter.limit}`.execute(db)
  return rows
}
