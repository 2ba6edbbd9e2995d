/** What explanations and rules work on, in DuckDB whichever engine keeps the accesses. */

import { type KnownRow, mergeKnown } from '../relations/rows.ts'
import { collapseAccesses, failure, type PairColumns } from './collapse.ts'
import { DuckFile, type DuckOptions, type Session } from './duckdb.ts'
import type { Column, QueryParameters, RowType } from './duckdb-values.ts'
import { deskTables, stateTables } from './schema.ts'
import { firstNew, openState, readState, writeState } from './state.ts'
import type { AccessColumns, CodesFile, Desk, KnownRows } from './store.ts'
import { dayMs, localSql, openZone, type Zone } from './zone.ts'

export interface DeskOptions extends DuckOptions {
  /** The organisation's zone, in which days and hours are told. */
  readonly zone?: string | undefined
  /** The dictionary whose codes come: it is saved before rows that use them. */
  readonly codes?: CodesFile | undefined
}

/** Opens or makes a desk of its own, for when the accesses are kept elsewhere. `:memory:` is one that nobody keeps. */
export async function openDesk(path: string, options: DeskOptions = {}): Promise<Desk> {
  const duck = await DuckFile.open(path, options)
  try {
    await openState(duck, [...deskTables, ...stateTables], options)
    const desk = await DuckDesk.open(duck, openZone(options.zone ?? 'UTC'))
    return {
      appliedTo: () => readState(duck),
      async apply(accesses, known, toSeq) {
        await options.codes?.save(toSeq)
        await duck.write(async (session) => {
          const from = await firstNew(session, accesses, toSeq)
          if (from === undefined) return
          await desk.take(session, accesses, known, from)
          await writeState(session, toSeq, options.codes)
        })
      },
      ask: (sql, parameters) => desk.ask(sql, parameters),
      change: (statements) => desk.change(statements),
      compact: () => duck.rework(() => desk.compact()),
      close: () => duck.close(),
    }
  } catch (error) {
    await duck.close()
    throw error
  }
}

type Statements = Parameters<Desk['change']>[0]

/** Below so many rows that are not summed up yet, or this part of all, summing up is not worth its while. */
const fewPairs = 500_000
const duePart = 1 / 4

/** The desk's part of a file, which it may share with the accesses. */
export class DuckDesk {
  readonly #duck: DuckFile
  readonly #zone: Zone
  readonly #columns: KnownColumns
  #rows: number
  #summed: number

  private constructor(duck: DuckFile, zone: Zone, columns: KnownColumns, rows: number, summed: number) {
    this.#columns = columns
    this.#duck = duck
    this.#zone = zone
    this.#rows = rows
    this.#summed = summed
  }

  static async open(duck: DuckFile, zone: Zone): Promise<DuckDesk> {
    const [state] = await duck.all<{ rows: number; summed: number }>(
      'select (select count(*) from pair_day) as rows, (select pair_rows from compacted) as summed',
    )
    const columns = {
      relation: await listColumns(duck, 'relation'),
      worker: await listColumns(duck, 'worker'),
      patient: await listColumns(duck, 'patient'),
    }
    return new DuckDesk(duck, zone, columns, state?.rows ?? 0, state?.summed ?? 0)
  }

  /** Takes a stretch of the log in, within the transaction of whoever calls: its accesses from the given place on. */
  async take(session: Session, accesses: AccessColumns, known: KnownRows, from: number): Promise<void> {
    const pairs = collapseAccesses(accesses, this.#zone, from)
    await session.append('pair_day', pairs.count, pairColumns(pairs))
    this.#rows += pairs.count
    const relation = await settleGroups(session, known)
    for (const table of knownTables) {
      await replaceRows(session, table, this.#columns[table], table === 'relation' ? relation : known[table])
    }
  }

  ask<Row extends object = Record<string, unknown>>(sql: string, parameters?: QueryParameters): Promise<Row[]> {
    return this.#duck.all<Row>(sql, parameters)
  }

  async change(statements: Statements): Promise<void> {
    await this.#duck.write(async (session) => {
      for (const { sql, parameters } of statements) await session.run(sql, parameters as QueryParameters | undefined)
    })
  }

  /** Makes `pair_day` anew from the accesses of the same file, within the transaction of whoever calls. */
  async remake(session: Session): Promise<void> {
    const [from = 0, to = 0] = await session.numbers(
      'select coalesce(min("at"), 0), coalesce(max("at"), 0) from access',
    )
    await session.run('drop table pair_day')
    await session.run(`create table pair_day as ${pairsOfAccesses(localSql(this.#zone, '"at"', from, to))}`)
    await session.run('update compacted set pair_rows = (select count(*) from pair_day)')
    const [rows = 0] = await session.numbers('select count(*) from pair_day')
    this.#rows = rows
    this.#summed = rows
  }

  shouldCompact(): boolean {
    return this.#rows - this.#summed > Math.max(fewPairs, this.#summed * duePart)
  }

  /**
   * Adds rows of one key up and puts them in order, beside whoever reads and writes: rows only ever come at the end, so those
   * that come meanwhile are the ones behind the last that was there when it began. Not twice at once, nor beside `remake`.
   */
  async compact(): Promise<void> {
    await this.#duck.write(sortRelations)
    if (this.#rows === this.#summed) return
    const last = await this.#duck.write(async (session) => {
      await session.run('drop table if exists pair_day_next')
      return (await session.numbers('select coalesce(max(rowid), -1) from pair_day'))[0] ?? -1
    })
    await this.#duck.aside(async (session) => {
      await session.run('create table pair_day_next as select * from pair_day limit 0')
      await session.run(`insert into pair_day_next ${summedPairs('pair_day', `where rowid <= ${last}`)}`)
    })
    await this.#duck.write(async (session) => {
      const [summed = 0] = await session.numbers('select count(*) from pair_day_next')
      await session.run(`insert into pair_day_next select * from pair_day where rowid > ${last}`)
      await session.run('drop table pair_day')
      await session.run('alter table pair_day_next rename to pair_day')
      await session.run('update compacted set pair_rows = $summed', { summed })
      const [rows = 0] = await session.numbers('select count(*) from pair_day')
      this.#summed = summed
      this.#rows = rows
    })
  }
}

/** Below so many rows that do not follow the one before, relations are looked up as quickly as ever. */
const fewAstray = 1_000

/** Puts relations into the order in which they are looked up, where they are far from it. */
async function sortRelations(session: Session): Promise<void> {
  const [astray = 0] = await session.numbers(
    'select count(*) from (select patient, lag(patient) over () as before from relation) where patient < before',
  )
  if (astray < fewAstray) return
  const columns = 'key, kind, patient, usr, department, from_day, to_day, is_void, grp, is_gone'
  await session.run(`create temporary table relation_next as select ${columns} from relation order by patient, key`)
  await session.run('delete from relation')
  await session.run(`insert into relation (${columns}) select ${columns} from relation_next`)
  await session.run('drop table relation_next')
}

/** What `collapseAccesses` does, said in SQL over all accesses that are in the same file. */
const pairsOfAccesses = (local: string) => `
  select usr, patient, day, workstation, count(*)::uinteger as n, (count(*) filter (outcome = ${failure}))::uinteger as failed,
    min("at") as first_at, max("at") as last_at, bit_or(1::uinteger << hour) as hours,
    bit_or(1::uinteger << action::uinteger) as actions, bit_or(flags) as flags, max(department) as department,
    max(application) as application, max(object) as object, max(purpose) as purpose
  from (
    select *, floor(local / ${dayMs}.0)::integer as day,
      floor((local - floor(local / ${dayMs}.0) * ${dayMs}) / 3600000)::uinteger as hour
    from (select *, ${local} as local from access))
  group by usr, patient, day, workstation order by usr, patient, day, workstation`

const summedPairs = (table: string, where: string) => `
  select usr, patient, day, workstation, sum(n)::uinteger, sum(failed)::uinteger, min(first_at), max(last_at), bit_or(hours),
    bit_or(actions), bit_or(flags), max(department), max(application), max(object), max(purpose)
  from ${table} ${where} group by usr, patient, day, workstation order by usr, patient, day, workstation`

/** In the order of the table's columns. */
function pairColumns(pairs: PairColumns): readonly Column[] {
  return [
    ['uint32', pairs.usr],
    ['uint32', pairs.patient],
    ['int32', pairs.day],
    ['uint32', pairs.workstation],
    ['uint32', pairs.n],
    ['uint32', pairs.failed],
    ['int64', pairs.firstAt],
    ['int64', pairs.lastAt],
    ['uint32', pairs.hours],
    ['uint32', pairs.actions],
    ['uint8', pairs.flags],
    ['uint32', pairs.department],
    ['uint32', pairs.application],
    ['uint32', pairs.object],
    ['uint32', pairs.purpose],
  ]
}

const knownTables = ['relation', 'worker', 'patient'] as const
type KnownTable = (typeof knownTables)[number]

type KnownColumns = Readonly<Record<KnownTable, readonly KnownColumn[]>>

interface KnownColumn {
  readonly name: string
  readonly type: RowType
  /** What stands where nothing was told. */
  readonly none: number | boolean | null
}

const rowTypes: Readonly<Record<string, RowType>> = {
  UINTEGER: 'uint32',
  UTINYINT: 'uint8',
  INTEGER: 'int32',
  BOOLEAN: 'boolean',
}

/** The columns of a table in their order; the first one is the key. */
async function listColumns(duck: DuckFile, table: KnownTable): Promise<readonly KnownColumn[]> {
  const columns = await duck.all<{ name: string; type: string; isNullable: boolean }>(
    `select column_name as name, data_type as type, is_nullable as "isNullable" from duckdb_columns()
     where table_name = $table order by column_index`,
    { table },
  )
  return columns.map(({ name, type, isNullable }) => {
    const rowType = rowTypes[type]
    if (!rowType) throw new Error(`The table ${table} has a column of another type: ${name}.`)
    return { name, type: rowType, none: isNullable ? null : rowType === 'boolean' ? false : 0 }
  })
}

/** Relations that are told, and those that their group no longer names or names again, in the order in which all was told. */
async function settleGroups(session: Session, { relation, group = [] }: KnownRows): Promise<KnownRows['relation']> {
  if (group.length === 0) return relation
  const before = await session.all<KnownRow>(
    'select * from relation where grp in (select unnest($groups::uinteger[]))',
    { groups: [...new Set(group.map(({ grp }) => grp))] },
  )
  const newest = new Map<number, KnownRow>()
  const keysOf = new Map<number, Set<number>>()
  const put = (row: KnownRow) => {
    const [key, grp] = [Number(row['key']), Number(row['grp'] ?? 0)]
    keysOf.get(Number(newest.get(key)?.['grp'] ?? 0))?.delete(key)
    newest.set(key, row)
    const keys = keysOf.get(grp)
    if (keys) keys.add(key)
    else if (grp !== 0) keysOf.set(grp, new Set([key]))
  }
  before.forEach(put)
  let told = 0
  for (const { grp, members, endsDay, isMore, after } of group) {
    relation.slice(told, after).forEach(put)
    told = after
    const named = new Set(members)
    for (const key of keysOf.get(grp) ?? []) {
      const row = newest.get(key)
      if (!row) continue
      if (named.has(key)) newest.set(key, comeBack(row))
      else if (!isMore) newest.set(key, endRow(row, endsDay))
    }
  }
  relation.slice(told).forEach(put)
  const unchanged = new Set(before)
  return [...newest.values()].filter((row) => !unchanged.has(row))
}

const comeBack = (row: KnownRow): KnownRow =>
  row['is_gone'] === true ? { ...row, is_void: false, is_gone: false } : row

function endRow(row: KnownRow, endsDay: number | null): KnownRow {
  if (row['is_void'] === true) return row
  if (endsDay === null || endsDay < Number(row['from_day'])) return { ...row, is_void: true, is_gone: true }
  const to = row['to_day'] ?? null
  return to !== null && Number(to) <= endsDay ? row : { ...row, to_day: endsDay }
}

/** Puts rows in the place of those with the same key, with what those know and these do not say (`mergeKnown`). */
async function replaceRows(
  session: Session,
  table: KnownTable,
  columns: readonly KnownColumn[],
  rows: KnownRows[KnownTable],
): Promise<void> {
  if (rows.length === 0) return
  const key = columns[0]?.name ?? ''
  const newest = new Map<number, KnownRow>()
  const keys = [...new Set(rows.map((row) => Number(row[key])))]
  if (table !== 'relation') {
    const where = `where ${key} in (select unnest($keys::uinteger[]))`
    const before = await session.all<KnownRow>(`select * from ${table} ${where}`, { keys })
    for (const known of before) newest.set(Number(known[key]), known)
  }
  for (const row of rows) newest.set(Number(row[key]), mergeKnown(table, newest.get(Number(row[key])), row))
  await session.run(`delete from ${table} where ${key} in (select unnest($keys::uinteger[]))`, {
    keys,
  })
  await session.appendRows(
    table,
    columns.map(({ type }) => type),
    [...newest.values()].map((row) =>
      columns.map(({ name, none }) => (name === 'same' && row[name] === row[key] ? none : (row[name] ?? none))),
    ),
  )
}
