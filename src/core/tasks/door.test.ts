import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import type { Principal } from '#core/door.ts'
import { callOf, memberWith, openServices, operator, runBound } from '#core/testing.ts'
import { sql } from '#platform/database.ts'
import { addDays } from '#platform/days.ts'
import { writeCursor } from '#platform/paging.ts'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { tasks } from './index.ts'
import { openTask } from './service.ts'

const directory = mkdtempSync(join(tmpdir(), 'vigil-tasks-'))
after(() => rmSync(directory, { recursive: true, force: true }))
const { database, newOrganisation } = await openTestDatabase()
const services = await openServices(database, directory)

type Page = { items: { id: number; assignee: string | null; isOverdue: boolean }[]; next: string | null }
const ask = async <T = Page>(
  organisation: number,
  name: string,
  input = {},
  principal: Principal = operator,
): Promise<T> =>
  (await callOf(services, organisation, (call) => runBound(tasks, name, call, input), { principal })).output as T

const open = (organisation: number, about: string, assignee?: string, dueOn?: string) =>
  asTester(database, organisation, async (context) => {
    const { task } = await openTask(context, { kind: 'access.review', title: 'Review', about, assignee, dueOn })
    return task.id
  })

async function newMember(organisation: number): Promise<number> {
  return database.asOwner(async (client) => {
    const { rows } = await client.query<{ id: number }>(
      `with made as (
         insert into identity (name, email, email_key, created_at) values ('M', $2, $2, now()) returning id)
       insert into member (organisation_id, identity_id, roles, made_by, created_at)
       select $1, id, '{staff}', 'test', now() from made returning id`,
      [organisation, `m${Math.random()}@clinic.example`],
    )
    return Number(rows[0]?.id)
  })
}

test('people see and complete their own tasks, officers everybody’s', async () => {
  const organisation = await newOrganisation()
  const mine = await open(organisation, 'system:1', 'member:7')
  const theirs = await open(organisation, 'system:2', 'member:8')
  const nobodys = await open(organisation, 'system:3')
  const staff = memberWith(['staff'], 7)
  assert.deepEqual(
    (await ask(organisation, 'tasks.mine', {}, staff)).items.map(({ id }) => id),
    [mine],
  )
  assert.deepEqual((await ask(organisation, 'tasks.mine', {}, operator)).items, [])
  for (const taskId of [theirs, nobodys, 999_999]) {
    await assert.rejects(ask(organisation, 'tasks.complete', { taskId }, staff), {
      kind: 'missing',
      code: 'task-unknown',
    })
  }
  // Auditing gives nobody a right to change what is others'.
  await assert.rejects(ask(organisation, 'tasks.complete', { taskId: theirs }, memberWith(['auditor', 'staff'], 7)), {
    code: 'task-unknown',
  })
  for (const principal of [
    { kind: 'nobody' },
    { kind: 'identity', identityId: 1, sessionId: 1, isArriving: false },
  ] as const) {
    await assert.rejects(ask(organisation, 'tasks.complete', { taskId: nobodys }, principal), { code: 'task-unknown' })
  }
  await ask(organisation, 'tasks.complete', { taskId: mine }, staff)
  await ask(organisation, 'tasks.complete', { taskId: theirs }, memberWith(['staff', 'security-officer'], 7))
  assert.deepEqual(
    (await ask(organisation, 'tasks.list')).items.map(({ id }) => id),
    [nobodys],
  )
})

test('a task is given to a member of this organisation only', async () => {
  const [organisation, other] = [await newOrganisation(), await newOrganisation()]
  const taskId = await open(organisation, 'system:1')
  const [member, foreign] = [await newMember(organisation), await newMember(other)]
  const assign = (memberId: number | null) =>
    ask<{ assignee: string | null }>(organisation, 'tasks.assign', { taskId, memberId })
  assert.equal((await assign(member)).assignee, `member:${member}`)
  await assert.rejects(assign(foreign), { code: 'task-no-member' })
  assert.equal((await ask(organisation, 'tasks.mine', {}, memberWith(['staff'], member))).items.length, 1)
  assert.equal((await assign(null)).assignee, null)
  await assert.rejects(ask(other, 'tasks.assign', { taskId, memberId: foreign }), { code: 'task-unknown' })
})

test('pages of tasks join, those without a day last, and a forged cursor is refused', async () => {
  const organisation = await newOrganisation()
  for (let at = 0; at < 13; at += 1) {
    await open(organisation, `system:${at}`, undefined, at % 4 === 0 ? undefined : addDays('2026-11-01', (at * 5) % 7))
  }
  const whole = await ask(organisation, 'tasks.list')
  for (const limit of [1, 2, 5, 13]) {
    const joined: number[] = []
    let next: string | undefined
    do {
      const page: Page = await ask(organisation, 'tasks.list', { limit, after: next })
      joined.push(...page.items.map(({ id }) => id))
      next = page.next ?? undefined
    } while (next !== undefined)
    assert.deepEqual(
      joined,
      whole.items.map(({ id }) => id),
    )
  }
  for (const after of ['x', writeCursor([1]), writeCursor(['2026-13-01', 1]), writeCursor(['infinity', 1])]) {
    await assert.rejects(ask(organisation, 'tasks.list', { after }), { code: 'page-unknown' })
  }
})

test('an officer asks a member for something by a day, as often as there is something to ask', async () => {
  const organisation = await newOrganisation()
  const memberId = await newMember(organisation)
  type Task = Page['items'][number] & { title: string; dueOn: string | null }
  const asked = { title: ' Close the side door ', memberId, dueOn: '2026-11-05' }
  const first = await ask<Task>(organisation, 'tasks.open', asked)
  const second = await ask<Task>(organisation, 'tasks.open', asked)
  assert.deepEqual(
    [first.title, first.assignee, first.dueOn],
    ['Close the side door', `member:${memberId}`, '2026-11-05'],
  )
  assert.notEqual(first.id, second.id)
  assert.equal((await ask<Task>(organisation, 'tasks.open', { title: 'For nobody yet' })).assignee, null)
  assert.equal((await ask(organisation, 'tasks.list', { assignee: 'nobody' })).items.length, 1)
  assert.equal((await ask(organisation, 'tasks.list', { assignee: `member:${memberId}` })).items.length, 2)
  const refused = [
    [{ ...asked, dueOn: '2026-11-01' }, 'task-past'],
    [{ ...asked, memberId: await newMember(await newOrganisation()) }, 'task-no-member'],
  ] as const
  for (const [input, code] of refused) await assert.rejects(ask(organisation, 'tasks.open', input), { code })
  await assert.rejects(ask(organisation, 'tasks.open', { ...asked, title: '  ' }))
})

test('whoever was given a task is told of it', async () => {
  const organisation = await newOrganisation()
  const memberId = await newMember(organisation)
  const { id: taskId } = await ask<{ id: number }>(organisation, 'tasks.open', { title: 'Close the door', memberId })
  const other = await open(organisation, 'system:1')
  await ask(organisation, 'tasks.assign', { taskId: other, memberId })
  // Given once more to who has it already, nobody is told.
  await ask(organisation, 'tasks.assign', { taskId: other, memberId })
  const told = await asTester(database, organisation, async ({ db }) => {
    const { rows } = await sql<{ about: string }>`
      select about from notification where kind = 'task-given' and member_id = ${memberId} order by id`.execute(db)
    return rows.map(({ about }) => about)
  })
  assert.deepEqual(told, [`task:${taskId}`, `task:${other}`])
})

test('that a task is done is taken back for a quarter of an hour, by who said it or by an officer', async () => {
  const organisation = await newOrganisation()
  const taskId = await open(organisation, 'system:1', 'member:7')
  const staff = memberWith(['staff'], 7)
  const at = (minutes: number) => new Date(Date.parse('2026-11-02T12:00:00Z') + minutes * 60_000)
  const askAt = (name: string, principal: Principal, minutes: number) =>
    callOf(services, organisation, (call) => runBound(tasks, name, call, { taskId }), { principal, now: at(minutes) })
  await assert.rejects(askAt('tasks.reopen', staff, 0), { code: 'task-open' })
  await askAt('tasks.complete', staff, 0)
  await assert.rejects(askAt('tasks.reopen', memberWith(['staff'], 8), 1), { code: 'task-unknown' })
  await askAt('tasks.reopen', staff, 15)
  assert.deepEqual(
    (await ask(organisation, 'tasks.mine', {}, staff)).items.map(({ id }) => id),
    [taskId],
  )
  // An officer did it for them: then it is the officer's word.
  await askAt('tasks.complete', memberWith(['administrator'], 9), 20)
  await assert.rejects(askAt('tasks.reopen', staff, 21), { code: 'task-unknown' })
  await assert.rejects(askAt('tasks.reopen', memberWith(['privacy-officer'], 10), 36), { code: 'task-done-before' })
  await askAt('tasks.reopen', memberWith(['privacy-officer'], 10), 35)
  // Another of its kind about the same thing was opened since.
  await askAt('tasks.complete', staff, 36)
  await open(organisation, 'system:1')
  await assert.rejects(askAt('tasks.reopen', staff, 37), { code: 'task-opened-anew' })
})

test('one task is shown to who has it and to those who see all, also when it is done', async () => {
  const organisation = await newOrganisation()
  const taskId = await open(organisation, 'system:1', 'member:7')
  const shown = (principal: Principal, where = organisation) =>
    ask<{ id: number; done: { by: string } | null }>(where, 'tasks.show', { taskId }, principal)
  for (const stranger of [memberWith(['staff'], 8), memberWith(['manager'], 8)]) {
    await assert.rejects(shown(stranger), { code: 'task-unknown' })
  }
  await assert.rejects(shown(memberWith(['auditor'], 9), await newOrganisation()), { code: 'task-unknown' })
  await ask(organisation, 'tasks.complete', { taskId }, memberWith(['staff'], 7))
  for (const principal of [memberWith(['staff'], 7), memberWith(['auditor'], 9), memberWith(['administrator'], 9)]) {
    const task = await shown(principal)
    assert.deepEqual([task.id, task.done === null], [taskId, false])
  }
})
