/** How safeguards stood over time: their judgements, by when they speak. */
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'
import type { Judgement } from '../history.ts'
import type { Status } from '../model.ts'

/** The status that a judgement gives for as long as it speaks; as the view `safeguard_status` has it. */
const spokenStatus = sql`
  case when coverage.failed > 0 then 'failed' when coverage.unknown > 0 then 'unknown'
       when coverage.attested > 0 then 'attested' when coverage.proved > 0 then 'proved'
       else coverage.none_status::text end`

/** The moments at which days begin in the organisation's zone, the first one first, and the moment at which the last one ends. */
export async function listDayEdges(db: Db, first: Day, last: Day): Promise<readonly Date[]> {
  const { rows } = await sql<{ at: Date }>`
    select day at time zone organisation.time_zone as at
    from organisation, generate_series(${first}::date::timestamp, (${last}::date + 1)::timestamp, '1 day') day
    order by day`.execute(db)
  return rows.map(({ at }) => at)
}

export interface Sample {
  readonly safeguard: string
  /** From which of the moments on it is the newest judgement. */
  readonly index: number
  readonly coversUntil: Date
  readonly status: Status
}

/** Of each safeguard, the judgements that are the newest as of one of these moments (the earliest moment first). */
export async function sampleJudgements(db: Db, moments: readonly Date[]): Promise<readonly Sample[]> {
  const [first] = moments
  const last = moments.at(-1)
  if (!first || !last) return []
  // A judgement as of the very moment counts for it.
  const after = sql`${moments.map((moment) => new Date(moment.getTime() + 1).toISOString())}::timestamptz[]`
  const { rows } = await sql<Sample>`
    select safeguard.name as safeguard, newest.index, coverage.covers_until as "coversUntil", ${spokenStatus} as status
    from safeguard
    cross join lateral (
      (select 0 as index, id from coverage
       where safeguard_id = safeguard.id and covers_from <= ${first}::timestamptz
       order by covers_from desc, id desc limit 1)
      union all
      select width_bucket(covers_from, ${after}) as index, max(id) as id from coverage
      where safeguard_id = safeguard.id and covers_from > ${first}::timestamptz and covers_from <= ${last}::timestamptz
      group by 1
    ) newest
    join coverage on coverage.id = newest.id
    order by safeguard.name, newest.index`.execute(db)
  return rows
}

/** When anything was judged for the first time. */
export async function findFirstJudgement(db: Db): Promise<Date | undefined> {
  const { rows } = await sql<{ first: Date | null }>`
    select min(first.covers_from) as first
    from safeguard cross join lateral (
      select covers_from from coverage where safeguard_id = safeguard.id order by covers_from limit 1
    ) first`.execute(db)
  return rows[0]?.first ?? undefined
}

/** The judgements of one safeguard that speak within a window, in the order in which they were made. */
export async function listJudgements(
  db: Db,
  safeguard: string,
  window: { readonly from: Date; readonly until: Date },
): Promise<readonly Judgement[]> {
  const id = sql`(select id from safeguard where name = ${safeguard})`
  const { rows } = await sql<Judgement>`
    select coverage.covers_from as "coversFrom", coverage.covers_until as "coversUntil", ${spokenStatus} as status
    from coverage
    where coverage.safeguard_id = ${id}
      and coverage.covers_from <= ${window.until}::timestamptz
      and coverage.covers_from >= coalesce((
        select covers_from from coverage before
        where before.safeguard_id = ${id} and before.covers_from <= ${window.from}::timestamptz
        order by before.covers_from desc, before.id desc limit 1), '-infinity')
    order by coverage.id`.execute(db)
  return rows
}

/** When this safeguard was judged for the first time. */
export async function findFirstOf(db: Db, safeguard: string): Promise<Date | undefined> {
  const { rows } = await sql<{ first: Date }>`
    select covers_from as first from coverage
    where safeguard_id = (select id from safeguard where name = ${safeguard}) order by covers_from limit 1`.execute(db)
  return rows[0]?.first
}
