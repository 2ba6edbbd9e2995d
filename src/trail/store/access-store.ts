/**
 * The accesses in DuckDB: what is new in the order of its coming, the rest in runs sorted by patient and time, so that the
 * statistics that the engine keeps of each 122,880 rows lead to a patient's. Order only makes reading fast: what a read gives
 * never depends on it.
 *
 * Compaction sorts what is new into a run of its own. When the runs have become half as many rows as the first one, or many,
 * all is sorted into one again. Both go on beside reads and writes, and take the place of the old tables in one transaction.
 */
import type { DuckDBDataChunk } from '@duckdb/node-api'
import { DuckFile, type DuckOptions, type Session } from './duckdb.ts'
import { type Column, type QueryParameters, readColumn } from './duckdb-values.ts'
import { accessTables, stateTables } from './schema.ts'
import { firstNew, openState, readState, writeState } from './state.ts'
import type { AccessColumns, AccessQuery, AccessStore, CodesFile, HourCount, HoursQuery } from './store.ts'
import { dayMs, localSql, roughBounds, type Zone } from './zone.ts'

export interface AccessStoreOptions extends DuckOptions {
  readonly codes?: CodesFile | undefined
}

/** Opens or makes a store of accesses alone. */
export async function openDuckAccessStore(path: string, options: AccessStoreOptions = {}): Promise<AccessStore> {
  const duck = await DuckFile.open(path, options)
  try {
    await openState(duck, [...accessTables, ...stateTables], options)
    const accesses = await DuckAccesses.open(duck)
    return {
      appliedTo: () => readState(duck),
      async apply(columns, toSeq) {
        await options.codes?.save(toSeq)
        await duck.write(async (session) => {
          const from = await firstNew(session, columns, toSeq)
          if (from === undefined) return
          await accesses.take(session, columns, from)
          await writeState(session, toSeq, options.codes)
        })
      },
      read: (query) => accesses.read(query),
      hours: (query, zone) => accesses.hours(query, zone),
      compact: () => duck.rework(() => accesses.compact()),
      async forget(beforeSeq) {
        await duck.rework(async () => {
          await duck.write((session) => accesses.remove(session, beforeSeq))
          await accesses.compact({ all: true })
        })
      },
      counts: () => accesses.counts(),
      close: () => duck.close(),
    }
  } catch (error) {
    await duck.close()
    throw error
  }
}

/** Below so many new rows, or this part of all, sorting them is not worth its while. */
const fewRecent = 1_000_000
const duePart = 1 / 50
/** All is sorted into one run when the others hold this part of its rows, or are so many. */
const mergePart = 1 / 2
const maxRuns = 12
/** So many rows are sorted at a time when all are: they fit into the memory that the engine has. */
const mergeRows = 6_000_000

const columns = `seq, "at", patient, usr, behalf, action, outcome, flags, purpose, object, workstation, application, department,
  source, reason`

/** The accesses' part of a file, which they may share with the desk. */
export class DuckAccesses {
  readonly #duck: DuckFile
  #recent = 0
  #sorted = 0
  /** Rows of the first run, and how many runs came after it. */
  #base = 0
  #runs = 0

  private constructor(duck: DuckFile) {
    this.#duck = duck
  }

  static async open(duck: DuckFile): Promise<DuckAccesses> {
    const accesses = new DuckAccesses(duck)
    await duck.write((session) => accesses.#count(session))
    return accesses
  }

  /** Takes accesses in, within the transaction of whoever calls, from the given place on. */
  async take(session: Session, accesses: AccessColumns, from: number): Promise<void> {
    await session.append('access_recent', accesses.count, accessColumns(accesses), from)
    this.#recent += accesses.count - from
  }

  async *read(query: AccessQuery): AsyncGenerator<AccessColumns> {
    if (query.codes.length === 0) return
    const { sql, parameters } = selectOf(query)
    for await (const chunk of this.#duck.stream(sql, parameters)) yield readAccesses(chunk)
  }

  async hours({ users, fromDay, toDay, by }: HoursQuery, zone: Zone): Promise<readonly HourCount[]> {
    if (users.length === 0) return []
    const { since, until } = roughBounds(fromDay, toDay)
    return this.#duck.all<{ of: number; hour: number; accesses: number }>(
      `select ${by === 'day' ? 'day' : 'usr'} as "of", hour, count(*)::integer as accesses
      from (
        select usr, floor(local / ${dayMs}.0)::integer as day,
          floor((local - floor(local / ${dayMs}.0) * ${dayMs}) / 3600000)::integer as hour
        from (
          select usr, ${localSql(zone, '"at"', since, until)} as local from access
          where usr in (select unnest($users::uinteger[])) and "at" >= $since::bigint and "at" < $until::bigint))
      where day between $from::integer and $to::integer group by all`,
      { users, since, until, from: fromDay, to: toDay },
    )
  }

  shouldCompact(): boolean {
    return this.#recent > Math.max(fewRecent, this.#sorted * duePart)
  }

  /** Not twice at once, nor beside `remove`: see `DuckFile.rework`. */
  async compact(options: { readonly all?: boolean } = {}): Promise<void> {
    const outside = this.#sorted - this.#base + this.#recent
    const isDue = this.#base === 0 || this.#runs >= maxRuns || outside > this.#base * mergePart
    if (options.all || isDue) await this.#mergeAll()
    else if (this.#recent > 0) await this.#addRun()
  }

  /** Removes rows, within the transaction of whoever calls; only compacting all removes them from the file. */
  async remove(session: Session, beforeSeq: number): Promise<void> {
    for (const table of ['access_recent', 'access_sorted']) {
      await session.run(`delete from ${table} where seq < $before::ubigint`, { before: beforeSeq })
    }
    await this.#count(session)
  }

  async counts(): Promise<{ readonly accesses: number; readonly bytes: number | undefined }> {
    const [row] = await this.#duck.all<{ n: number }>('select count(*) as n from access')
    return { accesses: row?.n ?? 0, bytes: await this.#duck.bytes() }
  }

  async #count(session: Session): Promise<void> {
    const [recent = 0, sorted = 0] = await session.numbers(
      'select (select count(*) from access_recent), (select count(*) from access_sorted)',
    )
    const [base = 0, runs = 0] = await session.numbers('select access_rows, runs from compacted')
    this.#recent = recent
    this.#sorted = sorted
    this.#base = Math.min(base, sorted)
    this.#runs = runs
  }

  /** Sorts what is new and puts it behind what is sorted. */
  async #addRun(): Promise<void> {
    const before = await this.#begin()
    await this.#duck.aside((session) =>
      session.run(
        `insert into access_next select ${columns} from access_recent where seq < $before::ubigint order by patient, "at", seq`,
        { before },
      ),
    )
    await this.#duck.write(async (session) => {
      await session.run('insert into access_sorted select * from access_next')
      await session.run('drop table access_next')
      await this.#keepRest(session, before)
      await session.run('update compacted set runs = runs + 1')
      await this.#count(session)
    })
  }

  /** Sorts all, some patients after the others, so that no more than a part is in memory. */
  async #mergeAll(): Promise<void> {
    const before = await this.#begin()
    for (const [from, to] of await this.#divide(before)) {
      await this.#duck.aside((session) =>
        session.run(
          `insert into access_next select ${columns} from access
           where seq < $before::ubigint and patient >= $from::uinteger and patient <= $to::uinteger
           order by patient, "at", seq`,
          { before, from, to },
        ),
      )
    }
    await this.#duck.write(async (session) => {
      await session.run('drop table access_sorted')
      await session.run('alter table access_next rename to access_sorted')
      await this.#keepRest(session, before)
      await session.run('update compacted set access_rows = (select count(*) from access_sorted), runs = 0')
      await this.#count(session)
    })
  }

  /** Gives the place of the log up to which all is there; what comes meanwhile stays where it is. */
  #begin(): Promise<number> {
    return this.#duck.write(async (session) => {
      for (const table of ['access_next', 'access_rest']) await session.run(`drop table if exists ${table}`)
      await session.run('create table access_next as select * from access_recent limit 0')
      return (await session.numbers('select to_seq from applied'))[0] ?? 0
    })
  }

  /** Leaves in the table of new rows what came since the compaction began. */
  async #keepRest(session: Session, before: number): Promise<void> {
    await session.run(`create table access_rest as select * from access_recent where seq >= $before::ubigint`, {
      before,
    })
    await session.run('drop table access_recent')
    await session.run('alter table access_rest rename to access_recent')
  }

  /** Divides the patients into stretches of about as many rows as are sorted at a time. */
  async #divide(before: number): Promise<readonly (readonly [number, number])[]> {
    const buckets = await this.#duck.all<{ bucket: number; n: number }>(
      `select (patient // 256)::uinteger as bucket, count(*) as n from access where seq < $before::ubigint
       group by bucket order by bucket`,
      { before },
    )
    const stretches: [number, number][] = []
    let [from, rows] = [0, 0]
    for (const { bucket, n } of buckets) {
      if (rows > 0 && rows + n > mergeRows) {
        stretches.push([from, bucket * 256 - 1])
        from = bucket * 256
        rows = 0
      }
      rows += n
    }
    return [...stretches, [from, 2 ** 32 - 1]]
  }
}

/** One text for each form of a question, so that it is prepared once. */
function selectOf(query: AccessQuery): { readonly sql: string; readonly parameters: QueryParameters } {
  const column = query.by === 'patient' ? 'patient' : 'usr'
  const { since, until } = query
  const parameters: Record<string, number | readonly number[]> = {}
  const [first = 0] = query.codes
  const conditions: string[] = []
  if (query.codes.length === 1) {
    conditions.push(`${column} = $code::uinteger`)
    parameters['code'] = first
  } else {
    conditions.push(`${column} in (${query.codes.map((_, at) => `$code${at}::uinteger`).join(', ')})`)
    for (const [at, code] of query.codes.entries()) parameters[`code${at}`] = code
  }
  if (since !== undefined) {
    conditions.push('"at" >= $since::bigint')
    parameters['since'] = since
  }
  if (until !== undefined) {
    conditions.push('"at" < $until::bigint')
    parameters['until'] = until
  }
  return { sql: `select ${columns} from access where ${conditions.join(' and ')} order by "at", seq`, parameters }
}

function accessColumns({ seq, at, action, outcome, flags, codes }: AccessColumns): readonly Column[] {
  return [
    ['uint64', seq],
    ['int64', at],
    ['uint32', codes.patient],
    ['uint32', codes.user],
    ['uint32', codes.onBehalfOf],
    ['uint8', action],
    ['uint8', outcome],
    ['uint8', flags],
    ['uint32', codes.purpose],
    ['uint32', codes.object],
    ['uint32', codes.workstation],
    ['uint32', codes.application],
    ['uint32', codes.department],
    ['uint32', codes.source],
    ['uint32', codes.reason],
  ]
}

function readAccesses(chunk: DuckDBDataChunk): AccessColumns {
  const doubles = (place: number) => readColumn(chunk, place) as Float64Array
  const bytes = (place: number) => readColumn(chunk, place) as Uint8Array
  const codes = (place: number) => readColumn(chunk, place) as Uint32Array
  return {
    count: chunk.rowCount,
    seq: doubles(0),
    at: doubles(1),
    action: bytes(5),
    outcome: bytes(6),
    flags: bytes(7),
    codes: {
      patient: codes(2),
      user: codes(3),
      onBehalfOf: codes(4),
      purpose: codes(8),
      object: codes(9),
      workstation: codes(10),
      application: codes(11),
      department: codes(12),
      source: codes(13),
      reason: codes(14),
    },
  }
}
