/** The rows of deliveries, of their files, and of what was said of files. */
import { type Database, type Db, type Sql, sql } from '#platform/database.ts'
import type { Day } from '#platform/days.ts'

export interface DeliveryRow {
  readonly id: string
  readonly state: 'open' | 'importing' | 'done' | 'discarded'
  readonly madeBy: string
  readonly madeAt: Date
  readonly finishedAt: Date | null
  readonly collectedOn: Day | null
  /** What a vigil.yaml among the files says. */
  readonly settings: unknown
  readonly jobId: number | null
}

export interface CountedDelivery extends DeliveryRow {
  readonly files: number
  readonly bytes: number
}

export interface FileRow {
  readonly id: string
  readonly name: string
  readonly bytes: number
  readonly digest: Buffer
  readonly modifiedAt: Date
  readonly preview: unknown
  readonly mapping: unknown
  readonly outcome: StoredOutcome | null
}

/** What became of one part of a file. */
export interface PartOutcome {
  readonly part: string | null
  readonly state: 'done' | 'unchanged' | 'superseded' | 'unrecognised' | 'refused'
  readonly source: string | null
  readonly reason: string | null
  readonly rowsRead: number
  readonly added: number
  readonly changed: number
  readonly ended: number
  readonly rejects: number
}

export interface StoredOutcome {
  readonly isFinished: boolean
  readonly parts: readonly PartOutcome[]
}

export interface MappingRow {
  readonly id: number
  readonly source: string
  readonly mapping: unknown
  readonly saidBy: string
  readonly saidAt: Date
}

const deliveryColumns: Sql = sql`
  delivery.id, delivery.state, delivery.made_by as "madeBy", delivery.made_at as "madeAt",
  delivery.finished_at as "finishedAt", delivery.collected_on as "collectedOn", delivery.settings,
  delivery.job_id as "jobId"`

const fileColumns: Sql = sql`
  id, name, bytes, digest, modified_at as "modifiedAt", preview, mapping, outcome`

const json = (value: unknown) => (value === null ? null : JSON.stringify(value))

export async function insertDelivery(
  db: Db,
  row: { readonly madeBy: string; readonly madeAt: Date; readonly collectedOn: Day | null },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into delivery (made_by, made_at, collected_on) values (${row.madeBy}, ${row.madeAt}, ${row.collectedOn})
    returning id`.execute(db)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('a delivery was not stored')
  return id
}

/** The newest first. */
export async function listDeliveryRows(
  db: Db,
  page: { readonly before: string | undefined; readonly limit: number },
): Promise<readonly CountedDelivery[]> {
  const { rows } = await sql<CountedDelivery>`
    select ${deliveryColumns}, counted.files, counted.bytes
    from delivery, lateral (
      select count(*) as files, coalesce(sum(bytes), 0) as bytes from delivery_file where delivery_id = delivery.id
    ) counted
    where ${page.before === undefined ? sql`true` : sql`delivery.id < ${page.before}::uuid`}
    order by delivery.id desc limit ${page.limit}`.execute(db)
  return rows
}

export async function findDelivery(db: Db, id: string): Promise<CountedDelivery | undefined> {
  const { rows } = await sql<CountedDelivery>`
    select ${deliveryColumns}, counted.files, counted.bytes
    from delivery, lateral (
      select count(*) as files, coalesce(sum(bytes), 0) as bytes from delivery_file where delivery_id = delivery.id
    ) counted
    where delivery.id = ${id}::uuid`.execute(db)
  return rows[0]
}

/** Locks a delivery, so that two uploads cannot count past its limits and none slips in while it is imported. */
export async function lockDelivery(db: Db, id: string): Promise<CountedDelivery | undefined> {
  await sql`select 1 from delivery where id = ${id}::uuid for update`.execute(db)
  return findDelivery(db, id)
}

export async function countOpen(db: Db): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*) as count from delivery where state in ('open', 'importing')`.execute(db)
  return rows[0]?.count ?? 0
}

export async function setSettings(db: Db, id: string, settings: unknown): Promise<void> {
  await sql`update delivery set settings = ${json(settings)}::jsonb where id = ${id}::uuid`.execute(db)
}

export async function setImporting(db: Db, id: string, jobId: number): Promise<void> {
  await sql`update delivery set state = 'importing', job_id = ${jobId} where id = ${id}::uuid`.execute(db)
}

export async function setFinished(db: Db, id: string, state: 'done' | 'discarded', at: Date): Promise<void> {
  await sql`update delivery set state = ${state}, finished_at = ${at} where id = ${id}::uuid`.execute(db)
}

/** Deliveries that were begun before a moment and never imported, or whose import never came to an end. */
export async function listLeftBehind(
  db: Db,
  before: { readonly open: Date; readonly importing: Date },
): Promise<readonly string[]> {
  const { rows } = await sql<{ id: string }>`
    select id from delivery
    where state = 'open' and made_at < ${before.open} or state = 'importing' and made_at < ${before.importing}
    order by id limit 1000`.execute(db)
  return rows.map(({ id }) => id)
}

export async function insertFile(
  db: Db,
  deliveryId: string,
  row: Omit<FileRow, 'id' | 'outcome'> & { readonly foldedName: string },
): Promise<string> {
  const { rows } = await sql<{ id: string }>`
    insert into delivery_file (delivery_id, name, folded_name, bytes, digest, modified_at, preview, mapping)
    values (${deliveryId}::uuid, ${row.name}, ${row.foldedName}, ${row.bytes}, ${row.digest}, ${row.modifiedAt},
      ${json(row.preview)}::jsonb, ${json(row.mapping)}::jsonb)
    returning id`.execute(db)
  const id = rows[0]?.id
  if (id === undefined) throw new Error('a file of a delivery was not stored')
  return id
}

/** In the order in which they were added. */
export async function listFileRows(
  db: Db,
  deliveryId: string,
  page: { readonly after?: string | undefined; readonly limit: number },
): Promise<readonly FileRow[]> {
  const { rows } = await sql<FileRow>`
    select ${fileColumns} from delivery_file
    where delivery_id = ${deliveryId}::uuid and ${page.after === undefined ? sql`true` : sql`id > ${page.after}::uuid`}
    order by id limit ${page.limit}`.execute(db)
  return rows
}

export async function findFile(db: Db, deliveryId: string, id: string): Promise<FileRow | undefined> {
  const { rows } = await sql<FileRow>`
    select ${fileColumns} from delivery_file where delivery_id = ${deliveryId}::uuid and id = ${id}::uuid`.execute(db)
  return rows[0]
}

export async function findFileNamed(db: Db, deliveryId: string, foldedName: string): Promise<FileRow | undefined> {
  const { rows } = await sql<FileRow>`
    select ${fileColumns} from delivery_file
    where delivery_id = ${deliveryId}::uuid and folded_name = ${foldedName}`.execute(db)
  return rows[0]
}

export async function setUnderstanding(
  db: Db,
  fileId: string,
  { preview, mapping }: { readonly preview: unknown; readonly mapping: unknown },
): Promise<void> {
  await sql`
    update delivery_file set preview = ${json(preview)}::jsonb, mapping = ${json(mapping)}::jsonb
    where id = ${fileId}::uuid`.execute(db)
}

export async function deleteFile(db: Db, fileId: string): Promise<void> {
  await sql`delete from delivery_file where id = ${fileId}::uuid`.execute(db)
}

/** Keeps what became of a part; what was kept of it before stays, as it was committed with what it says. */
export async function keepOutcome(db: Db, fileId: string, outcome: PartOutcome): Promise<void> {
  const { rows } = await sql<{ outcome: StoredOutcome | null }>`
    select outcome from delivery_file where id = ${fileId}::uuid for update`.execute(db)
  const known = rows[0]?.outcome?.parts ?? []
  if (known.some(({ part }) => part === outcome.part)) return
  await sql`
    update delivery_file set outcome = ${json({ isFinished: false, parts: [...known, outcome] })}::jsonb
    where id = ${fileId}::uuid`.execute(db)
}

export async function finishFile(db: Db, fileId: string): Promise<void> {
  await sql`
    update delivery_file
    set outcome = coalesce(outcome, '{"parts": []}'::jsonb) || '{"isFinished": true}'::jsonb
    where id = ${fileId}::uuid`.execute(db)
}

export async function findMappingOf(db: Db, source: string): Promise<unknown> {
  const { rows } = await sql<{ mapping: unknown }>`
    select mapping from file_mapping where source_name = ${source}`.execute(db)
  return rows[0]?.mapping ?? null
}

export async function upsertMapping(
  db: Db,
  row: { readonly source: string; readonly mapping: unknown; readonly saidBy: string; readonly saidAt: Date },
): Promise<void> {
  await sql`
    insert into file_mapping (source_name, mapping, said_by, said_at)
    values (${row.source}, ${json(row.mapping)}::jsonb, ${row.saidBy}, ${row.saidAt})
    on conflict (organisation_id, source_name) do update
    set mapping = excluded.mapping, said_by = excluded.said_by, said_at = excluded.said_at`.execute(db)
}

export async function deleteMappingOf(db: Db, source: string): Promise<void> {
  await sql`delete from file_mapping where source_name = ${source}`.execute(db)
}

export async function listMappingRows(
  db: Db,
  page: { readonly after: number | undefined; readonly limit: number },
): Promise<readonly MappingRow[]> {
  const { rows } = await sql<MappingRow>`
    select id, source_name as source, mapping, said_by as "saidBy", said_at as "saidAt"
    from file_mapping where id > ${page.after ?? 0} order by id limit ${page.limit}`.execute(db)
  return rows
}

/** Gives the name of the source whose mapping it was. */
export async function deleteMapping(db: Db, id: number): Promise<string | undefined> {
  const { rows } = await sql<{ source: string }>`
    delete from file_mapping where id = ${id} returning source_name as source`.execute(db)
  return rows[0]?.source
}

/** The deliveries of every organisation whose bytes are still needed. */
export async function listNeeded(database: Database): Promise<ReadonlySet<string>> {
  return database.outside(async (db) => {
    const { rows } = await sql<{ id: string }>`select id from needed_deliveries()`.execute(db)
    return new Set(rows.map(({ id }) => id))
  })
}
