import { type Db, sql } from '#platform/database.ts'

export async function listRetention(db: Db): Promise<readonly { readonly kind: string; readonly days: number }[]> {
  const { rows } = await sql<{ kind: string; days: number }>`select kind, days from retention`.execute(db)
  return rows
}

export async function upsertRetention(db: Db, kind: string, days: number): Promise<void> {
  await sql`
    insert into retention (kind, days) values (${kind}, ${days})
    on conflict (organisation_id, kind) do update set days = ${days}`.execute(db)
}

/** Forgets which lines of old files could not be read; that so and so many were not stays with their run. */
export async function deleteOldRejects(db: Db, before: Date): Promise<void> {
  await sql`
    delete from source_reject where run_id in (select id from source_run where finished_at < ${before})`.execute(db)
}
