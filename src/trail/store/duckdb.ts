/**
 * DuckDB as the query store uses it. Readers get a connection each, so that a long answer does not hold up a short one; writers
 * take turns, each in one transaction.
 *
 * An engine that could not write (a full disk) answers nothing any more until it is opened again; what was committed is safe.
 * It is opened again for the next call.
 *
 * No statement is kept from one call to the next. A plan goes by what was in the tables when it was made: one that was made while
 * no patient was watched answers `where is_watched` with nothing for as long as it is kept. So each is planned and run in one
 * transaction, in which nothing changes in between.
 */
import { stat } from 'node:fs/promises'
import {
  type DuckDBAppender,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBPreparedStatement,
} from '@duckdb/node-api'
import { isHalt, told, translate } from './duckdb-errors.ts'
import {
  bindAll,
  type Column,
  columnTypes,
  fillColumn,
  type QueryParameters,
  type RowType,
  toPlain,
} from './duckdb-values.ts'

export interface DuckOptions {
  /** As DuckDB says it: '2GB'. What does not fit goes to a directory beside the file. */
  readonly memoryLimit?: string | undefined
  readonly threads?: number | undefined
}

/** Vectors of a chunk hold at most so many rows. */
export const chunkRows = 2_048

/** Idle connections that are kept, at most. */
const keptConnections = 8

/** A running engine with its connections. */
interface Engine {
  readonly instance: DuckDBInstance
  readonly writer: Session
  readonly idle: Session[]
  readonly busy: Set<Session>
  isHalted: boolean
  isClosed: boolean
}

export class DuckFile {
  readonly #path: string
  readonly #options: DuckOptions
  #engine: Engine
  #opening: Promise<Engine> | undefined
  #turn: Promise<unknown> = Promise.resolve()
  #reworking: Promise<unknown> = Promise.resolve()
  #isClosed = false

  private constructor(path: string, options: DuckOptions, engine: Engine) {
    this.#path = path
    this.#options = options
    this.#engine = engine
  }

  /** Opens or makes a file; `:memory:` is one that nobody keeps. */
  static async open(path: string, options: DuckOptions = {}): Promise<DuckFile> {
    return new DuckFile(path, options, await told(() => openEngine(path, options)))
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
    const engine = await this.#running()
    const session = await takeSession(engine)
    try {
      const result = await told(() => work(session))
      this.#giveBack(engine, session)
      return result
    } catch (error) {
      engine.isHalted ||= isHalt(error)
      discard(engine, session)
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
    for (const session of this.#engine.busy) session.connection.interrupt()
    await Promise.all([this.#turn, this.#reworking, this.#opening?.catch(() => undefined)])
    // Fails while somebody is in the middle of an answer; then the journal is read at the next opening.
    await this.#engine.writer.run('checkpoint').catch(() => undefined)
    closeEngine(this.#engine)
  }

  async #transact<T>(work: (session: Session) => Promise<T>): Promise<T> {
    const engine = await this.#running()
    await engine.writer.run('begin transaction')
    try {
      const result = await work(engine.writer)
      await engine.writer.run('commit')
      return result
    } catch (error) {
      engine.isHalted ||= isHalt(error)
      await engine.writer.run('rollback').catch(() => undefined)
      throw error
    }
  }

  async *#read(sql: string, parameters: QueryParameters | undefined, isStream: boolean): AsyncGenerator<NamedChunk> {
    const engine = await this.#running()
    const session = await takeSession(engine)
    let state: 'reading' | 'read' | 'failed' = 'reading'
    let statement: DuckDBPreparedStatement | undefined
    try {
      await session.connection.run('begin transaction')
      statement = await session.prepare(sql, parameters)
      const result = isStream ? await statement.stream() : await statement.run()
      const names = result.deduplicatedColumnNames()
      for (let data = await result.fetchChunk(); data && data.rowCount > 0; data = await result.fetchChunk()) {
        if (engine.isClosed) throw new Error('The query store was closed in the middle of an answer.')
        yield { names, data }
      }
      await session.connection.run('commit')
      state = 'read'
    } catch (error) {
      state = 'failed'
      engine.isHalted ||= isHalt(error)
      throw translate(error)
    } finally {
      // Whoever stops early leaves an open answer, and with it a transaction.
      if (state === 'reading') await session.connection.run('rollback').catch(() => undefined)
      statement?.destroySync()
      if (state === 'failed') discard(engine, session)
      else this.#giveBack(engine, session)
    }
  }

  /** The engine, opened again if it had to stop. */
  async #running(): Promise<Engine> {
    if (this.#isClosed) throw new Error('The query store is closed.')
    if (!this.#engine.isHalted || this.#path === ':memory:') return this.#engine
    this.#opening ??= this.#reopen().finally(() => {
      this.#opening = undefined
    })
    return this.#opening
  }

  async #reopen(): Promise<Engine> {
    // All of the old one has to be gone: the file must not be open twice.
    closeEngine(this.#engine)
    this.#engine = await told(() => openEngine(this.#path, this.#options))
    return this.#engine
  }

  #giveBack(engine: Engine, session: Session): void {
    if (!engine.busy.delete(session)) return
    if (this.#isClosed || engine.isHalted || engine.isClosed || engine.idle.length >= keptConnections) session.close()
    else engine.idle.push(session)
  }
}

async function openEngine(path: string, options: DuckOptions): Promise<Engine> {
  const instance = await DuckDBInstance.create(path, {
    memory_limit: options.memoryLimit ?? '1500MB',
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
    const writer = new Session(await instance.connect())
    // An answer that nobody reads on keeps the engine until it is collected: by then another one may have the file.
    await writer.run('pragma disable_checkpoint_on_shutdown')
    return { instance, writer, idle: [], busy: new Set(), isHalted: false, isClosed: false }
  } catch (error) {
    instance.closeSync()
    throw error
  }
}

/** Closes what is open, in whatever state; a second time does nothing. */
function closeEngine(engine: Engine): void {
  if (engine.isClosed) return
  engine.isClosed = true
  for (const session of engine.busy) session.connection.interrupt()
  for (const session of [...engine.idle, ...engine.busy, engine.writer]) session.close()
  engine.idle.length = 0
  engine.busy.clear()
  engine.instance.closeSync()
}

async function takeSession(engine: Engine): Promise<Session> {
  const session = engine.idle.pop() ?? new Session(await engine.instance.connect())
  engine.busy.add(session)
  return session
}

function discard(engine: Engine, session: Session): void {
  if (engine.busy.delete(session)) session.close()
}

interface NamedChunk {
  readonly names: readonly string[]
  readonly data: DuckDBDataChunk
}

/** A connection. What is done on it is done within one transaction: the writer's, or that of whoever reads. */
export class Session {
  readonly connection: DuckDBConnection

  constructor(connection: DuckDBConnection) {
    this.connection = connection
  }

  async run(sql: string, parameters?: QueryParameters): Promise<number> {
    if (!parameters) return (await this.connection.run(sql)).rowsChanged
    return this.#with(sql, parameters, async (statement) => (await statement.run()).rowsChanged)
  }

  /** The first row of an answer, as numbers. */
  async numbers(sql: string, parameters?: QueryParameters): Promise<readonly number[]> {
    const rows = await this.#with(sql, parameters, async (statement) => (await statement.run()).getRows())
    return (rows[0] ?? []).map(Number)
  }

  /** All rows of an answer that is known to be short, as this transaction sees them. */
  async all<Row extends object>(sql: string, parameters?: QueryParameters): Promise<Row[]> {
    const rows = await this.#with(sql, parameters, async (statement) => (await statement.run()).getRowObjects())
    return rows.map(
      (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, toPlain(value)])) as Row,
    )
  }

  /** Prepares a statement, to be run in the transaction at hand and destroyed. */
  async prepare(sql: string, parameters: QueryParameters = {}): Promise<DuckDBPreparedStatement> {
    const statement = await this.connection.prepare(sql)
    bindAll(statement, parameters)
    return statement
  }

  async #with<T>(
    sql: string,
    parameters: QueryParameters | undefined,
    use: (statement: DuckDBPreparedStatement) => Promise<T>,
  ): Promise<T> {
    const statement = await this.prepare(sql, parameters)
    try {
      return await use(statement)
    } finally {
      statement.destroySync()
    }
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
        for (const [place, column] of columns.entries()) fillColumn(chunk, place, column, at, end)
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
    this.connection.closeSync()
  }
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size
  } catch {
    // There is no journal while all of it is in the file.
    return 0
  }
}
