/**
 * The database as the rest of Vigil sees it. The rules:
 *  - Migrations run as the database's owner; everything else as `<database>_app`, a role that cannot bypass row-level
 *    security; checks as `<database>_check`, which can only read.
 *  - Nothing is visible until a transaction says for which organisation it speaks (`inOrganisation`).
 *  - Days come back as `YYYY-MM-DD`, instants as `Date`, bigints as numbers (ours stay far below 2^53).
 */
import { createHash, createHmac } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { Kysely, PostgresDialect, type RawBuilder, sql } from 'kysely'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import type { ServerAddress } from './postgres.ts'
import { refusals } from './refusal.ts'

export { sql }
export type Sql<T = unknown> = RawBuilder<T>

/** A transaction that speaks for one organisation. */
export type Db = Kysely<Record<never, never>>

const refuse = refusals('database', {
  unreachable: [
    'unavailable',
    'The database does not answer: {reason}.',
    'check DATABASE_URL, and that PostgreSQL 18 runs there',
  ],
  old: [
    'unavailable',
    'The database is PostgreSQL {version}; Vigil needs 18 or newer.',
    'upgrade it, or unset DATABASE_URL',
  ],
  newer: [
    'conflict',
    'The database was written by a newer Vigil (migration {name}).',
    'run that version, or restore an older backup',
  ],
  edited: [
    'conflict',
    'Migration {name} differs from the one that this database was made with.',
    'use the released files',
  ],
  'may-not': [
    'forbidden',
    'The user of DATABASE_URL may not create what Vigil needs: {reason}.',
    'sign in as the database’s owner with CREATEROLE',
  ],
})

const schema = 'vigil'
const migrationsFolder = join(import.meta.dirname, '..', '..', 'migrations')

// 20 int8, 1082 date, 1700 numeric, 1184 timestamptz: see the rules above.
const types = new pg.TypeOverrides()
types.setTypeParser(20, Number)
types.setTypeParser(1700, Number)
// int8[], of which pg knows no number: its elements come as the texts of numbers.
types.setTypeParser(
  1016 as 20,
  (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number)) as never,
)
types.setTypeParser(1082, (text) => text)

/**
 * Waits for the turn of this organisation: work that reads and changes much at once (an import, a judgement) goes one after
 * the other, so that two commands cannot lock each other out.
 */
export async function takeTurn(db: Db): Promise<void> {
  await sql`select pg_advisory_xact_lock(7421, current_organisation()::integer)`.execute(db)
}

/** Makes a transaction that spoke for nobody speak for one organisation from here on. */
export async function speakFor(db: Db, organisationId: number): Promise<void> {
  await sql`select set_config('vigil.organisation', ${String(organisationId)}, true)`.execute(db)
}

export interface How {
  /**
   * Whether the connection keeps the plan of each statement, for work that is done often and is short. Long work that
   * builds up tables of its own is planned for what lies in them each time.
   */
  readonly isPrepared?: boolean
}

export interface Database {
  /** Runs one transaction that sees one organisation's rows. */
  inOrganisation<T>(organisationId: number, work: (db: Db) => Promise<T>, how?: How): Promise<T>
  /** Runs a transaction that sees no organisation's rows: reference data, and the list of organisations for the operator. */
  outside<T>(work: (db: Db) => Promise<T>): Promise<T>
  /** Asks one prepared statement outside of any transaction and organisation: who stands at the door. Only stores may. */
  ask<T extends object>(name: string, statement: string, values: readonly unknown[]): Promise<readonly T[]>
  /** Runs as the database's owner: migrations, making an organisation, backup and restore. */
  asOwner<T>(work: (client: pg.Client) => Promise<T>): Promise<T>
  /** How many connections there are, and who waits for one. */
  readonly pool: { readonly totalCount: number; readonly idleCount: number; readonly waitingCount: number }
  /** The name of the read-only role that checks run as. */
  readonly checkRole: string
  /**
   * How to sign in as the application's role with a connection of one's own (the queue, what listens and locks). It holds
   * the password: hand it to the driver and nowhere else.
   */
  appConnection(): pg.ClientConfig
  close(): Promise<void>
}

/** Opens a database by address or URL: brings it up to the newest migration, then signs in as the application's role. */
export async function openDatabase(
  where: (ServerAddress & { readonly database?: string }) | string,
  migrations: string = migrationsFolder,
): Promise<Database> {
  const owner = typeof where === 'string' ? fromUrl(where) : { database: 'vigil', ...where }
  await createDatabase(owner)
  const roles = { app: `${owner.database}_app`, check: `${owner.database}_check` }
  // Derived, so that a second Vigil on the same database signs in with the same one, and nothing has to be stored.
  const appPassword = createHmac('sha256', owner.password ?? '')
    .update(`vigil application role of ${owner.database}`)
    .digest('base64url')
  const asOwner = async <T>(work: (client: pg.Client) => Promise<T>): Promise<T> => {
    const client = new pg.Client({ ...owner, types, options: `-c search_path=${schema}` })
    client.on('error', () => undefined)
    await connect(client)
    try {
      return await work(client)
    } finally {
      await client.end()
    }
  }
  await asOwner((client) => migrate(client, migrations, { ...roles, appPassword }))

  const app = { ...owner, user: roles.app, password: appPassword }
  const pool = new pg.Pool({
    ...app,
    max: 10,
    types,
    // Staged rows and the snapshots that checks read are temporary tables of some tens of megabytes.
    options: `-c search_path=${schema} -c temp_buffers=192MB`,
  })
  pool.on('error', () => undefined)
  return {
    checkRole: roles.check,
    appConnection: () => ({ ...app }),
    inOrganisation: (organisationId, work, how) =>
      // The only text put into a statement; a number, whatever a caller's type claimed.
      inTransaction(pool, `begin; set local vigil.organisation = '${Number(organisationId)}'`, work, how),
    outside: (work) => inTransaction(pool, 'begin', work),
    ask: async <T extends object>(name: string, text: string, values: readonly unknown[]) =>
      (await pool.query<T>({ name, text, values: [...values] })).rows,
    asOwner,
    pool,
    async close() {
      await pool.end()
    },
  }
}

/** The connection under each transaction, for what Kysely does not speak. */
const clients = new WeakMap<Db, pg.PoolClient>()

async function inTransaction<T>(
  pool: pg.Pool,
  begin: string,
  work: (db: Db) => Promise<T>,
  { isPrepared = false }: How = {},
): Promise<T> {
  const client = await pool.connect()
  // One connection, lent to Kysely for the length of the transaction.
  const lent = {
    connect: async () => ({ ...lentClient(client, isPrepared), release: () => undefined }),
    end: async () => undefined,
  }
  const db: Db = new Kysely({ dialect: new PostgresDialect({ pool: lent as unknown as pg.Pool }) })
  clients.set(db, client)
  let broken: Error | undefined
  try {
    await client.query(begin)
    const result = await work(db)
    await client.query('commit')
    return result
  } catch (error) {
    await client.query('rollback').catch((cause: Error) => {
      broken = cause
    })
    throw error
  } finally {
    client.release(broken)
  }
}

function lentClient(client: pg.PoolClient, isPrepared: boolean) {
  const { processID } = client as unknown as { processID: number }
  if (!isPrepared) return { query: client.query.bind(client), processID }
  const query = (text: string, values: unknown[]) => {
    const name = statementName(text)
    return name === undefined ? client.query(text, values) : client.query({ name, text, values })
  }
  return { query, processID }
}

const statementNames = new Map<string, string>()
/** Each of ten connections may hold so many plans; what is said in more ways than that is planned each time. */
const mostStatements = 1_000

function statementName(text: string): string | undefined {
  const known = statementNames.get(text)
  if (known !== undefined || statementNames.size >= mostStatements) return known
  const name = `vigil-${statementNames.size}`
  statementNames.set(text, name)
  return name
}

/** Opens a stream into `copy … from stdin`, which Kysely does not speak. Only stores may use it. */
export function copyInto(db: Db, statement: string): Writable {
  const client = clients.get(db)
  if (!client) throw new Error('copyInto needs a transaction of this module')
  return client.query(copyFrom(statement))
}

type Owner = { host: string; port: number; user: string; password: string | undefined; database: string; ssl?: boolean }

function fromUrl(text: string): Owner {
  const url = new URL(text)
  const database = decodeURIComponent(url.pathname.slice(1)) || 'vigil'
  const mode = url.searchParams.get('sslmode')
  return {
    host: url.searchParams.get('host') ?? decodeURIComponent(url.hostname || 'localhost'),
    port: Number(url.port || '5432'),
    user: decodeURIComponent(url.username || 'postgres'),
    password: url.password === '' ? undefined : decodeURIComponent(url.password),
    database,
    ...(mode && mode !== 'disable' && mode !== 'prefer' ? { ssl: true } : {}),
  }
}

async function connect(client: pg.Client): Promise<void> {
  try {
    await client.connect()
  } catch (cause) {
    const code = (cause as { code?: string }).code
    throw refuse('unreachable', { reason: code ?? 'no answer' }, { cause })
  }
}

async function createDatabase(owner: Owner): Promise<void> {
  const probe = new pg.Client(owner)
  probe.on('error', () => undefined)
  try {
    await probe.connect()
    return
  } catch (error) {
    const missing = (error as { code?: string }).code === '3D000'
    if (!missing)
      throw refuse('unreachable', { reason: (error as { code?: string }).code ?? 'no answer' }, { cause: error })
  } finally {
    await probe.end().catch(() => undefined)
  }
  const client = new pg.Client({ ...owner, database: 'postgres' })
  await connect(client)
  try {
    await client.query(`create database ${pg.escapeIdentifier(owner.database)} template template0 encoding 'UTF8'`)
  } catch (error) {
    // 42P04, 23505: another process made it at the same moment.
    if (!['42P04', '23505'].includes((error as { code?: string }).code ?? '')) throw error
  } finally {
    await client.end()
  }
}

interface Roles {
  readonly app: string
  readonly check: string
  readonly appPassword: string
}

/** Applies what is missing, in order, in one transaction, under a lock that a second process waits for. */
async function migrate(client: pg.Client, folder: string, roles: Roles): Promise<void> {
  const version = await client.query<{ number: string; text: string }>(
    `select current_setting('server_version_num') as number, current_setting('server_version') as text`,
  )
  if (Number(version.rows[0]?.number) < 180_000) throw refuse('old', { version: version.rows[0]?.text ?? 'unknown' })
  const files = readdirSync(folder)
    .filter((name) => /^\d{4}-[a-z0-9-]+\.sql$/.test(name))
    .sort()
  await client.query('begin')
  try {
    // A second process waits here until the first has committed, then finds nothing left to do.
    await client.query('select pg_advisory_xact_lock(7420, 1)')
    await client.query(`create schema if not exists ${schema}`)
    await client.query(`set local search_path = ${schema}`)
    await client.query(
      'create table if not exists migration (name text primary key, digest text not null, applied_at timestamptz not null default now())',
    )
    const applied = new Map(
      (await client.query<{ name: string; digest: string }>('select name, digest from migration')).rows.map((row) => [
        row.name,
        row.digest,
      ]),
    )
    for (const name of applied.keys()) if (!files.includes(name)) throw refuse('newer', { name })
    let changed = false
    for (const name of files) {
      const text = readFileSync(join(folder, name), 'utf8')
      const digest = createHash('sha256').update(text).digest('hex')
      const before = applied.get(name)
      if (before === digest) continue
      if (before !== undefined) throw refuse('edited', { name })
      await client.query(text)
      await client.query('insert into migration (name, digest) values ($1, $2)', [name, digest])
      changed = true
    }
    if (changed) await grant(client, roles)
    await client.query('commit')
  } catch (error) {
    await client.query('rollback').catch(() => undefined)
    if ((error as { code?: string }).code === '42501') {
      throw refuse('may-not', { reason: (error as Error).message }, { cause: error })
    }
    throw error
  }
}

async function grant(client: pg.Client, roles: Roles): Promise<void> {
  const app = pg.escapeIdentifier(roles.app)
  const check = pg.escapeIdentifier(roles.check)
  const has = async (name: string) =>
    (await client.query('select 1 from pg_roles where rolname = $1', [name])).rowCount === 1
  if (!(await has(roles.check))) await client.query(`create role ${check} nologin`)
  if (!(await has(roles.app))) await client.query(`create role ${app} login`)
  await client.query(`alter role ${app} password ${pg.escapeLiteral(roles.appPassword)}`)
  await client.query(`grant ${check} to ${app} with inherit false, set true`)
  await client.query(`grant usage on schema ${schema} to ${app}, ${check}`)
  await client.query(`grant select, insert, update, delete, maintain on all tables in schema ${schema} to ${app}`)
  await client.query(`grant usage on all sequences in schema ${schema} to ${app}`)
  await client.query(`grant select on all tables in schema ${schema} to ${check}`)
  const private_ = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r'
     and relname in ('identity', 'identity_passkey', 'identity_recovery_code', 'session', 'sign_in_challenge',
       'sign_in_failure', 'set_up', 'invitation', 'api_token', 'idempotent_answer', 'webhook', 'calendar_feed',
       'mail', 'mail_settings')`,
    [schema],
  )
  for (const { name } of private_.rows)
    await client.query(`revoke select on ${pg.escapeIdentifier(name)} from ${check}`)
  // The lists of the code hold for every organisation: only the owner writes them.
  const lists = await client.query<{ name: string }>(
    `select relname as name from pg_class where relnamespace = $1::regnamespace and relkind = 'r'
     and relname in ('safeguard', 'os_release', 'response_role')`,
    [schema],
  )
  for (const { name } of lists.rows)
    await client.query(`revoke insert, update, delete on ${pg.escapeIdentifier(name)} from ${app}`)
  await client.query(`revoke insert, update, delete on migration, organisation from ${app}`)
  await client.query(`grant update (name, time_zone) on organisation to ${app}`)
  // What runs as the owner answers the application alone: a check has no business with who may sign in.
  const { rows } = await client.query<{ signature: string }>(
    `select oid::regprocedure::text as signature from pg_proc
     where prosecdef and pronamespace = $1::regnamespace`,
    [schema],
  )
  for (const { signature } of rows) {
    await client.query(`revoke execute on function ${signature} from public, ${check}`)
    await client.query(`grant execute on function ${signature} to ${app}`)
  }
  await client.query(`revoke delete on ledger_entry, ledger_checkpoint, ledger_log from ${app}`)
}
