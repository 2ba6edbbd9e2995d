/** What an organisation sets of the rules' parameters: one row for each that differs from the usual. */
import { type Db, sql } from '#platform/database.ts'
import type { StoryKind } from '#trail/model/story.ts'

export interface ParameterRow {
  readonly rule: StoryKind
  readonly parameter: string
  readonly value: number
  readonly changedBy: string
  readonly changedAt: Date
}

/** Makes whoever sets the same rule wait until this transaction is over. */
export async function lockRule(db: Db, rule: StoryKind): Promise<void> {
  // There may be no row yet to lock.
  await sql`
    select pg_advisory_xact_lock(hashtextextended(
      json_build_array('case-rule', current_organisation(), ${rule}::text)::text, 0))`.execute(db)
}

export async function listParameters(db: Db): Promise<readonly ParameterRow[]> {
  const { rows } = await sql<ParameterRow>`
    select rule, parameter, value, changed_by as "changedBy", changed_at as "changedAt" from access_rule_parameter
    order by rule, parameter`.execute(db)
  return rows
}

export async function upsertParameter(db: Db, row: ParameterRow): Promise<void> {
  await sql`
    insert into access_rule_parameter (rule, parameter, value, changed_by, changed_at)
    values (${row.rule}, ${row.parameter}, ${row.value}, ${row.changedBy}, ${row.changedAt}::timestamptz)
    on conflict (organisation_id, rule, parameter) do update set value = excluded.value,
      changed_by = excluded.changed_by, changed_at = excluded.changed_at`.execute(db)
}

/** Brings a parameter back to its usual value. */
export async function deleteParameter(db: Db, rule: StoryKind, parameter: string): Promise<void> {
  await sql`delete from access_rule_parameter where rule = ${rule} and parameter = ${parameter}`.execute(db)
}
