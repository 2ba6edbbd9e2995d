/** The rows of sealed evidence; the files themselves lie in the data directory. */
import { type Db, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

export interface EvidenceRow {
  readonly id: string
  readonly title: string
  readonly fileName: string
  readonly bytes: number
  /** SHA-256 of the content. */
  readonly digest: Buffer
  /** The wrapped key, in base64; empty once it was destroyed. */
  readonly sealedKey: string
  readonly keptBy: string
  readonly keptAt: Date
  readonly validUntilOn: Day | null
}

const columns = sql`id, title, file_name as "fileName", bytes, digest, sealed_key as "sealedKey", kept_by as "keptBy",
  kept_at as "keptAt", valid_until_on as "validUntilOn"`

/** An id for evidence to come; ids ascend with time. */
export async function takeEvidenceId(db: Db): Promise<string> {
  const { rows } = await sql<{ id: string }>`select uuidv7() as id`.execute(db)
  const [row] = rows
  if (!row) throw new Error('the database gave no id')
  return row.id
}

export async function insertEvidence(db: Db, row: EvidenceRow): Promise<void> {
  await sql`
    insert into evidence (id, title, file_name, bytes, digest, sealed_key, kept_by, kept_at, valid_until_on)
    values (${row.id}::uuid, ${row.title}, ${row.fileName}, ${row.bytes}, ${row.digest}, ${row.sealedKey}, ${row.keptBy},
      ${row.keptAt}::timestamptz, ${row.validUntilOn}::date)`.execute(db)
}

export async function findEvidence(db: Db, id: string): Promise<EvidenceRow | undefined> {
  const { rows } = await sql<EvidenceRow>`
    select ${columns} from evidence where id = ${uuidOrNone(id)}::uuid`.execute(db)
  return rows[0]
}

/** Reads and locks the evidence, so that it is shredded once. */
export async function lockEvidence(db: Db, id: string): Promise<EvidenceRow | undefined> {
  const { rows } = await sql<EvidenceRow>`
    select ${columns} from evidence where id = ${uuidOrNone(id)}::uuid for update`.execute(db)
  return rows[0]
}

/** Evidence, the newest first. */
export async function listEvidenceRows(
  db: Db,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<readonly EvidenceRow[]> {
  const before = page.before === undefined ? null : uuidOrNone(page.before)
  const { rows } = await sql<EvidenceRow>`
    select ${columns} from evidence where ${page.before === undefined}::boolean or id < ${before}::uuid
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}

/** Puts another wrapped key in the place of the one that is there; an empty one destroys it. */
export async function setKey(db: Db, id: string, sealedKey: string): Promise<void> {
  await sql`update evidence set sealed_key = ${sealedKey} where id = ${id}::uuid`.execute(db)
}

/** Reads and locks the next keys that were not destroyed, a thousand at a time, so that none is shredded meanwhile. */
export async function lockKeys(
  db: Db,
  after: string | undefined,
): Promise<readonly Pick<EvidenceRow, 'id' | 'sealedKey'>[]> {
  const { rows } = await sql<Pick<EvidenceRow, 'id' | 'sealedKey'>>`
    select id, sealed_key as "sealedKey" from evidence
    where sealed_key <> '' and (${after ?? null}::uuid is null or id > ${after ?? null}::uuid)
    order by id limit 1000 for update`.execute(db)
  return rows
}

/** Of these, the ones whose key was destroyed. */
export async function listShredded(db: Db, ids: readonly string[]): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from evidence where id = any (${[...ids]}::uuid[]) and sealed_key = ''`.execute(db)
  return rows.map(({ id }) => id)
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** What is no uuid names nothing, and must not reach the database's own parser. */
function uuidOrNone(id: string): string | null {
  return uuid.test(id) ? id : null
}
