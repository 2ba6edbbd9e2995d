import { type Db, sql } from '#platform/database.ts'
import type { Answers } from './model.ts'

export async function findAnswers(db: Db): Promise<Answers | undefined> {
  const { rows } = await sql<Answers>`select size, ehr, directory, it from start_answer`.execute(db)
  return rows[0]
}

export async function writeAnswers(db: Db, answers: Answers, by: string, at: Date): Promise<void> {
  const { size, ehr, directory, it } = answers
  await sql`
    insert into start_answer (size, ehr, directory, it, given_by, given_at)
    values (${size}, ${ehr}, ${directory}, ${it}, ${by}, ${at}::timestamptz)
    on conflict (organisation_id) do update set size = excluded.size, ehr = excluded.ehr, directory = excluded.directory,
      it = excluded.it, given_by = excluded.given_by, given_at = excluded.given_at`.execute(db)
}
