/**
 * The only place that speaks to DuckDB's driver.
 *
 * Readers get a connection each, so that a long answer does not hold up a short one; writers take turns, each in one
 * transaction. Numbers go in as vectors of 2,048 in the column's own type: anything else costs several times as much.
 * A parameter bound in another type than its column's (INTEGER for UINTEGER) would read the whole table, so parameters
 * take the type that the statement gives them.
 */
import { stat } from 'node:fs/promises'
import {
  BIGINT,
  BOOLEAN,
  DOUBLE,
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBDecimalValue,
  DuckDBInstance,
  DuckDBListType,
  DuckDBListValue,
  type DuckDBPreparedStatement,
  DuckDBStructValue,
  type DuckDBType,
  DuckDBTypeId,
  type DuckDBValue,
  INTEGER,
  LIST,
  UBIGINT,
  UINTEGER,
  UTINYINT,
  VARCHAR,
} from '@duckdb/node-api'
import { refuseStore } from './refusals.ts'

export interface DuckOptions {
  /** As DuckDB says it: '2GB'. What does not fit goes to a directory beside the file. */
  readonly memoryLimit?: string | undefined
  readonly threads?: number | undefined
}

type Scalar = number | bigint | boolean | string
export type QueryParameters = Readonly<Record<string, Scalar | null | readonly Scalar[]>>

/** Vectors of a chunk hold at most so many rows. */
export const chunkRows = 2_048

/** Keeps idle connections and their prepared statements, at most so many of each. */
const keptConnections = 8
const keptStatements = 64

export class DuckFile {
  readonly #path: string
  readonly #instance: DuckDBInstance
  readonly #writer: Session
  readonly #idle: Session[] = []
  readonly #busy = new Set<Session>()
  #turn: Promise<unknown> = Promise.resolve()
  #reworking: Promise<unknown> = Promise.resolve()
  #isClosed = false

  private constructor(path: string, instance: DuckDBInstance, writer: Session) {
    this.#path = path
    this.#instance = instance
    this.#writer = writer
  }

  /** Opens or makes a file; `:memory:` is one that nobody keeps. */
  static async open(path: string, options: DuckOptions = {}): Promise<DuckFile> {
    return told(async () => {
      const instance = await DuckDBInstance.create(path, {
        memory_limit: options.memoryLimit ?? '2GB',
        threads: String(options.threads ?? 2),
        storage_compatibility_version: 'latest',
        // Nothing is fetched and no other file is touched, whatever an SQL text says.
        autoinstall_known_extensions: 'false',
        autoload_known_extensions: 'false',
        allow_community_extensions: 'false',
        temp_directory: path === ':memory:' ? '' : `${path}.spill`,
        // The last one: after it no directory can be named any more.
        enable_external_access: 'false',
      })
      try {
        return new DuckFile(path, instance, new Session(await instance.connect()))
      } catch (error) {
        instance.closeSync()
        throw error
      }
    })
  }

  /** Runs a statement and gives all of its rows: for answers that are known to be short. */
  async all<Row extends object>(sql: string, parameters?: QueryParameters): Promise<Row[]> {
    const rows: Row[] = []
    for await (const chunk of this.#read(sql, parameters, false)) {
      const columns = Array.from({ length: chunk.data.columnCount }, (_, at) => chunk.data.getColumnValues(at))
      for (let row = 0; row < chunk.data.rowCount; row += 1) {
        rows.push(Object.fromEntries(chunk.names.map((name, at) => [name, toPlain(columns[at]?.[row] ?? null)])) as Row)
      }
    }
    return rows
  }

  /** Runs a query whose answer may be of any size: it is read as it is asked for, from one state of the data. */
  async *stream(sql: string, parameters?: QueryParameters): AsyncGenerator<DuckDBDataChunk> {
    for await (const { data } of this.#read(sql, parameters, true)) yield data
  }

  /** Does work in one transaction, after all that was asked to write before. */
  write<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const turn = this.#turn.then(() => told(() => this.#transact(work)))
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Does what rewrites tables, one such work after the other; others read and write meanwhile. */
  rework<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#reworking.then(work)
    this.#reworking = turn.catch(() => undefined)
    return turn
  }

  /** Does work on a connection of its own, beside readers and writers. */
  async aside<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const session = await this.#take()
    try {
      const result = await told(() => work(session))
      this.#giveBack(session)
      return result
    } catch (error) {
      this.#discard(session)
      throw error
    }
  }

  /** How much the file takes on the disk; undefined for one in memory. */
  async bytes(): Promise<number | undefined> {
    if (this.#path === ':memory:') return undefined
    const sizes = await Promise.all([this.#path, `${this.#path}.wal`].map(sizeOf))
    return sizes.reduce((sum, size) => sum + size, 0)
  }

  async close(): Promise<void> {
    if (this.#isClosed) return
    this.#isClosed = true
    for (const session of this.#busy) session.connection.interrupt()
    await Promise.all([this.#turn, this.#reworking])
    for (const session of this.#busy) session.connection.interrupt()
    for (const session of [...this.#idle, ...this.#busy, this.#writer]) session.close()
    this.#instance.closeSync()
  }

  async #transact<T>(work: (session: Session) => Promise<T>): Promise<T> {
    if (this.#isClosed) throw new Error('The query store is closed.')
    await this.#writer.run('begin transaction')
    try {
      const result = await work(this.#writer)
      await this.#writer.run('commit')
      return result
    } catch (error) {
      await this.#writer.run('rollback').catch(() => undefined)
      throw error
    }
  }

  async *#read(sql: string, parameters: QueryParameters | undefined, isStream: boolean): AsyncGenerator<NamedChunk> {
    const session = await this.#take()
    let state: 'reading' | 'read' | 'failed' = 'reading'
    try {
      const statement = await session.prepare(sql, parameters)
      const result = isStream ? await statement.stream() : await statement.run()
      const names = result.deduplicatedColumnNames()
      for (let data = await result.fetchChunk(); data && data.rowCount > 0; data = await result.fetchChunk()) {
        yield { names, data }
      }
      state = 'read'
    } catch (error) {
      state = 'failed'
      throw translate(error)
    } finally {
      // Whoever stops early leaves an open answer, and with it a transaction; the next statement ends it.
      if (state === 'reading') await session.connection.run('select 1').catch(() => undefined)
      if (state === 'failed') this.#discard(session)
      else this.#giveBack(session)
    }
  }

  async #take(): Promise<Session> {
    if (this.#isClosed) throw new Error('The query store is closed.')
    const session = this.#idle.pop() ?? new Session(await this.#instance.connect())
    this.#busy.add(session)
    return session
  }

  #giveBack(session: Session): void {
    if (!this.#busy.delete(session)) return
    if (this.#isClosed || this.#idle.length >= keptConnections) session.close()
    else this.#idle.push(session)
  }

  #discard(session: Session): void {
    this.#busy.delete(session)
    session.close()
  }
}

interface NamedChunk {
  readonly names: readonly string[]
  readonly data: DuckDBDataChunk
}

/** A connection with the statements that it has prepared. */
export class Session {
  readonly connection: DuckDBConnection
  readonly #prepared = new Map<string, DuckDBPreparedStatement>()

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  async run(sql: string, parameters?: QueryParameters): Promise<number> {
    if (!parameters) return (await this.connection.run(sql)).rowsChanged
    return (await (await this.prepare(sql, parameters)).run()).rowsChanged
  }

  /** The first row of an answer, as numbers. */
  async numbers(sql: string, parameters?: QueryParameters): Promise<readonly number[]> {
    const rows = await (await (await this.prepare(sql, parameters)).run()).getRows()
    return (rows[0] ?? []).map(Number)
  }

  /** Prepares a statement, or takes the one prepared earlier, and binds its parameters. */
  async prepare(sql: string, parameters: QueryParameters = {}): Promise<DuckDBPreparedStatement> {
    const statement = this.#prepared.get(sql) ?? (await this.connection.prepare(sql))
    this.#prepared.delete(sql)
    this.#prepared.set(sql, statement)
    const [oldest] = this.#prepared
    if (oldest && this.#prepared.size > keptStatements) {
      this.#prepared.delete(oldest[0])
      oldest[1].destroySync()
    }
    bind(statement, parameters)
    return statement
  }

  /** Appends rows, given by columns in the order of the table's. */
  async append(table: string, count: number, columns: readonly Column[], from = 0): Promise<void> {
    if (count <= from) return
    await this.#appending(table, (appender) => {
      const chunk = DuckDBDataChunk.create(columns.map(([type]) => columnTypes[type]))
      for (let at = from; at < count; at += chunkRows) {
        const end = Math.min(count, at + chunkRows)
        chunk.reset()
        chunk.rowCount = end - at
        for (const [place, column] of columns.entries()) fill(chunk, place, column, at, end)
        appender.appendDataChunk(chunk)
      }
    })
  }

  /** Appends few rows whose columns may be empty. */
  async appendRows(
    table: string,
    types: readonly RowType[],
    rows: readonly (readonly (number | boolean | null)[])[],
  ): Promise<void> {
    await this.#appending(table, (appender) => {
      for (let at = 0; at < rows.length; at += chunkRows) {
        const chunk = DuckDBDataChunk.create(types.map((type) => columnTypes[type]))
        chunk.setRows(rows.slice(at, at + chunkRows))
        appender.appendDataChunk(chunk)
      }
    })
  }

  async #appending(table: string, work: (appender: DuckDBAppender) => void): Promise<void> {
    const appender = await this.connection.createAppender(table)
    try {
      work(appender)
      appender.flushSync()
      appender.closeSync()
    } catch (error) {
      // Closing would try to write what is left, and tell of that instead.
      appender.clear()
      throw error
    }
  }

  close(): void {
    for (const statement of this.#prepared.values()) statement.destroySync()
    this.#prepared.clear()
    this.connection.closeSync()
  }
}

/** `int64` and `uint64` are for `append` only. */
const columnTypes = {
  uint8: UTINYINT,
  uint32: UINTEGER,
  int32: INTEGER,
  int64: BIGINT,
  uint64: UBIGINT,
  boolean: BOOLEAN,
} as const

export type RowType = 'uint8' | 'uint32' | 'int32' | 'boolean'

export type Column =
  | readonly ['uint8', Uint8Array]
  | readonly ['uint32', Uint32Array]
  | readonly ['int32', Int32Array]
  /** Whole numbers that a double holds exactly. */
  | readonly ['int64' | 'uint64', Float64Array]

/**
 * The driver keeps a vector's memory as a typed array, in a field that it does not make public. Set value by value through
 * the public way, sixteen columns of integers take half of the time of the whole intake; its version is pinned.
 */
interface VectorMemory {
  readonly items: Uint8Array | Uint32Array | Int32Array | BigInt64Array | BigUint64Array
}

function fill(chunk: DuckDBDataChunk, place: number, [type, values]: Column, from: number, to: number): void {
  const vector = chunk.getColumnVector(place)
  const { items } = vector as unknown as VectorMemory
  if (type === 'int64' || type === 'uint64') writeWords(items, values, from, to)
  else (items as Uint32Array).set(values.subarray(from, to))
  vector.flush()
}

/** 64-bit integers as two words each, the lower first: making a BigInt of each takes several times as long. */
function writeWords(items: VectorMemory['items'], values: Float64Array, from: number, to: number): void {
  const words = new Uint32Array(items.buffer, items.byteOffset, (to - from) * 2)
  for (let at = from, word = 0; at < to; at += 1, word += 2) {
    const value = values[at] ?? 0
    words[word] = value
    words[word + 1] = Math.floor(value / 2 ** 32)
  }
}

/** Copies a column of a chunk; 64-bit integers become doubles. */
export function readColumn(
  chunk: DuckDBDataChunk,
  place: number,
): Uint8Array | Uint32Array | Int32Array | Float64Array {
  const { items } = chunk.getColumnVector(place) as unknown as VectorMemory
  const isSigned = items instanceof BigInt64Array
  if (!isSigned && !(items instanceof BigUint64Array)) return items.slice()
  const words = new Uint32Array(items.buffer, items.byteOffset, items.length * 2)
  const values = new Float64Array(items.length)
  for (let at = 0; at < items.length; at += 1) {
    const high = words[at * 2 + 1] ?? 0
    values[at] = (isSigned ? high | 0 : high) * 2 ** 32 + (words[at * 2] ?? 0)
  }
  return values
}

function bind(statement: DuckDBPreparedStatement, parameters: QueryParameters): void {
  for (let index = 1; index <= statement.parameterCount; index += 1) {
    const name = statement.parameterName(index)
    const value = parameters[name]
    if (value === undefined) throw new Error(`The statement has a parameter that nothing was given for: ${name}.`)
    if (value === null) statement.bindNull(index)
    else {
      const type = typeOf(statement, index) ?? usualType(value)
      statement.bindValue(index, toDuck(value, type), type)
    }
  }
}

/** The type that a parameter has by where it stands; undefined where that does not say. */
function typeOf(statement: DuckDBPreparedStatement, index: number): DuckDBType | undefined {
  const id = statement.parameterTypeId(index)
  if (id === DuckDBTypeId.INVALID || id === DuckDBTypeId.SQLNULL || id === DuckDBTypeId.ANY) return undefined
  return statement.parameterType(index)
}

/** Lists are mostly of codes; a single number is what it would be if it stood in the text. */
function usualType(value: Scalar | readonly Scalar[]): DuckDBType {
  if (typeof value === 'object') {
    const [first] = value
    if (typeof first === 'string') return LIST(VARCHAR)
    const areCodes = value.every((item) => Number.isInteger(item) && Number(item) >= 0 && Number(item) < 2 ** 32)
    return LIST(areCodes ? UINTEGER : BIGINT)
  }
  if (typeof value === 'string') return VARCHAR
  if (typeof value === 'boolean') return BOOLEAN
  if (typeof value === 'number' && !Number.isInteger(value)) return DOUBLE
  return Number(value) === (Number(value) | 0) ? INTEGER : BIGINT
}

const wide: readonly DuckDBTypeId[] = [
  DuckDBTypeId.BIGINT,
  DuckDBTypeId.UBIGINT,
  DuckDBTypeId.HUGEINT,
  DuckDBTypeId.UHUGEINT,
]

function toDuck(value: Scalar | readonly Scalar[], type: DuckDBType): DuckDBValue {
  if (typeof value === 'object') {
    const item = type instanceof DuckDBListType ? type.valueType : type
    return new DuckDBListValue(value.map((one) => toDuck(one, item)))
  }
  if (wide.includes(type.typeId)) return BigInt(value)
  return typeof value === 'bigint' ? Number(value) : value
}

/** A value as the rest of the trail reads it: numbers where they are exact. */
function toPlain(value: DuckDBValue): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (value instanceof DuckDBListValue) return value.items.map(toPlain)
  if (value instanceof DuckDBDecimalValue) return value.toDouble()
  if (value instanceof DuckDBStructValue) {
    return Object.fromEntries(Object.entries(value.entries).map(([name, item]) => [name, toPlain(item)]))
  }
  return value
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    // There is no journal while all of it is in the file.
    return 0
  }
}

async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw translate(error)
  }
}

/** What the engine says of a file that it cannot use, as a refusal; everything else is a defect and stays as it is. */
function translate(error: unknown): unknown {
  const said = error instanceof Error ? error.message : ''
  if (/could not set lock on file|already open in|conflicting lock/i.test(said))
    return refuseStore('in-use', {}, { cause: error })
  if (
    /not a valid duckdb database|corrupt|checksum|serialization error|failed to deserialize|database file version|wal file/i.test(
      said,
    )
  ) {
    return refuseStore('damaged', {}, { cause: error })
  }
  return error
}
