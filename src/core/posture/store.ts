import type { SourcePosture } from '#core/safeguards/model.ts'
import { type Db, sql } from '#platform/database.ts'

/** The organisation's own name, and how many questions of identity wait for an answer. */
export async function findOrganisation(db: Db): Promise<{ readonly name: string; readonly openQuestions: number }> {
  const { rows } = await sql<{ name: string; openQuestions: number }>`
    select name, (select count(*) from match_question where answered_at is null) as "openQuestions"
    from organisation`.execute(db)
  return rows[0] ?? { name: 'The organisation', openQuestions: 0 }
}

/**
 * What a posture rests on, as a text that changes with it: everything that is done stands on the ledger, a judgement leaves
 * its coverage, and matching moves the questions.
 */
export async function readMark(db: Db): Promise<string> {
  const { rows } = await sql<{ mark: string }>`
    select concat_ws(' ', (select size from ledger_log), (select max(id) from coverage),
      (select count(*) from match_question where answered_at is null), (select name from organisation)) as mark`.execute(
    db,
  )
  return rows[0]?.mark ?? ''
}

export interface SourceRow extends SourcePosture {
  /** The kinds of fact that it reports. */
  readonly kinds: readonly string[]
}

export async function listSources(db: Db): Promise<readonly SourceRow[]> {
  const { rows } = await sql<SourceRow>`
    select name, format, basis, kinds, collected_at as "collectedAt", valid_until as "validUntil",
      is_current as "isCurrent"
    from vigil.source_now order by name`.execute(db)
  return rows
}
