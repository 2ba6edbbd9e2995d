/**
 * The rows of a backup: out of one snapshot, into one transaction. The rules:
 *  - Every table of Vigil's schema is copied but `migration`, which stands in the header.
 *  - Row-level security is forced on the tables' owner, too. A user that may bypass it (a superuser) reads with
 *    `row_security = off`, by which PostgreSQL fails rather than leaving rows out. An owner that may not bypass it must see
 *    every row by the policy `ownership` of each table; anybody else is refused.
 *  - Nothing is restored over anything: every table must be empty but for `referenceTables`, which are replaced.
 */

import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom, to as copyTo } from 'pg-copy-streams'
import { z } from 'zod'
import type { ArchiveReader, Header, Member, MemberHead } from './archive.ts'
import { refuse } from './refuse.ts'

/** The lists that Vigil's own code writes whenever it opens a database, so that a new one is not without them. */
const referenceTables: ReadonlySet<string> = new Set(['safeguard', 'os_release', 'response_role'])

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
  /** Whether row-level security is forced on its owner. */
  readonly isHidden: boolean
}

export interface Snapshot {
  readonly postgres: string
  readonly migrations: Header['migrations']
  /** Rows table by table, each after those that it refers to, then the sequences. */
  members(): AsyncGenerator<Member>
}

/** Begins the snapshot that a whole backup is read from; it ends with the client's connection. */
export async function beginSnapshot(client: pg.Client): Promise<Snapshot> {
  await client.query(`begin isolation level repeatable read read only; ${settings}`)
  // A newer Vigil that would change the tables waits until the backup is done.
  await client.query('lock table migration in share mode').catch((cause) => {
    if ((cause as { code?: string }).code === '42501') throw refuse('partial-sight', { table: 'migration' }, { cause })
    throw cause
  })
  await openSight(client)
  const tables = await listTables(client)
  await client.query(`lock table ${tables.map(({ name }) => quote(name)).join(', ')} in access share mode`)
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
        yield {
          head: { kind: 'table', table: table.name, columns: table.columns },
          data: copyOut(client, table, (count) => {
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

/** Makes sure that this user sees every row, or refuses. */
async function openSight(client: pg.Client): Promise<void> {
  if (await mayBypass(client)) {
    await client.query('set local row_security = off')
    return
  }
  await client.query('set local row_security = on')
  const { rows } = await client.query<{ name: string }>(
    `select relname as name from pg_class relation
     where relnamespace = current_schema()::regnamespace and relkind = 'r' and relrowsecurity and not exists (
       select from pg_policy where polrelid = relation.oid and polname = 'ownership' and polpermissive
         and polcmd = '*' and polroles = array[(select oid from pg_roles where rolname = current_user)]
         and pg_get_expr(polqual, polrelid) = 'true')`,
  )
  if (rows[0]) throw refuse('partial-sight', { table: rows[0].name })
}

async function mayBypass(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query<{ may: boolean }>(
    'select rolsuper or rolbypassrls as may from pg_roles where rolname = current_user',
  )
  return rows[0]?.may === true
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

async function* copyOut(client: pg.Client, table: Table, onRows: (count: number) => void): AsyncGenerator<Buffer> {
  const stream = client.query(copyTo(`copy ${quote(table.name)} (${table.columns.map(quote).join(', ')}) to stdout`))
  // The connection may break after the stream was let go of: the query after it says so.
  stream.on('error', () => undefined)
  for await (const chunk of stream) yield chunk as Buffer
  // The number of rows comes after the last of them; another answer comes after it.
  await client.query('')
  onRows(stream.rowCount)
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
