/** Questions of identity: whose an account is, which system a name means. */
import { type Db, sql } from '#platform/database.ts'

export interface QuestionRow {
  readonly id: number
  readonly kind: 'account-owner' | 'system-name'
  readonly reason: string
  readonly askedAt: Date
  readonly answeredAt: Date | null
  readonly answeredBy: string | null
  readonly answer: number | null
  /** People for an account, systems for a name. */
  readonly candidates: readonly number[]
  readonly system: string | null
  readonly username: string | null
  readonly displayName: string | null
  readonly systemName: string | null
}

const questions = sql`
  select question.id, question.kind, question.reason, question.asked_at as "askedAt",
    question.answered_at as "answeredAt", question.answered_by as "answeredBy", question.answer, to_json(question.candidates) as candidates,
    system.name as system, account.username, said.display_name as "displayName", question.system_name as "systemName"
  from match_question question
  left join account on account.id = question.account_id
  left join system on system.id = account.system_id
  left join lateral (
    select max(display_name) as display_name from account_fact fact
    where fact.account_id = account.id and fact.absent_from is null
  ) said on true`

export async function listQuestionRows(
  db: Db,
  wanted: { readonly isAnswered: boolean | undefined; readonly after: number; readonly limit: number },
): Promise<readonly QuestionRow[]> {
  const { rows } = await sql<QuestionRow>`
    ${questions}
    where question.id > ${wanted.after} and (${wanted.isAnswered ?? null}::boolean is null
      or (question.answered_at is not null) = ${wanted.isAnswered ?? null}::boolean)
    order by question.id limit ${wanted.limit}`.execute(db)
  return rows
}

/** Reads and locks the question, so that two people cannot answer it at once. */
export async function lockQuestion(db: Db, id: number): Promise<QuestionRow | undefined> {
  const { rows } = await sql<QuestionRow>`${questions} where question.id = ${id} for update of question`.execute(db)
  return rows[0]
}

export interface NamedCandidate {
  readonly id: number
  readonly name: string | null
  readonly employeeNumber: string | null
  readonly department: string | null
  readonly title: string | null
}

/** People with what tells them apart; what the newest row about each says. */
export async function listPeople(db: Db, ids: readonly number[]): Promise<readonly NamedCandidate[]> {
  const { rows } = await sql<NamedCandidate>`
    select distinct on (person_id) person_id as id,
      coalesce(display_name, nullif(concat_ws(' ', given_name, family_name), ''), email, username, employee_number) as name,
      employee_number as "employeeNumber", department, title
    from person_fact where person_id = any (${[...ids]}::bigint[])
    order by person_id, absent_from desc nulls first, left_on desc nulls first, id desc`.execute(db)
  return rows
}

export async function listSystemsNamed(db: Db, ids: readonly number[]): Promise<readonly NamedCandidate[]> {
  const { rows } = await sql<NamedCandidate>`
    select id, name, null as "employeeNumber", null as department, null as title
    from system where id = any (${[...ids]}::bigint[])`.execute(db)
  return rows
}

export async function setAnswer(
  db: Db,
  id: number,
  answer: { readonly candidate: number | undefined; readonly by: string; readonly at: Date },
): Promise<void> {
  await sql`
    update match_question set answer = ${answer.candidate ?? null}::bigint, answered_by = ${answer.by},
      answered_at = ${answer.at}::timestamptz
    where id = ${id}`.execute(db)
}
