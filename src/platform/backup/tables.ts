/**
 * The rows of a backup: out of one snapshot, into one transaction. The rules:
 *  - Every table of Vigil's schema is copied but `migration`, which stands in the header.
 *  - Row-level security is forced on the tables' owner, too. A user that may bypass it (a superuser) reads with
 *    `row_security = off`, by which PostgreSQL fails rather than leaving rows out. An owner that may not bypass it reads
 *    each organisation in turn, all in the one snapshot; rows of an organisation that does not exist, which nobody can see
 *    or reach, are not copied.
 *  - Nothing is restored over anything: every table must be empty but for `referenceTables`, which are replaced.
 */

import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { z } from 'zod'
import type { Database } from '#platform/database.ts'
import type { ArchiveReader, Header, Member, MemberHead } from './archive.ts'
import { refuse } from './refuse.ts'

/** The lists that Vigil's own code writes whenever it opens a database, so that a new one is not without them. */
const referenceTables: ReadonlySet<string> = new Set(['safeguard', 'os_release', 'response_role'])

const lockSeconds = 30

// A server of yours may end what takes long, and may write values in another style.
const settings = `
  set local statement_timeout = 0;
  set local transaction_timeout = 0;
  set local idle_in_transaction_session_timeout = 0;
  set local client_encoding = 'UTF8';
  set local timezone = 'UTC';
  set local datestyle = 'ISO, YMD';
  set local intervalstyle = 'postgres';
  set local bytea_output = 'hex';
  set local extra_float_digits = 3;`

interface Table {
  readonly name: string
  readonly columns: readonly string[]
  /** Whether a user that may not bypass row-level security sees one organisation's rows at a time. */
  readonly isHidden: boolean
}

export interface Snapshot {
  readonly postgres: string
  readonly migrations: Header['migrations']
  /** Rows table by table, each after those that it refers to, then the sequences. */
  members(): AsyncGenerator<Member>
}

/** Begins the snapshot that a whole backup is read from; it ends with the client's connection. */
export async function beginSnapshot(client: pg.Client, database: Database): Promise<Snapshot> {
  await client.query(`begin isolation level repeatable read read only; ${settings}`)
  // A newer Vigil that would change the tables waits until the backup is done.
  await client.query('lock table migration in share mode').catch((cause) => {
    if ((cause as { code?: string }).code === '42501') throw refuse('partial-sight', { table: 'migration' }, { cause })
    throw cause
  })
  const organisations = await openSight(client, database)
  const tables = await listTables(client)
  await client.query(`lock table ${tables.map(({ name }) => quote(name)).join(', ')} in access share mode`)
  if (organisations) await refuseUnseen(client)
  const { rows: migrations } = await client.query<{ name: string; digest: string }>(
    'select name, digest from migration order by name',
  )
  const { rows: server } = await client.query<{ version: string }>(
    `select current_setting('server_version') as version`,
  )
  return {
    postgres: server[0]?.version ?? 'unknown',
    migrations,
    async *members() {
      for (const table of tables) {
        let rows = 0
        const parts = organisations && table.isHidden ? organisations : [undefined]
        yield {
          head: { kind: 'table', table: table.name, columns: table.columns },
          data: copyOut(client, table, parts, (count) => {
            rows += count
          }),
          rows: () => rows,
        }
      }
      // Sequences stand outside of snapshots: read after the rows, they are past every number in them.
      yield { head: { kind: 'sequences' }, data: readSequences(client) }
    },
  }
}

/** Undefined where every row is seen at once; else the organisations to be read one by one. */
async function openSight(client: pg.Client, database: Database): Promise<readonly number[] | undefined> {
  if (await mayBypass(client)) {
    await client.query('set local row_security = off')
    return undefined
  }
  await client.query('set local row_security = on')
  // The list of organisations is hidden as well. Its owner may lift that for a moment, in a transaction that changes
  // nothing in the end, and reads by the same snapshot.
  const { rows } = await client.query<{ id: string }>('select pg_export_snapshot() as id')
  return database.asOwner(async (second) => {
    await second.query(`begin isolation level repeatable read; set local lock_timeout = '${lockSeconds}s'`)
    await second.query(`set transaction snapshot ${pg.escapeLiteral(rows[0]?.id ?? '')}`)
    try {
      await second.query('alter table organisation no force row level security')
    } catch (cause) {
      const code = (cause as { code?: string }).code
      if (code === '55P03') throw refuse('table-busy', { seconds: lockSeconds }, { cause })
      if (code === '42501') throw refuse('partial-sight', { table: 'organisation' }, { cause })
      throw cause
    }
    const found = await second.query<{ id: number }>('select id from organisation order by id')
    await second.query('rollback')
    return found.rows.map(({ id }) => Number(id))
  })
}

async function mayBypass(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    'select rolsuper or rolbypassrls as may from pg_roles where rolname = current_user',
  )
  return rows[0]?.may === true
}

/** Refuses tables whose rows this user would see in part, and which no organisation's number opens. */
async function refuseUnseen(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class relation
     where relnamespace = current_schema()::regnamespace and relkind = 'r' and relrowsecurity
       and (not pg_has_role(relowner, 'USAGE') or relforcerowsecurity and relname <> 'organisation' and not exists (
         select from pg_attribute where attrelid = relation.oid and attname = 'organisation_id' and attnotnull))`,
  )
  if (rows[0]) throw refuse('partial-sight', { table: rows[0].name })
}

/** All tables of the schema but `migration`, each after those that its foreign keys name. */
async function listTables(client: pg.Client): Promise<Table[]> {
  const { rows } = await client.query<Table & { needs: string[] }>(
    `select relname as name, relrowsecurity and relforcerowsecurity as "isHidden",
       array(select attname::text from pg_attribute
         where attrelid = relation.oid and attnum > 0 and not attisdropped and attgenerated = ''
         order by attnum) as columns,
       array(select distinct other.relname::text from pg_constraint
         join pg_class other on other.oid = confrelid
         where conrelid = relation.oid and contype = 'f' and confrelid <> conrelid) as needs
     from pg_class relation
     where relnamespace = current_schema()::regnamespace and relkind = 'r' and relname <> 'migration'
     order by relname`,
  )
  const ordered: Table[] = []
  const done = new Set<string>()
  let waiting = rows
  while (waiting.length > 0) {
    const ready = waiting.filter(({ needs }) => needs.every((name) => done.has(name)))
    if (ready.length === 0) throw new Error(`tables refer to each other in a ring: ${waiting.map(({ name }) => name)}`)
    for (const { name, columns, isHidden } of ready) {
      ordered.push({ name, columns, isHidden })
      done.add(name)
    }
    waiting = waiting.filter(({ name }) => !done.has(name))
  }
  return ordered
}

async function* copyOut(
  client: pg.Client,
  table: Table,
  organisations: readonly (number | undefined)[],
  onRows: (count: number) => void,
): AsyncGenerator<Buffer> {
  for (const organisation of organisations) {
    if (organisation !== undefined) {
      await client.query(`select set_config('vigil.organisation', $1, true)`, [String(organisation)])
    }
    const stream = client.query(copyTo(`copy ${quote(table.name)} (${table.columns.map(quote).join(', ')}) to stdout`))
    // The connection may break after the stream was let go of: the query after it says so.
    stream.on('error', () => undefined)
    for await (const chunk of stream) yield chunk as Buffer
    // The number of rows comes after the last of them; another answer comes after it.
    await client.query('')
    onRows(stream.rowCount)
  }
}

const sequencesShape = z.array(
  z.strictObject({ name: z.string().min(1), value: z.string().regex(/^-?\d{1,19}$/), isCalled: z.boolean() }),
)

async function* readSequences(client: pg.Client): AsyncGenerator<Buffer> {
  const { rows: names } = await client.query<{ name: string }>(
    `select relname as name from pg_class
     where relnamespace = current_schema()::regnamespace and relkind = 'S' order by relname`,
  )
  const sequences: z.infer<typeof sequencesShape> = []
  for (const { name } of names) {
    const { rows } = await client.query<{ value: string; isCalled: boolean }>(
      `select last_value::text as value, is_called as "isCalled" from ${quote(name)}`,
    )
    if (rows[0]) sequences.push({ name, ...rows[0] })
  }
  yield Buffer.from(JSON.stringify(sequences))
}

/** A transaction that a backup is being restored in. */
export interface Loading {
  readonly tables: number
  readonly rows: number
  /** Copies the member at hand, a table or the sequences, from the reader. */
  load(head: Exclude<MemberHead, { kind: 'file' }>, reader: ArchiveReader): Promise<void>
  /** Ends the loading: row-level security stands again, and every table and sequence came. */
  finish(verify: (client: pg.Client) => Promise<void>): Promise<void>
}

/** Begins to restore into a database made by the same migrations. Refuses with `not-empty`. */
export async function beginLoading(client: pg.Client, file: string): Promise<Loading> {
  await client.query(`begin; ${settings}`)
  const tables = await listTables(client)
  await client.query(`lock table ${tables.map(({ name }) => quote(name)).join(', ')} in access exclusive mode`)
  // COPY cannot write where row-level security applies to whoever copies. What is lifted here is put back before the
  // transaction ends, and nobody else sees it meanwhile.
  const lifted = (await mayBypass(client)) ? [] : tables.filter(({ isHidden }) => isHidden)
  for (const { name } of lifted) await client.query(`alter table ${quote(name)} no force row level security`)
  await client.query('set local row_security = off')
  for (const { name } of tables) {
    if (referenceTables.has(name)) continue
    const { rowCount } = await client.query(`select from ${quote(name)} limit 1`)
    if (rowCount !== 0) throw refuse('not-empty', { what: `the table ${name} of the database has rows` })
  }
  for (const { name } of tables.toReversed()) {
    if (referenceTables.has(name)) await client.query(`delete from ${quote(name)}`)
  }
  const expected = new Map(tables.map((table) => [table.name, table]))
  const damaged = (problem: string) => refuse('damaged', { file, problem })
  let sequences: z.infer<typeof sequencesShape> | undefined
  let rows = 0
  return {
    tables: tables.length,
    get rows() {
      return rows
    },
    async load(head, reader) {
      if (head.kind === 'sequences') {
        sequences = await readSequencesOf(reader, damaged)
        return
      }
      const table = expected.get(head.table)
      if (!table || !expected.delete(head.table) || !isSame(head.columns, table.columns)) {
        throw damaged('its tables are not those that its migrations make')
      }
      const written = client.query(
        copyFrom(`copy ${quote(head.table)} (${head.columns.map(quote).join(', ')}) from stdin`),
      )
      let announced: number | undefined
      await pipeline(async function* () {
        announced = (yield* reader.data()).rows
      }, written)
      if (written.rowCount !== announced) throw damaged(`rows of the table ${head.table} are missing`)
      rows += written.rowCount
    },
    async finish(verify) {
      if (expected.size > 0 || !sequences) throw damaged('tables are missing')
      for (const { name, value, isCalled } of sequences) {
        await client.query('select setval($1::regclass, $2::bigint, $3)', [quote(name), value, isCalled])
      }
      await verify(client)
      for (const { name } of lifted) await client.query(`alter table ${quote(name)} force row level security`)
    },
  }
}

async function readSequencesOf(reader: ArchiveReader, damaged: (problem: string) => Error) {
  const pieces: Buffer[] = []
  for await (const piece of reader.data()) pieces.push(piece)
  try {
    return sequencesShape.parse(JSON.parse(Buffer.concat(pieces).toString('utf8')))
  } catch {
    throw damaged('its sequences cannot be read')
  }
}

function isSame(some: readonly string[], others: readonly string[]): boolean {
  return some.length === others.length && some.every((one, index) => one === others[index])
}

function quote(name: string): string {
  return pg.escapeIdentifier(name)
}
