/**
 * Looks through what stands folded beside the rows. Under row-level security no index finds a part of a text, so all texts
 * of one organisation are read; the indexes of migrations/0013-search.sql hold nothing else, and are read alone.
 */
import { concerning } from '#core/findings/store.ts'
import type { Severity } from '#core/safeguards/model.ts'
import { type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

const holdsAll = (text: Sql, words: readonly string[]): Sql =>
  sql`(${sql.join(
    words.map((word) => sql`strpos(${text}, ${word}::text) > 0`),
    sql` and `,
  )})`

/** As `rankOf` of the model, of a text that holds all the words. */
const rankIn = (text: Sql, words: readonly string[]): Sql => sql`
  case when starts_with(${text}, ${words.join(' ')}::text) then 0
    when ${sql.join(
      words.map((word) => sql`strpos(' ' || ${text}, ${` ${word}`}::text) > 0`),
      sql` and `,
    )} then 1 else 2 end`

export interface FoundPerson {
  readonly id: number
  readonly name: string | null
  readonly title: string | null
  readonly department: string | null
}

/** People by name, address, user name or number; of some people only, where `among` says of whom. */
export async function findPeople(
  db: Db,
  words: readonly string[],
  limit: number,
  among: readonly number[] | undefined,
): Promise<readonly FoundPerson[]> {
  const text = sql`words_folded`
  const meant = among === undefined ? sql`person_id is not null` : sql`person_id = any (${[...among]}::bigint[])`
  const { rows } = await sql<FoundPerson>`
    with hit as materialized (
      select person_id, min(${rankIn(text, words)}) as rank, min(words_folded) as first from person_fact
      where ${meant} and ${holdsAll(text, words)}
      group by person_id order by rank, first, person_id limit ${limit}
    )
    select hit.person_id as id, said.name, said.title, said.department
    from hit cross join lateral (
      select coalesce(display_name, nullif(concat_ws(' ', given_name, family_name), ''), email, username,
        employee_number) as name, title, department
      from person_fact where person_fact.person_id = hit.person_id
      order by absent_from desc nulls first, left_on desc nulls first, id desc limit 1
    ) said
    order by hit.rank, hit.first, hit.person_id`.execute(db)
  return rows
}

export interface FoundThing {
  readonly id: number
  readonly name: string
}

/** Systems by any of the names that they go by. */
export async function findSystems(db: Db, words: readonly string[], limit: number): Promise<readonly FoundThing[]> {
  const text = sql`folded(spoken.name)`
  const { rows } = await sql<FoundThing>`
    select system.id, system.name
    from (select id as system_id, name from system union select system_id, name from system_name) spoken
    join system on system.id = spoken.system_id
    where ${holdsAll(text, words)}
    group by system.id, system.name
    order by min(${rankIn(text, words)}), system.name, system.id limit ${limit}`.execute(db)
  return rows
}

/** Devices by name, serial number, inventory number or whoever uses them. */
export async function findDevices(db: Db, words: readonly string[], limit: number): Promise<readonly FoundThing[]> {
  const text = sql`words_folded`
  const { rows } = await sql<FoundThing>`
    with hit as materialized (
      select device_id, min(${rankIn(text, words)}) as rank, min(words_folded) as first from device_fact
      where device_id is not null and ${holdsAll(text, words)}
      group by device_id order by rank, first, device_id limit ${limit}
    )
    select device.id, device.name from hit join device on device.id = hit.device_id
    order by hit.rank, hit.first, hit.device_id`.execute(db)
  return rows
}

export interface FoundFinding {
  readonly id: number
  readonly subject: string
  readonly title: string
  readonly severity: Severity
}

/** Open findings by their subject and the claim that does not hold, the gravest first; of some people only, with `among`. */
export async function findOpenFindings(
  db: Db,
  words: readonly string[],
  limit: number,
  among: readonly number[] | undefined,
): Promise<readonly FoundFinding[]> {
  const text = sql`finding.words_folded`
  // A word may stand in the subject or in the claim.
  const each = words.map(
    (word) => sql`(strpos(${text}, ${word}::text) > 0 or finding.safeguard_id = any (array(
      select id from safeguard where strpos(folded(title), ${word}::text) > 0)))`,
  )
  const seen = among === undefined ? sql`true` : concerning(among)
  const { rows } = await sql<FoundFinding>`
    with hit as materialized (
      select finding.id, finding.safeguard_id, ${rankIn(text, words)} as rank, finding.severity_rank, finding.due_on
      from finding where finding.closed_at is null and ${sql.join(each, sql` and `)} and ${seen}
      order by rank, severity_rank, due_on, id limit ${limit}
    )
    select finding.id, finding.subject_label as subject, safeguard.title, finding.severity
    from hit join finding on finding.id = hit.id join safeguard on safeguard.id = finding.safeguard_id
    order by hit.rank, hit.severity_rank, hit.due_on, hit.id`.execute(db)
  return rows
}

export interface FoundTask {
  readonly id: number
  readonly title: string
  readonly dueOn: Day | null
}

/** Open tasks, of one assignee where one is said. */
export async function findOpenTasks(
  db: Db,
  words: readonly string[],
  limit: number,
  assignee: string | undefined,
): Promise<readonly FoundTask[]> {
  const text = sql`folded(title)`
  const whose = assignee === undefined ? sql`true` : sql`assignee = ${assignee}`
  const { rows } = await sql<FoundTask>`
    select id, title, due_on as "dueOn" from task
    where done_at is null and ${whose} and ${holdsAll(text, words)}
    order by ${rankIn(text, words)}, due_on nulls last, id limit ${limit}`.execute(db)
  return rows
}
