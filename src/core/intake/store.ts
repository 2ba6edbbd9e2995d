/** Sources, runs, rejects, and the way of rows into the fact tables: copied beside them, then merged as one set. */
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { copyInto, type Db, type Sql, sql, takeTurn } from '#platform/database.ts'
import { isDay } from '#platform/days.ts'
import { type Basis, type FactKind, type FactRow, factKinds } from './facts.ts'
import { derive, derivedColumns, factKey } from './model.ts'

export interface SourceRow {
  readonly id: number
  readonly collectedAt: Date | null
  readonly runId: number | null
  /** Digest of what was last taken in, and how its columns were read. */
  readonly digest: Buffer | null
  readonly columns: unknown
}

interface NewSource {
  readonly name: string
  readonly channel: 'file' | 'ldap'
  readonly format: string
  readonly kinds: readonly FactKind[]
  readonly basis: Basis
  readonly product: string | undefined
  readonly validDays: number
}

/** Finds or makes a source and locks it, so that two runs of it cannot interleave. */
export async function lockSource(db: Db, source: NewSource): Promise<SourceRow> {
  await takeTurn(db)
  await sql`
    insert into source (name, channel, format, kinds, basis, product, valid_for)
    values (${source.name}, ${source.channel}, ${source.format}, ${[...source.kinds]}, ${source.basis},
      ${source.product ?? null}, make_interval(days => ${source.validDays}))
    on conflict (organisation_id, name) do nothing`.execute(db)
  const { rows } = await sql<SourceRow>`
    select source.id, source.collected_at as "collectedAt", source.run_id as "runId", run.digest, run.columns
    from source left join source_run run on run.id = source.run_id
    where source.name = ${source.name} for update of source`.execute(db)
  const row = rows[0]
  if (!row) throw new Error('a source vanished while it was being locked')
  return row
}

export interface RunRow {
  readonly sourceId: number | undefined
  readonly fileName: string | undefined
  readonly startedAt: Date
  readonly finishedAt: Date
  readonly state: 'done' | 'unchanged' | 'superseded' | 'refused' | 'unrecognised'
  readonly reason: string | undefined
  readonly collectedAt: Date | undefined
  readonly collectedBy: string
  readonly digest: Buffer | undefined
  readonly complete: boolean | undefined
  readonly columns: unknown
}

export async function insertRun(db: Db, run: RunRow): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into source_run (source_id, file_name, started_at, finished_at, state, reason, collected_at, collected_by, digest,
      complete, columns)
    values (${run.sourceId ?? null}, ${run.fileName ?? null}, ${run.startedAt}, ${run.finishedAt}, ${run.state},
      ${run.reason ?? null}, ${run.collectedAt ?? null}, ${run.collectedBy}, ${run.digest ?? null}, ${run.complete ?? null},
      ${run.columns === undefined ? null : JSON.stringify(run.columns)})
    returning id`.execute(db)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('a run was not stored')
  return id
}

export interface RunCounts {
  readonly rowsRead: number
  readonly added: number
  readonly changed: number
  readonly ended: number
  readonly rejects: number
}

export async function finishRun(
  db: Db,
  runId: number,
  sourceId: number,
  finish: { counts: RunCounts; complete: boolean; collectedAt: Date; finishedAt: Date; source: NewSource },
): Promise<void> {
  const { counts } = finish
  await sql`
    update source_run set finished_at = ${finish.finishedAt}, complete = ${finish.complete}, rows_read = ${counts.rowsRead},
      facts_added = ${counts.added}, facts_changed = ${counts.changed}, facts_ended = ${counts.ended},
      rejects = ${counts.rejects}
    where id = ${runId}`.execute(db)
  await sql`
    update source set collected_at = ${finish.collectedAt}, complete = ${finish.complete}, run_id = ${runId},
      format = ${finish.source.format}, kinds = ${[...finish.source.kinds]}, basis = ${finish.source.basis},
      product = ${finish.source.product ?? null}, valid_for = make_interval(days => ${finish.source.validDays})
    where id = ${sourceId}`.execute(db)
}

/** Moves on when the source was last collected, for a file whose content is what it was. */
export async function touchSource(db: Db, sourceId: number, collectedAt: Date): Promise<void> {
  await sql`update source set collected_at = greatest(collected_at, ${collectedAt}) where id = ${sourceId}`.execute(db)
}

const snake = (name: string) => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)

/** The columns of a fact table that intake fills, camelCase beside snake_case. */
export function factColumns(kind: FactKind): readonly { readonly field: string; readonly column: string }[] {
  return [...derivedColumns[kind], ...Object.keys(factKinds[kind].columns)].map((field) => ({
    field,
    column: snake(field),
  }))
}

/** A stage beside a fact table: rows are copied into it as they are read, then merged as one set. */
export interface Stage {
  readonly kind: FactKind
  /** Adds one row, or says what is wrong with it. */
  add(line: number, row: FactRow<FactKind>): string | undefined
  /** True when enough is gathered that it should be copied before more is added. */
  isFull(): boolean
  /** Starts to copy what is gathered, once the copy before it is done: reading and copying go on side by side. */
  flush(): Promise<void>
  /** Copies the rest and waits for it. */
  finish(): Promise<void>
}

// How much text is gathered before it is copied, in characters; a COPY of its own each, so that stages can take turns.
const copyChunk = 1 << 19
const longestText = 4_000
// PostgreSQL's B-tree holds keys of up to 2,704 bytes.
const longestKey = 500

export async function openStage(db: Db, kind: FactKind): Promise<Stage> {
  const columns = factColumns(kind)
  const names = ['line', 'key', ...columns.map(({ column }) => column)].map((name) => `"${name}"`).join(', ')
  await sql`create temp table ${stageOf(kind)} on commit drop as
    select ${sql.raw(names)} from ${sql.table(`${kind}_fact`)} with no data`.execute(db)
  const fields = columns.map(({ field }) => field)
  const derivedFields = new Set<string>(derivedColumns[kind])
  const types: Readonly<Record<string, string>> = factKinds[kind].columns
  let text = ''
  let copying: Promise<Error | undefined> = Promise.resolve(undefined)
  const copied = async () => {
    const failure = await copying
    if (failure) throw failure
  }
  const flush = async () => {
    await copied()
    if (text === '') return
    const chunk = text
    text = ''
    copying = pipeline(Readable.from([chunk]), copyInto(db, `copy ${stageName(kind)} (${names}) from stdin`)).then(
      () => undefined,
      (failure: Error) => failure,
    )
  }
  return {
    kind,
    flush,
    add(line, row) {
      const key = factKey(kind, row)
      if (key === undefined) return 'nothing tells this row from others: it has no number, name or address'
      if (key.length > longestKey) return `what tells this row from others is longer than ${longestKey} characters`
      const derived = derive(kind, row) as Readonly<Record<string, unknown>>
      const given = row as Readonly<Record<string, unknown>>
      let record = `${line}\t${copyText(key)}`
      for (const field of fields) {
        if (derivedFields.has(field)) {
          record += `\t${copyValue(clip(derived[field], longestKey))}`
          continue
        }
        const value = given[field]
        if (types[field] === 'day' && typeof value === 'string' && !isDay(value)) return `${field} is not a day`
        if (value instanceof Date && !isStorable(value)) return `${field} is not a time between the years 1 and 9999`
        record += `\t${copyValue(clip(value, longestText))}`
      }
      text += `${record}\n`
      return undefined
    },
    isFull: () => text.length >= copyChunk,
    async finish() {
      await flush()
      await copied()
    },
  }
}

/** The temporary table in which a kind's rows wait. */
export const stageName = (kind: FactKind) => `pg_temp.incoming_${kind}`

const stageOf = (kind: FactKind) => sql.raw(stageName(kind))

function clip(value: unknown, length: number): unknown {
  return typeof value === 'string' && value.length > length ? value.slice(0, length) : value
}

function isStorable(instant: Date): boolean {
  const year = instant.getUTCFullYear()
  return Number.isFinite(year) && year >= 1 && year <= 9999
}

function copyValue(value: unknown): string {
  if (value === null || value === undefined) return '\\N'
  if (typeof value === 'string') return value === '' ? '\\N' : copyText(value)
  if (typeof value === 'boolean') return value ? 't' : 'f'
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : '\\N'
  if (value instanceof Date) return value.toISOString()
  if (Array.isArray(value)) {
    const items = value.map((item) => `"${String(item).replaceAll('\0', '').replace(/["\\]/g, '\\$&')}"`)
    return copyText(`{${items.join(',')}}`)
  }
  throw new Error(`a fact holds a ${typeof value}`)
}

const special = /[\\\t\n\r\0]/
const escapes: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r', '\0': '' }

/** Escapes a text for COPY; PostgreSQL keeps no NUL in a text, so that is left out. */
function copyText(text: string): string {
  return special.test(text) ? text.replace(/[\\\t\n\r\0]/g, (character) => escapes[character] ?? '') : text
}

export interface Duplicate {
  readonly line: number
  readonly first: number
}

/**
 * Takes rows out of the stage that repeat another row's key, and says how many and which first. Of two rows about one person, the one
 * that is still here wins (a rehire); otherwise the first.
 */
export async function takeDuplicates(
  db: Db,
  kind: FactKind,
  most: number,
): Promise<{ count: number; first: readonly Duplicate[] }> {
  const order = kind === 'person' ? sql`left_on desc nulls first, hired_on desc nulls last, line` : sql`line`
  const { rows } = await sql<Duplicate & { count: number }>`
    with ranked as (
      select ctid as place, line, row_number() over (partition by key order by ${order}) as rank,
        first_value(line) over (partition by key order by ${order}) as first
      from ${stageOf(kind)}
      where key in (select key from ${stageOf(kind)} group by key having count(*) > 1)
    ), gone as (
      delete from ${stageOf(kind)} stage using ranked where stage.ctid = ranked.place and ranked.rank > 1
    )
    select line, first, count(*) over () as count from ranked where rank > 1 order by line limit ${most}`.execute(db)
  return { count: rows[0]?.count ?? 0, first: rows }
}

/** Staged rows with columns that were tied to identities already, as a subquery. */
export interface Tied {
  readonly rows: Sql
  readonly columns: readonly string[]
}

/** Merges the stage into the fact table; a row missing from a complete snapshot ends. */
export async function mergeStage(
  db: Db,
  kind: FactKind,
  run: { sourceId: number; runId: number; now: Date; complete: boolean; tied: Tied | undefined },
): Promise<{ added: number; changed: number; ended: number }> {
  const table = sql.table(`${kind}_fact`)
  // Columns that were tied in the stage (an account's id) go along.
  const columns = [...factColumns(kind).map(({ column }) => column), ...(run.tied?.columns ?? [])]
  const list = (prefix: string) => sql.raw(columns.map((name) => `${prefix}"${name}"`).join(', '))
  await sql`analyze ${stageOf(kind)} (key)`.execute(db)
  const rows = run.tied?.rows ?? stageOf(kind)
  const first = await sql<{ some: boolean }>`
    select exists (select from ${table} where source_id = ${run.sourceId}) as some`.execute(db)
  const insert = sql`
    insert into ${table} as fact (source_id, run_id, present_from, line, key, ${list('')})
    select ${run.sourceId}::bigint, ${run.runId}::bigint, ${run.now}::timestamptz, line, key, ${list('')} from ${rows} rows`
  if (!first.rows[0]?.some) {
    const { numAffectedRows } = await insert.execute(db)
    return { added: Number(numAffectedRows ?? 0n), changed: 0, ended: 0 }
  }
  const changed = await sql<{ added: number; changed: number }>`
    with merged as (
      ${insert}
      on conflict (source_id, key) do update set run_id = excluded.run_id, line = excluded.line, absent_from = null,
        present_from = case when fact.absent_from is null then fact.present_from else excluded.present_from end,
        ${sql.raw(columns.map((name) => `"${name}" = excluded."${name}"`).join(', '))}
      where (${list('fact.')}) is distinct from (${list('excluded.')}) or fact.absent_from is not null
      returning (xmax = 0) as is_new
    )
    select count(*) filter (where is_new) as added, count(*) filter (where not is_new) as changed from merged`.execute(
    db,
  )
  let ended = 0
  if (run.complete) {
    const result = await sql`
      update ${table} fact set absent_from = ${run.now}
      where source_id = ${run.sourceId} and absent_from is null
        and not exists (select from ${stageOf(kind)} stage where stage.key = fact.key)`.execute(db)
    ended = Number(result.numAffectedRows ?? 0n)
  }
  return { added: changed.rows[0]?.added ?? 0, changed: changed.rows[0]?.changed ?? 0, ended }
}

/** The rejects of a run that are kept, in the order of their lines. */
export async function listRejects(
  db: Db,
  runId: number,
  limit: number,
): Promise<readonly { readonly line: number; readonly reason: string }[]> {
  const { rows } = await sql<{ line: number; reason: string }>`
    select line, reason from source_reject where run_id = ${runId} order by line limit ${limit}`.execute(db)
  return rows
}

export async function insertRejects(
  db: Db,
  runId: number,
  rejects: readonly {
    readonly line: number
    readonly reason: string
    readonly cells?: readonly string[] | undefined
  }[],
): Promise<void> {
  if (rejects.length === 0) return
  const lines = rejects.map(({ line }) => line)
  const reasons = rejects.map(({ reason }) => reason)
  // No text of the database holds a NUL.
  const cells = rejects.map(({ cells: row }) => row && JSON.stringify(row.map((cell) => cell.replaceAll('\0', ''))))
  await sql`
    insert into source_reject (run_id, line, reason, cells)
    select ${runId}::bigint, line, reason, cells::jsonb
    from unnest(${lines}::bigint[], ${reasons}::text[], ${cells.map((row) => row ?? null)}::text[]) row (line, reason, cells)
  `.execute(db)
}

/** A source as lists show it, with the counts of the run that it was last taken in by. */
export interface SourceShown extends RunCounts {
  readonly id: number
  readonly name: string
  readonly channel: 'file' | 'ldap'
  readonly format: string
  readonly kinds: readonly FactKind[]
  readonly basis: Basis
  readonly product: string | null
  readonly collectedAt: Date | null
  readonly validUntil: Date | null
  readonly isCurrent: boolean
  readonly isComplete: boolean | null
  readonly runId: number | null
}

export interface RunShown extends RunCounts {
  readonly id: number
  readonly fileName: string | null
  readonly finishedAt: Date
  readonly state: RunRow['state']
  readonly reason: string | null
  readonly collectedAt: Date | null
  readonly collectedBy: string
  readonly digest: Buffer | null
  readonly isComplete: boolean | null
}

const runCounts: Sql = sql`
  coalesce(run.rows_read, 0) as "rowsRead", coalesce(run.facts_added, 0) as added, coalesce(run.facts_changed, 0) as changed,
  coalesce(run.facts_ended, 0) as ended, coalesce(run.rejects, 0) as rejects`

function selectSources(now: Date, where: Sql, limit: number): Sql<SourceShown> {
  return sql<SourceShown>`
    select source.id, source.name, source.channel, source.format, source.kinds, source.basis, source.product,
      source.collected_at as "collectedAt", source.collected_at + source.valid_for as "validUntil",
      coalesce(source.collected_at + source.valid_for > ${now}, false) as "isCurrent", source.complete as "isComplete",
      source.run_id as "runId", ${runCounts}
    from source left join source_run run on run.id = source.run_id
    where ${where}
    order by source.name, source.id limit ${limit}`
}

/** Lists sources by name. The next page begins `after` the last one's id. */
export async function listSourceRows(
  db: Db,
  now: Date,
  wanted: {
    readonly kind?: FactKind | undefined
    readonly isCurrent?: boolean | undefined
    readonly after: number | undefined
    readonly limit: number
  },
): Promise<readonly SourceShown[]> {
  const conditions = [sql`true`]
  if (wanted.kind !== undefined) conditions.push(sql`${wanted.kind} = any(source.kinds)`)
  if (wanted.isCurrent !== undefined) {
    conditions.push(sql`coalesce(source.collected_at + source.valid_for > ${now}, false) = ${wanted.isCurrent}`)
  }
  if (wanted.after !== undefined) {
    conditions.push(
      sql`(source.name, source.id) > (select place.name, place.id from source place where place.id = ${wanted.after})`,
    )
  }
  const { rows } = await selectSources(now, sql`${sql.join(conditions, sql` and `)}`, wanted.limit).execute(db)
  return rows
}

export async function findSourceRow(db: Db, now: Date, id: number): Promise<SourceShown | undefined> {
  return (await selectSources(now, sql`source.id = ${id}`, 1).execute(db)).rows[0]
}

/** Lists the runs of a source, or those that belong to none, as what they brought could not be taken in; newest first. */
export async function listRunRows(
  db: Db,
  sourceId: number | undefined,
  page: { readonly before: number | undefined; readonly limit: number },
): Promise<readonly RunShown[]> {
  const { rows } = await sql<RunShown>`
    select run.id, run.file_name as "fileName", run.finished_at as "finishedAt", run.state, run.reason,
      run.collected_at as "collectedAt", run.collected_by as "collectedBy", run.digest, run.complete as "isComplete",
      ${runCounts}
    from source_run run
    where ${sourceId === undefined ? sql`run.source_id is null` : sql`run.source_id = ${sourceId}`}
      and ${page.before === undefined ? sql`true` : sql`run.id < ${page.before}`}
    order by run.id desc limit ${page.limit}`.execute(db)
  return rows
}

/** Whether this is a run of that source. */
export async function hasRun(db: Db, sourceId: number, runId: number): Promise<boolean> {
  const { rows } = await sql`select 1 from source_run where id = ${runId} and source_id = ${sourceId}`.execute(db)
  return rows.length > 0
}

/** A run of a source, with how its columns were read and what it is of; undefined when there is no such run. */
export async function findRunToCorrect(db: Db, sourceId: number, runId: number): Promise<RunToCorrect | undefined> {
  const { rows } = await sql<RunToCorrect>`
    select source.name as source, source.run_id as "newestRunId", source.format, source.basis, source.product,
      source.collected_at as "collectedAt", run.file_name as "fileName", run.columns
    from source_run run join source on source.id = run.source_id
    where run.id = ${runId} and source.id = ${sourceId} and run.state = 'done' and source.channel = 'file'`.execute(db)
  return rows[0]
}

export interface RunToCorrect {
  readonly source: string
  readonly newestRunId: number | null
  readonly format: string
  readonly basis: 'measured' | 'stated'
  readonly product: string | null
  readonly collectedAt: Date
  readonly fileName: string
  readonly columns: readonly { readonly header: string; readonly field?: string | null }[]
}

export interface RejectedRow {
  readonly line: number
  readonly reason: string
  /** Null where the row is not kept. */
  readonly cells: readonly string[] | null
}

export async function listRejectedRows(db: Db, runId: number): Promise<readonly RejectedRow[]> {
  const { rows } = await sql<RejectedRow>`
    select line, reason, cells from source_reject where run_id = ${runId} order by line`.execute(db)
  return rows
}

/** A page of rejects by line, from a line on and without the first few of that line. */
export async function listRejectsFrom(
  db: Db,
  runId: number,
  page: { readonly line: number; readonly skip: number; readonly limit: number },
): Promise<readonly { readonly line: number; readonly reason: string }[]> {
  const { rows } = await sql<{ line: number; reason: string }>`
    select line, reason from source_reject where run_id = ${runId} and line >= ${page.line}
    order by line, reason offset ${page.skip} limit ${page.limit}`.execute(db)
  return rows
}

/** How the columns of the newest run of a source were understood, as they were kept. */
export async function findColumns(
  db: Db,
  sourceId: number,
): Promise<{ readonly runId: number | null; readonly columns: unknown } | undefined> {
  const { rows } = await sql<{ runId: number | null; columns: unknown }>`
    select source.run_id as "runId", run.columns
    from source left join source_run run on run.id = source.run_id where source.id = ${sourceId}`.execute(db)
  return rows[0]
}

/** The sources of these names, by name. */
export async function findSourcesNamed(
  db: Db,
  names: readonly string[],
): Promise<readonly { readonly id: number; readonly name: string }[]> {
  const { rows } = await sql<{ id: number; name: string }>`
    select id, name from source where name = any(${[...names]}::text[])`.execute(db)
  return rows
}
