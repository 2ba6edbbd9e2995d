/** The rows of directories. */
import { type Db, type Sql, sql } from '#platform/database.ts'

export interface DirectorySettings {
  readonly name: string
  readonly url: string
  readonly bindDn: string | null
  readonly base: string | null
  readonly filter: string | null
  readonly startTls: boolean
  readonly ca: string | null
  readonly system: string | null
  readonly cron: string | null
  readonly isOn: boolean
}

export interface DirectoryRow extends DirectorySettings {
  readonly id: number
  readonly password: Buffer | null
  readonly lastJobId: number | null
  readonly madeBy: string
  readonly madeAt: Date
}

const columns: Sql = sql`
  id, name, url, bind_dn as "bindDn", password, base, filter, start_tls as "startTls", ca, system, cron, is_on as "isOn",
  last_job_id as "lastJobId", made_by as "madeBy", made_at as "madeAt"`

/** Lists in the order of connection. */
export async function listDirectoryRows(
  db: Db,
  page: { readonly after: number | undefined; readonly limit: number },
): Promise<readonly DirectoryRow[]> {
  const { rows } = await sql<DirectoryRow>`
    select ${columns} from directory where id > ${page.after ?? 0} order by id limit ${page.limit}`.execute(db)
  return rows
}

export async function findDirectory(db: Db, id: number): Promise<DirectoryRow | undefined> {
  return (await sql<DirectoryRow>`select ${columns} from directory where id = ${id}`.execute(db)).rows[0]
}

export async function lockDirectory(db: Db, id: number): Promise<DirectoryRow | undefined> {
  return (await sql<DirectoryRow>`select ${columns} from directory where id = ${id} for update`.execute(db)).rows[0]
}

export async function hasDirectoryNamed(db: Db, name: string, otherThan: number): Promise<boolean> {
  const { rows } = await sql`select 1 from directory where name = ${name} and id <> ${otherThan}`.execute(db)
  return rows.length > 0
}

export async function countDirectories(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`select count(*) as count from directory`.execute(db)
  return rows[0]?.count ?? 0
}

export async function insertDirectory(
  db: Db,
  row: DirectorySettings & { readonly madeBy: string; readonly madeAt: Date },
): Promise<number> {
  const { rows } = await sql<{ id: number }>`
    insert into directory (name, url, bind_dn, base, filter, start_tls, ca, system, cron, is_on, made_by, made_at)
    values (${row.name}, ${row.url}, ${row.bindDn}, ${row.base}, ${row.filter}, ${row.startTls}, ${row.ca}, ${row.system},
      ${row.cron}, ${row.isOn}, ${row.madeBy}, ${row.madeAt})
    returning id`.execute(db)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('a directory was not stored')
  return id
}

export async function updateDirectory(db: Db, id: number, row: DirectorySettings): Promise<void> {
  await sql`
    update directory set name = ${row.name}, url = ${row.url}, bind_dn = ${row.bindDn}, base = ${row.base},
      filter = ${row.filter}, start_tls = ${row.startTls}, ca = ${row.ca}, system = ${row.system}, cron = ${row.cron},
      is_on = ${row.isOn}
    where id = ${id}`.execute(db)
}

export async function setPassword(db: Db, id: number, sealed: Buffer | null): Promise<void> {
  await sql`update directory set password = ${sealed} where id = ${id}`.execute(db)
}

export async function setLastJob(db: Db, id: number, jobId: number): Promise<void> {
  await sql`update directory set last_job_id = ${jobId} where id = ${id}`.execute(db)
}

export async function deleteDirectory(db: Db, id: number): Promise<boolean> {
  const { numAffectedRows } = await sql`delete from directory where id = ${id}`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}
