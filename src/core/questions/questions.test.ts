import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { resolvePeople } from '#core/people/service.ts'
import { markResolved, needsResolution } from '#core/people/store.ts'
import { callOf, openServices, runBound } from '#core/testing.ts'
import type { Context } from '#platform/context.ts'
import { sql } from '#platform/database.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { questions } from './index.ts'
import { answerQuestion, listQuestions } from './service.ts'

const { database, newOrganisation } = await openTestDatabase()

/** A clinic where two people are called Ana Lopes, with an account of that name, and a system whose name is in doubt. */
async function clinic(): Promise<number> {
  const organisation = await newOrganisation()
  await asTester(database, organisation, async (context) => {
    const { db, now } = context
    await sql`
      insert into source (name, channel, format, kinds, basis, valid_for, collected_at, complete, run_id)
      values ('staff.csv', 'file', 'csv', '{person}', 'stated', '35 days', ${now}::timestamptz, true, 1),
        ('ehr.csv', 'file', 'csv', '{account}', 'measured', '35 days', ${now}::timestamptz, true, 2)`.execute(db)
    await sql`
      insert into person_fact (source_id, key, line, run_id, present_from, employee_number, number_key, display_name,
        name_key, department, title)
      select source.id, number, line, 1, ${now}::timestamptz, number, number, 'Ana Lopes', 'ana lopes', department, title
      from source, (values ('101', 2, 'Radiology', 'Nurse'), ('102', 3, 'Billing', 'Clerk')) staff
        (number, line, department, title)
      where source.name = 'staff.csv'`.execute(db)
    await sql`insert into system (key, name) values ('ehr', 'EHR'), ('pacs', 'PACS')`.execute(db)
    await sql`
      insert into account (system_id, key, username) select id, 'alopes', 'alopes' from system where key = 'ehr'`.execute(
      db,
    )
    await sql`
      insert into account_fact (source_id, key, line, run_id, present_from, account_id, system, username, username_key,
        display_name, name_key, enabled)
      select source.id, 'alopes', 2, 2, ${now}::timestamptz, account.id, 'EHR', 'alopes', 'alopes', 'Ana Lopes', 'ana lopes',
        true
      from source, account where source.name = 'ehr.csv'`.execute(db)
    await sql`
      insert into match_question (kind, system_name, candidates, reason)
      select 'system-name', 'Imaging', array_agg(id), 'the names are similar' from system where key = 'pacs'`.execute(
      db,
    )
    await resolvePeople(context)
  })
  return organisation
}

async function ownerOf({ db }: Context): Promise<{ person: number | null; link: string | null } | undefined> {
  const { rows } = await sql<{ person: number | null; link: string | null }>`
    select person_id as person, link from account`.execute(db)
  return rows[0]
}

test('a question tells whose account it is about, and the candidates apart', async () => {
  await asTester(database, await clinic(), async (context) => {
    const questions = await listQuestions(context)
    assert.deepEqual(
      questions.map(({ about }) => about),
      [
        { kind: 'system-name', name: 'Imaging' },
        { kind: 'account-owner', system: 'EHR', username: 'alopes', displayName: 'Ana Lopes' },
      ],
    )
    assert.deepEqual(
      questions[0]?.candidates.map(({ name }) => name),
      ['PACS'],
    )
    assert.deepEqual(
      questions[1]?.candidates.map(({ name, employeeNumber, department, title }) =>
        [name, employeeNumber, department, title].join(', '),
      ),
      ['Ana Lopes, 101, Radiology, Nurse', 'Ana Lopes, 102, Billing, Clerk'],
    )
    assert.equal(questions[1]?.reason, 'several people have this name')
    assert.equal(questions[1]?.answer, undefined)
  })
})

test('an answer decides whose the account is, from the next resolution on', async () => {
  const organisation = await clinic()
  await asTester(database, organisation, async (context) => {
    const question = (await listQuestions(context))[1]
    const candidateId = question?.candidates[1]?.id
    assert.equal((await ownerOf(context))?.person, null)
    const done = await answerQuestion(context, { questionId: question?.id ?? 0, candidateId })
    assert.deepEqual(done.subjects, [`question:${question?.id}`])
  })
  await asTester(database, organisation, async (context) => {
    await resolvePeople(context)
    const [answered] = await listQuestions(context, { state: 'answered' })
    assert.equal((await ownerOf(context))?.person, answered?.answer?.candidateId)
    assert.equal((await ownerOf(context))?.link, 'confirmed')
    assert.equal(answered?.answer?.by, 'operator:tester')
    assert.equal((await listQuestions(context)).length, 1)
  })
})

test('"none of these" is an answer, and a wrong answer is given again', async () => {
  const organisation = await clinic()
  const [, question] = await asTester(database, organisation, (context) => listQuestions(context))
  const questionId = question?.id ?? 0
  const answer = (candidateId: number | undefined) =>
    asTester(database, organisation, (context) => answerQuestion(context, { questionId, candidateId }))
  await answer(question?.candidates[0]?.id)
  const changed = await answer(undefined)
  assert.equal((changed.payload as { before?: number }).before, question?.candidates[0]?.id)
  await asTester(database, organisation, async (context) => {
    await resolvePeople(context)
    assert.deepEqual(await ownerOf(context), { person: null, link: null })
    assert.equal((await listQuestions(context, { state: 'all' })).length, 2)
  })
})

test('only a candidate is an answer, and only to a question that is there', async () => {
  const organisation = await clinic()
  await asTester(database, organisation, async (context) => {
    const [, question] = await listQuestions(context)
    await assert.rejects(answerQuestion(context, { questionId: question?.id ?? 0, candidateId: 999_999 }), {
      code: 'question-not-a-candidate',
    })
    await assert.rejects(answerQuestion(context, { questionId: 999_999, candidateId: undefined }), {
      code: 'question-unknown',
    })
  })
  await asTester(database, await newOrganisation(), async (context) => {
    assert.deepEqual(await listQuestions(context, { state: 'all' }), [])
  })
})

test('questions are listed in the order asked, page by page', async () => {
  await asTester(database, await clinic(), async (context) => {
    const all = await listQuestions(context)
    const [first] = await listQuestions(context, { limit: 1 })
    assert.deepEqual(first, all[0])
    assert.deepEqual(await listQuestions(context, { limit: 1, after: first?.id }), [all[1]])
    await assert.rejects(listQuestions(context, { limit: 5_000 }), { code: 'question-page-too-long' })
  })
})

test('over the door questions come in pages, and an answer is judged soon after', async () => {
  const organisation = await clinic()
  const directory = mkdtempSync(join(tmpdir(), 'vigil-questions-'))
  try {
    const services = await openServices(database, directory)
    type Page = { items: { id: number; candidates: { id: number }[] }[]; next: string | null }
    const ask = async <T = Page>(name: string, input = {}, of = organisation): Promise<T> =>
      (await callOf(services, of, (call) => runBound(questions, name, call, input))).output as T
    const whole = await ask('questions.list')
    const joined: number[] = []
    let next: string | undefined
    do {
      const page: Page = await ask('questions.list', { limit: 1, after: next })
      joined.push(...page.items.map(({ id }) => id))
      next = page.next ?? undefined
    } while (next !== undefined)
    assert.deepEqual(
      joined,
      whole.items.map(({ id }) => id),
    )
    const [, owner] = whole.items
    const answer = { questionId: owner?.id, candidateId: owner?.candidates[0]?.id }
    const other = await newOrganisation()
    await assert.rejects(ask('questions.answer', answer, other), { code: 'question-unknown' })
    await assert.rejects(ask('questions.answer', { ...answer, candidateId: 999_999 }), {
      code: 'question-not-a-candidate',
    })
    const markNow = (context: Context) => markResolved(context.db)
    await asTester(database, organisation, markNow)
    assert.equal(await asTester(database, organisation, ({ db }) => needsResolution(db)), false)
    await ask('questions.answer', answer)
    assert.equal(await asTester(database, organisation, ({ db }) => needsResolution(db)), true)
    await asTester(database, organisation, async (context) => {
      await resolvePeople(context)
      await markResolved(context.db)
      assert.equal(await needsResolution(context.db), false)
      assert.deepEqual(await ownerOf(context), { person: answer.candidateId, link: 'confirmed' })
      const { rows } = await sql<{ kind: string }>`select kind from job`.execute(context.db)
      assert.deepEqual(rows, [{ kind: 'checks.run' }])
    })
    for (const after of ['x', writeCursor(['1']), writeCursor([-1])]) {
      await assert.rejects(ask('questions.list', { after }), { code: 'page-unknown' })
    }
  } finally {
    rmSync(directory, { recursive: true, force: true })
  }
})
