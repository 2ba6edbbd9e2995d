/** What changes answered, kept for a day by the key that their caller chose. */
import { type Db, sql } from '#platform/database.ts'

export { speakFor } from '#platform/database.ts'

/** Takes a key for a request; false where it was taken. A second asker waits until the first has committed. */
export async function takeKey(db: Db, actor: string, key: string, digest: Buffer, at: Date): Promise<boolean> {
  const { numAffectedRows } = await sql`
    insert into idempotent_answer (actor, key, request_digest, at) values (${actor}, ${key}, ${digest}, ${at})
    on conflict do nothing`.execute(db)
  return numAffectedRows === 1n
}

export async function findAnswer(
  db: Db,
  actor: string,
  key: string,
): Promise<{ digest: Buffer; answer: Buffer | null } | undefined> {
  const { rows } = await sql<{ digest: Buffer; answer: Buffer | null }>`
    select request_digest as digest, answer from idempotent_answer where actor = ${actor} and key = ${key}`.execute(db)
  return rows[0]
}

export async function keepAnswer(db: Db, actor: string, key: string, status: number, answer: Buffer): Promise<void> {
  await sql`
    update idempotent_answer set status = ${status}, answer = ${answer}
    where actor = ${actor} and key = ${key}`.execute(db)
}

export async function deleteOldAnswers(db: Db, before: Date): Promise<void> {
  await sql`delete from idempotent_answer where at < ${before}`.execute(db)
}
