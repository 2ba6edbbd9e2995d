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

export interface EvidenceFilter {
  /** What it supports. */
  readonly about: string | undefined
  readonly text: string | undefined
  readonly isShredded: boolean | undefined
  /** Speaks on this day or later: without an end, or with a last day that is not before. */
  readonly validOn: Day | undefined
  /** With a last day before this one. */
  readonly endsBefore: Day | undefined
}

/** Evidence, the newest first. */
export async function listEvidenceRows(
  db: Db,
  filter: EvidenceFilter,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<readonly (EvidenceRow & { readonly links: number })[]> {
  const { about, text, isShredded, validOn, endsBefore } = filter
  const conditions = [sql`true`]
  if (page.before !== undefined) conditions.push(sql`id < ${uuidOrNone(page.before)}::uuid`)
  if (about !== undefined) conditions.push(sql`id in (select evidence_id from evidence_link where about = ${about})`)
  if (text !== undefined) conditions.push(sql`strpos(lower(title || ' ' || file_name), lower(${text})) > 0`)
  if (isShredded !== undefined) conditions.push(sql`(sealed_key = '') = ${isShredded}::boolean`)
  if (validOn !== undefined) conditions.push(sql`(valid_until_on is null or valid_until_on >= ${validOn}::date)`)
  if (endsBefore !== undefined) conditions.push(sql`valid_until_on < ${endsBefore}::date`)
  const { rows } = await sql<EvidenceRow & { readonly links: number }>`
    select ${columns}, (select count(*)::int from evidence_link link where link.evidence_id = evidence.id) as links
    from evidence where ${sql.join(conditions, sql` and `)}
    order by id desc limit ${page.limit}`.execute(db)
  return rows
}

export interface LinkRow {
  readonly about: string
  readonly linkedBy: string
  readonly linkedAt: Date
}

/** What a piece of evidence supports, in the order in which that was said. */
export async function listLinks(db: Db, evidenceId: string): Promise<readonly LinkRow[]> {
  const { rows } = await sql<LinkRow>`
    select about, linked_by as "linkedBy", linked_at as "linkedAt" from evidence_link
    where evidence_id = ${uuidOrNone(evidenceId)}::uuid order by linked_at, about`.execute(db)
  return rows
}

/** Whether the link was made: it was not there before. */
export async function insertLink(db: Db, link: LinkRow & { readonly evidenceId: string }): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into evidence_link (evidence_id, about, linked_by, linked_at)
    values (${link.evidenceId}::uuid, ${link.about}, ${link.linkedBy}, ${link.linkedAt}::timestamptz)
    on conflict do nothing`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

export async function deleteLink(db: Db, evidenceId: string, about: string): Promise<boolean> {
  const { numAffectedRows } = await sql`
    delete from evidence_link where evidence_id = ${uuidOrNone(evidenceId)}::uuid and about = ${about}`.execute(db)
  return (numAffectedRows ?? 0n) > 0n
}

/** What things with numbers and names are called, by `kind:id`; a thing that is not there is not among them. */
export async function findTitles(db: Db, abouts: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const named = (kind: string) =>
    abouts.flatMap((about) => (about.startsWith(`${kind}:`) ? [about.slice(kind.length + 1)] : []))
  const numbered = (kind: string) => named(kind).flatMap((id) => (/^[1-9]\d{0,14}$/.test(id) ? [Number(id)] : []))
  const { rows } = await sql<{ about: string; title: string }>`
    select 'finding:' || id as about, detail as title from finding where id = any (${numbered('finding')}::bigint[])
    union all select 'task:' || id, title from task where id = any (${numbered('task')}::bigint[])
    union all select 'system:' || id, name from system where id = any (${numbered('system')}::bigint[])
    union all select 'device:' || id, name from device where id = any (${numbered('device')}::bigint[])
    union all select 'vendor:' || id, name from vendor where id = any (${numbered('vendor')}::bigint[])
    union all select 'safeguard:' || name, title from safeguard where name = any (${named('safeguard')}::text[])`.execute(
    db,
  )
  return new Map(rows.map(({ about, title }) => [about, title]))
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
