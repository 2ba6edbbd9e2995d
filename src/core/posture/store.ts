import type { FindingPosture, SourcePosture } from '#core/safeguards/model.ts'
import { type Db, sql } from '#platform/database.ts'

/** The organisation's own name. */
export async function findOrganisationName(db: Db): Promise<string> {
  const { rows } = await sql<{ name: string }>`select name from organisation`.execute(db)
  return rows[0]?.name ?? 'The organisation'
}

type OpenFinding = Omit<FindingPosture, 'title' | 'remedy'>

/** Open findings, the worst first: by severity, then those due first. */
export async function listOpenFindings(db: Db, limit: number | undefined): Promise<readonly OpenFinding[]> {
  const { rows } = await sql<
    Omit<OpenFinding, 'subject' | 'owner' | 'exceptedUntil'> & {
      kind: OpenFinding['subject']['kind']
      key: string
      label: string
      owner: string | null
      exceptedUntil: string | null
    }
  >`
    select finding.id, safeguard.name as safeguard, safeguard.practice, finding.severity, finding.subject_kind as kind,
      finding.subject_key as key, finding.subject_label as label, safeguard.citations, finding.detail,
      finding.opened_at as "openedAt", finding.due_on as "dueOn", finding.owner, exception.expires_on as "exceptedUntil"
    from finding
    join safeguard on safeguard.id = finding.safeguard_id
    left join finding_exception exception
      on exception.finding_id = finding.id and exception.ended_at is null and exception.expires_on >= judged_on()
      and (finding.reopened_at is null or exception.approved_at >= finding.reopened_at)
    where finding.closed_at is null
    order by finding.severity desc, finding.due_on, safeguard.name, finding.subject_key, finding.id
    limit ${limit ?? null}`.execute(db)
  return rows.map(({ kind, key, label, owner, exceptedUntil, ...row }) => ({
    ...row,
    subject: { kind, key, label },
    owner: owner ?? undefined,
    exceptedUntil: exceptedUntil ?? undefined,
  }))
}

export async function countOpenFindings(db: Db): Promise<Record<FindingPosture['severity'], number>> {
  const { rows } = await sql<{ severity: FindingPosture['severity']; count: number }>`
    select severity, count(*) as count from finding where closed_at is null group by severity`.execute(db)
  const counts = { critical: 0, high: 0, medium: 0, low: 0 }
  for (const { severity, count } of rows) counts[severity] = count
  return counts
}

export async function listSources(db: Db): Promise<readonly SourcePosture[]> {
  const { rows } = await sql<SourcePosture>`
    select name, format, basis, collected_at as "collectedAt", valid_until as "validUntil", is_current as "isCurrent"
    from vigil.source_now order by name`.execute(db)
  return rows
}

export async function countOpenQuestions(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from match_question where answered_at is null`.execute(db)
  return rows[0]?.count ?? 0
}
