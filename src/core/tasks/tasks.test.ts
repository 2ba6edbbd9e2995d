import assert from 'node:assert/strict'
import { test } from 'node:test'
import { asTester, openTestDatabase } from '#platform/testing.ts'
import { completeTask, listTasks, openTask, pageTasks } from './service.ts'

const { database, newOrganisation } = await openTestDatabase()

const review = { kind: 'access.review', title: 'Review who may see the imaging archive', about: 'system:4' }

test('a task of one kind about one thing is open once, however often it is asked for', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    const first = await openTask(context, { ...review, dueOn: '2026-12-01' })
    assert.equal(first.isNew, true)
    assert.deepEqual(first.subjects, [`task:${first.task.id}`])
    const again = await openTask(context, { ...review, title: 'Something else', dueOn: '2026-12-24' })
    assert.equal(again.isNew, false)
    assert.deepEqual(again.task, first.task)
    assert.equal((await openTask(context, { ...review, about: 'system:5' })).isNew, true)
    assert.equal((await openTask(context, { ...review, kind: 'access.restore' })).isNew, true)
  })
})

test('a task about nothing in particular is open once too', async () => {
  const organisation = await newOrganisation()
  const open = () =>
    asTester(database, organisation, (context) =>
      openTask(context, { kind: 'incidents.rehearse', title: 'Rehearse the plan' }),
    )
  const opened = await Promise.all([open(), open(), open()])
  assert.equal(opened.filter(({ isNew }) => isNew).length, 1)
  assert.equal(new Set(opened.map(({ task }) => task.id)).size, 1)
})

test('a task is completed once, and then can be opened anew', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    const { task } = await openTask(context, review)
    await completeTask(context, { taskId: task.id })
    await assert.rejects(completeTask(context, { taskId: task.id }), { code: 'task-done' })
    await assert.rejects(completeTask(context, { taskId: 999_999 }), { code: 'task-unknown' })
    const [done] = await listTasks(context, { state: 'done' })
    assert.deepEqual(done?.done, { at: context.now, by: 'operator:tester' })
    assert.equal((await openTask(context, review)).isNew, true)
    assert.equal((await listTasks(context, { state: 'all' })).length, 2)
  })
})

test('tasks are listed by the day they are due, those without one last', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    const days = { a: undefined, b: '2026-11-03', c: '2026-10-30', d: '2026-11-03', e: undefined, f: '2026-11-02' }
    for (const [about, dueOn] of Object.entries(days)) {
      await openTask(context, { ...review, about, dueOn, assignee: about < 'c' ? 'Priya Raman' : undefined })
    }
    const all = await listTasks(context)
    assert.equal(all.map(({ about }) => about).join(''), 'cfbdae')
    assert.deepEqual(
      all.filter(({ isOverdue }) => isOverdue).map(({ about }) => about),
      ['c'],
    )
    const joined: number[] = []
    let after: string | undefined
    do {
      const page = await pageTasks(context, { limit: 2, after })
      joined.push(...page.items.map(({ id }) => id))
      after = page.next ?? undefined
    } while (after !== undefined)
    assert.deepEqual(
      joined,
      all.map(({ id }) => id),
    )
    assert.equal((await listTasks(context, { assignee: 'priya raman' })).length, 2)
    assert.equal((await listTasks(context, { kind: 'access.restore' })).length, 0)
  })
})

test('a task without a title, or due on a day that does not exist, is refused', async () => {
  await asTester(database, await newOrganisation(), async (context) => {
    await assert.rejects(openTask(context, { ...review, title: ' ' }), { code: 'task-untitled' })
    await assert.rejects(openTask(context, { ...review, dueOn: '2026-02-30' }), { code: 'task-not-a-day' })
    await assert.rejects(listTasks(context, { limit: 0 }), { code: 'task-page-too-long' })
  })
})

test('another organisation neither sees a task nor is in its way', async () => {
  const organisation = await newOrganisation()
  const { task } = await asTester(database, organisation, (context) => openTask(context, review))
  await asTester(database, await newOrganisation(), async (context) => {
    assert.deepEqual(await listTasks(context, { state: 'all' }), [])
    await assert.rejects(completeTask(context, { taskId: task.id }), { code: 'task-unknown' })
    assert.equal((await openTask(context, review)).isNew, true)
  })
})
